package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// decode sets v to the value of a node. Null is a key without a value: the default stays.
func (r *reader) decode(n *yaml.Node, v reflect.Value, path string, f field) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.problemAt(n, path, "anchors (&) and aliases (*) are not allowed: write the value out, in quotes if it starts with & or *")
	case !knownTags[n.Tag]:
		r.problemAt(n, path, "a tag (!) is not allowed: write the value, in quotes if it starts with !")
	case n.Tag == "!!null":
	case isSection(v.Type()):
		r.decodeSection(n, v, path)
	case v.Kind() == reflect.Slice:
		r.decodeList(n, v, path, f)
	default:
		r.decodeScalar(n, v, path, f)
	}
}

var knownTags = map[string]bool{
	"!!null": true, "!!bool": true, "!!int": true, "!!float": true, "!!str": true,
	"!!timestamp": true, "!!map": true, "!!seq": true,
}

func (r *reader) decodeSection(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		r.problemAt(n, path, notAllowed(nodeWord(n), "keys with values: "+strings.Join(keysOf(v.Type()), ", ")))
		return
	}
	lines := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, known := fieldNamed(v.Type(), key.Value)
		if key.Kind != yaml.ScalarNode || !known {
			r.unknownKey(key, v.Type(), path)
			continue
		}
		at := join(path, key.Value)
		if first, twice := lines[key.Value]; twice {
			r.problemAt(key, at, "given twice, first on line "+strconv.Itoa(first))
			continue
		}
		lines[key.Value] = key.Line
		r.origins[at] = origin{line: key.Line, given: value.Value}
		r.decode(value, v.FieldByIndex(field.Index), at, fieldOf(field))
	}
}

// unknownKey adds an unknown key, and says which one may be meant.
func (r *reader) unknownKey(key *yaml.Node, section reflect.Type, path string) {
	if r.full() { // nobody will read the words
		r.problemAt(key, path, "")
		return
	}
	keys := keysOf(section)
	switch near := nearest(key.Value, keys); {
	case key.Kind != yaml.ScalarNode:
		r.problemAt(key, path, "a key must be a word: "+strings.Join(keys, ", "))
	case key.Value == "<<":
		r.problemAt(key, path, "merging (<<) is not allowed: write the keys out")
	case near != "":
		r.problemAt(key, path, fmt.Sprintf("unknown key %s: did you mean %s?", shorten(key.Value), near))
	default:
		elsewhere := ""
		for _, p := range allPaths() {
			if strings.HasSuffix(p, "."+key.Value) {
				elsewhere = " (" + p + " is one)"
				break
			}
		}
		r.problemAt(key, path, fmt.Sprintf("unknown key %s: allowed: %s%s", shorten(key.Value), strings.Join(keys, ", "), elsewhere))
	}
}

func (r *reader) decodeList(n *yaml.Node, v reflect.Value, path string, f field) {
	entry := v.Type().Elem()
	switch {
	case n.Kind != yaml.SequenceNode:
		shape := "a list, such as [a, b]"
		if isSection(entry) {
			shape = `a list, each entry beginning with "- "`
		}
		r.problemAt(n, path, notAllowed(nodeWord(n), shape))
		return
	case len(n.Content) > f.max:
		r.problemAt(n, path, tooMany(len(n.Content), f.max))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, child := range n.Content {
		at := element(path, i)
		r.origins[at] = origin{line: child.Line, given: child.Value}
		list.Index(i).Set(newElement(entry))
		r.decode(child, list.Index(i), at, f)
	}
	v.Set(list)
}

func (r *reader) decodeScalar(n *yaml.Node, v reflect.Value, path string, f field) {
	text := v.Kind() == reflect.String
	if n.Kind != yaml.ScalarNode {
		allowed := allowedFor(v.Type(), f, "")
		if text {
			allowed = "text, in quotes"
		}
		r.problemAt(n, path, notAllowed(nodeWord(n), allowed))
		return
	}
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
	shown := shownValue(v.Type(), f.rule, n.Value)
	switch {
	case text && n.Tag == "!!bool":
		r.problemAt(n, path, notAllowed(shown, "text; put it in quotes"))
	case !text && quoted && n.Tag == "!!str" && (v.Kind() == reflect.Int || v.Kind() == reflect.Bool):
		r.problemAt(n, path, notAllowed(shorten(n.Value), allowedFor(v.Type(), f, "")+", without quotes"))
	case !setScalar(v, n.Value):
		r.problemAt(n, path, notAllowed(shown, allowedFor(v.Type(), f, n.Value)))
	}
}

// nodeWord names the kind of a node without showing its value.
func nodeWord(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a section"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a single value"
}
