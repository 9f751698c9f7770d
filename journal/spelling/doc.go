// Package spelling finds telephone numbers in texts and masks them. The same number
// is written in many ways: E.164 with a plus (ITU-T E.164), with the international
// prefix 00, with the trunk prefix 0 inside the country, with separators anywhere
// (ITU-T E.123, DIN 5008), or as bare digits in JSON. A Finder knows one number and
// finds it in all of these; MaskText hides whatever looks like a number.
//
// The package touches no database.
package spelling
