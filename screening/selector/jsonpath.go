package selector

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/theory/jsonpath"
)

// maxJSONPath bounds a path: each list of several selectors multiplies what comes out.
const maxJSONPath = 256

// jsonFinder finds values by a JSON path.
type jsonFinder struct{ path *jsonpath.Path }

func compileJSON(source string) (finder, error) {
	// Two searches through all levels can find a value as often as it has levels above it.
	if len(source) > maxJSONPath || strings.Count(source, "..") > 1 {
		return nil, errors.New("a JSON path has at most " + strconv.Itoa(maxJSONPath) + " bytes and \"..\" once at most")
	}
	path, err := jsonpath.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("no JSON path: %w", err)
	}
	return jsonFinder{path}, nil
}

func (f jsonFinder) texts(d *Document) ([]string, error) {
	value, err := d.json()
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, found := range f.path.Select(value) {
		if len(texts) == maxTexts {
			break
		}
		switch v := found.(type) {
		case nil:
		case bool:
			// As with XPath, only what is true is a match.
			if v {
				texts = append(texts, "true")
			}
		case string:
			texts = append(texts, v)
		case float64:
			texts = append(texts, strconv.FormatFloat(v, 'f', -1, 64))
		default:
			// A list or an object.
			if text, err := json.Marshal(v); err == nil {
				texts = append(texts, string(text))
			}
		}
	}
	return texts, nil
}
