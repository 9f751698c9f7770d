package selector

import (
	"fmt"
	"math"
	"strconv"
	"sync"

	"github.com/antchfx/htmlquery"
	"github.com/antchfx/xpath"
	"golang.org/x/net/html"
)

// xpathFinder finds nodes by XPath 1.0, or works out a number or a text.
type xpathFinder struct {
	mu   sync.Mutex // Evaluate writes into expr
	expr *xpath.Expr
}

func compileXPath(source string) (f finder, err error) {
	// The library panics at arguments of a type it does not expect.
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("no XPath: %v", r)
		}
	}()
	expr, err := xpath.Compile(source)
	if err != nil {
		return nil, fmt.Errorf("no XPath: %w", err)
	}
	f = &xpathFinder{expr: expr}
	// Arguments of a wrong type show when they are used.
	_, err = f.texts(&Document{text: "<p>1"})
	return f, err
}

func (f *xpathFinder) texts(d *Document) ([]string, error) {
	root, err := d.root()
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch result := f.expr.Evaluate(htmlquery.CreateXPathNavigator(root)).(type) {
	case *xpath.NodeIterator:
		return nodeTexts(result), nil
	case string:
		if result != "" {
			return []string{result}, nil
		}
	case float64:
		if !math.IsNaN(result) && !math.IsInf(result, 0) {
			return []string{strconv.FormatFloat(result, 'f', -1, 64)}, nil
		}
	case bool:
		if result {
			return []string{"true"}, nil
		}
	}
	return nil, nil
}

func nodeTexts(nodes *xpath.NodeIterator) []string {
	var texts []string
	for len(texts) < maxTexts && nodes.MoveNext() {
		n, ok := nodes.Current().(*htmlquery.NodeNavigator)
		switch {
		case !ok:
		case n.NodeType() == xpath.AttributeNode:
			texts = append(texts, n.Value())
		case n.Current().Type == html.CommentNode:
			texts = append(texts, n.Current().Data)
		default:
			texts = append(texts, textOf(n.Current()))
		}
	}
	return texts
}
