package selector

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// css finds elements by a group of CSS selectors, or an attribute of them.
type css struct {
	group     cascadia.SelectorGroup
	attribute string
}

// atAttribute is the attribute behind a CSS selector. CSS itself has an @ in quotes only.
var atAttribute = regexp.MustCompile(`@([A-Za-z_:][-A-Za-z0-9_:.]*)\s*$`)

func compileCSS(expr string) (finder, error) {
	var c css
	if at := atAttribute.FindStringSubmatchIndex(expr); at != nil {
		c.attribute = strings.ToLower(expr[at[2]:at[3]])
		expr = expr[:at[0]]
	}
	var err error
	if c.group, err = cascadia.ParseGroup(expr); err != nil {
		return nil, fmt.Errorf("no CSS selector: %w", err)
	}
	return c, nil
}

func (c css) texts(d *Document) ([]string, error) {
	root, err := d.root()
	if err != nil {
		return nil, err
	}
	var texts []string
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || !c.group.Match(n) {
			continue
		}
		if c.attribute == "" {
			texts = append(texts, textOf(n))
		} else if value, has := attributeOf(n, c.attribute); has {
			texts = append(texts, value)
		}
		if len(texts) == maxTexts {
			break
		}
	}
	return texts, nil
}

func attributeOf(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// maxRead bounds what is read of one node before a further step cuts it down.
const maxRead = 64 << 10

// textOf returns what a person reads in a node, up to maxRead. A blank stands
// between blocks, so that two lines do not become one word.
func textOf(n *html.Node) string {
	var b strings.Builder
	appendText(&b, n)
	return b.String()
}

func appendText(b *strings.Builder, n *html.Node) {
	if n.Type == html.TextNode {
		b.WriteString(n.Data)
		return
	}
	block := blocks[n.Data]
	if block {
		b.WriteByte(' ')
	}
	for child := range n.ChildNodes() {
		// What a program reads is left out, but for one who asks for it by name.
		if child.Type == html.CommentNode || child.Data == "script" || child.Data == "style" || b.Len() > maxRead {
			continue
		}
		appendText(b, child)
	}
	if block {
		b.WriteByte(' ')
	}
}

// blocks are elements that begin a line of their own or stand in a cell of their own.
var blocks = map[string]bool{
	"address": true, "article": true, "br": true, "dd": true, "div": true, "dl": true, "dt": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "hr": true, "li": true,
	"ol": true, "option": true, "p": true, "section": true, "table": true, "td": true, "th": true,
	"tr": true, "ul": true,
}
