package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// origin is where a value was set.
type origin struct {
	line     int
	variable string
	given    string // a single value as it was written
}

// reader collects what file and environment say, and all mistakes in them.
type reader struct {
	file     string
	origins  map[string]origin // by path: "boxes[0].host"
	wrong    map[string]bool   // paths a problem was found at
	problems Problems
}

// problem adds a mistake at a path. Its place is where the path, or the section or list
// around it, was set.
func (r *reader) problem(path, text string) {
	p := Problem{Key: path, Text: text}
	for at := path; at != ""; at = at[:max(strings.LastIndexAny(at, ".["), 0)] {
		if from, ok := r.origins[at]; ok {
			if p.Variable = from.variable; p.Variable == "" {
				p.File, p.Line = r.file, from.line
			}
			break
		}
	}
	r.add(p)
}

// problemAt adds a mistake on a line of the file.
func (r *reader) problemAt(n *yaml.Node, path, text string) {
	r.add(Problem{File: r.file, Line: n.Line, Key: path, Text: text})
}

func (r *reader) add(p Problem) {
	r.wrong[p.Key] = true
	if r.full() {
		r.problems.More++
		return
	}
	r.problems.List = append(r.problems.List, p)
}

func (r *reader) full() bool { return len(r.problems.List) >= maxProblems }

// result is nil, or a *Problems with all mistakes.
func (r *reader) result() error {
	if len(r.problems.List) == 0 {
		return nil
	}
	return &r.problems
}

// problemUnless adds a problem at a path, unless the value itself or one of the others is
// wrong already: the sentence speaks of them, and may not hold once they are right.
func (r *reader) problemUnless(others []string, path, text string) {
	for wrong := range r.wrong {
		if wrong == path || strings.HasPrefix(wrong, path+"[") {
			return
		}
		for _, other := range others {
			if wrong == other || strings.HasPrefix(wrong, other+"[") {
				return
			}
		}
	}
	r.problem(path, text)
}
