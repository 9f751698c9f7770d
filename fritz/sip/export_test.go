package sip

// MaxAsked is how many calls somebody decides about at a time.
const MaxAsked = maxAsked
