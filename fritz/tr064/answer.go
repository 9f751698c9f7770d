package tr064

import (
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

// countIn reads a number that an answer must have.
func countIn(answer map[string]string, name string) (int, error) {
	n, err := strconv.Atoi(answer[name])
	if err != nil || n < 0 {
		return 0, &Error{Reason: BadAnswer, Text: "no number in " + name}
	}
	return n, nil
}

// skippable reports whether an error only means that this box lacks an action or the user
// a right. It is no reason to give up what else is asked for.
func skippable(err error) bool {
	switch ReasonOf(err) {
	case NotAvailable, RightMissing, NoSuchEntry, Failed, BadArgument:
		return true
	}
	return false
}

// readIDs reads a list such as "0,1,2".
func readIDs(list string) ([]int, error) {
	var ids []int
	for _, word := range strings.Split(list, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		id, err := strconv.ParseUint(word, 10, 16)
		if err != nil || len(ids) >= maxPhonebooks {
			return nil, &Error{Reason: BadAnswer, Text: "list of places"}
		}
		ids = append(ids, int(id))
	}
	return ids, nil
}

// eachItem reads a list that the box sends as a text and calls do for each of its items.
// An empty text is an empty list.
func eachItem(list string, do func(*soap.Node)) error {
	if strings.TrimSpace(list) == "" {
		return nil
	}
	root, err := readText(list)
	if err != nil {
		return &Error{Reason: BadAnswer, Err: err}
	}
	root.Each("Item", do)
	return nil
}

// readText reads XML that the box sent as the text of an element.
func readText(s string) (*soap.Node, error) { return soap.ReadNode(strings.NewReader(s)) }

// boolDigit writes a switch as the box wants it.
func boolDigit(on bool) string {
	if on {
		return "1"
	}
	return "0"
}
