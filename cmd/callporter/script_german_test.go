package main

import (
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// typed is what stays English in German: what is to be typed, and keys of the configuration.
var typed = regexp.MustCompile(`callporter( [a-z]+(-[a-z]+)*)*|own, barring oder phonebook|list, find, add, remove, export|(answered|allowed|list|en|allow), [a-z, ]*|--[a-z-]+|[a-z]+\.[a-z_]+|"[^"]*"|„[^“]*“|\((-|--)[^)]*\)`)

// english are words of English that are none of German, and codes.
var english = regexp.MustCompile(`(?i)\b(the|is|are|not|of|and|with|for|to|from|by|done|hint|give|shows?|numbers?|missing|unknown|removed|added|blocked|allowed|barred|messages?|entry|entries|calls?|missed|answered|phonebook|command|payload|taken|back|switched|nothing|until|withheld|changed|box is|left|forgotten|no)\b|[a-z]_[a-z]`)

// inGerman runs a subcommand and fails where what it prints holds an English word. With ! it
// has to fail.
func inGerman(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, false, len(args) > 0, "[!] german SUBCOMMAND …")
	err := ts.Exec("callporter", args...)
	if (err != nil) != neg {
		ts.Fatalf("%v: %v", args, err)
	}
	for _, stream := range []string{"stdout", "stderr"} {
		text := ts.ReadFile(stream)
		if neg && stream == "stderr" && strings.Contains(text, "hint:") {
			ts.Fatalf("%v:\n%s", args, text)
		}
		if word := english.FindString(typed.ReplaceAllString(text, "")); word != "" {
			ts.Fatalf("%v: %q in\n%s", args, word, text)
		}
	}
}
