// Package selector takes texts out of a document of the web: out of HTML by CSS or XPath, out
// of JSON by a JSON path (RFC 9535), out of any text by a regular expression (RE2).
//
// A selector is one line with a prefix that says what it is:
//
//	css:div.rating > span          the texts of elements
//	css:div.score@class            an attribute of them
//	xpath://i[@id='n']/@title      nodes or attributes
//	xpath:count(//ul/li)           a number or a text
//	regex:([0-9,]+) von 5          the first group of each match, or the match; in the source as it came
//	json:$.tellows.score           values
//	css:title >> regex:\((\w+):    a further step with a regular expression
//	css:h1 || css:h2               another one, where the first matches nothing
//
// It is compiled when it is parsed, so a wrong one is an error at start: the libraries take it
// for one that matches nothing. No match is an empty list, never an error.
//
// Documents come from strangers: sizes, counts and depths are bounded, and no document and no
// selector makes a program stop.
package selector
