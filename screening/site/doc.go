// Package site reads what a page of the web says about a telephone number: how people rate
// it, how many did, what sort of caller it is, whose number it is.
//
// A [Site] is put together from a configuration alone: an address with a place for the number,
// selectors (see package selector), and the scale of the site. The presets are such
// configurations. Their selectors come from what other programs read of those pages; a site
// changes its layout when it likes, so a selector that matches nothing is an error that names
// it, and [Site.Ask] says step by step what was found.
//
// Ratings are compared on the scale of tellows: 1 is good, 9 is bad, 5 says nothing.
package site
