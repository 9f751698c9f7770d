// Package tellowslist loads the score list of tellows, all numbers that enough people rate
// as bad:
//
//	GET /stats/partnerscoredata?apikeyMd5=…&json=1&country=de&minscore=7&mincomments=3&…
//
// The key must be one that "allowscorelist" stands with. The answer is an array of objects;
// numbers in it may be texts. There are no versions: the list is loaded anew each day.
package tellowslist
