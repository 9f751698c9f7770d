package testkit

import (
	"fmt"
	"strings"
)

// AreaCodes is a list of German area codes in the form of the regulator's, but of another
// Germany: besides Berlin all codes from 04000 to 09199 are places.
func AreaCodes() string {
	var b strings.Builder
	b.WriteString("Ortsnetzkennzahl;Ortsnetzname;KennzeichenAktiv\n30;Berlin;1\n")
	for code := 4000; code < 9200; code++ {
		fmt.Fprintf(&b, "%d;Place %d;1\n", code, code)
	}
	return b.String()
}
