package config

import (
	_ "embed" // the comments of these files are the text of the example
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

//go:embed config.go
var configSource string

//go:embed screening.go
var screeningSource string

const exampleHead = `# callporter: every key with its default. Keep what differs, leave out the rest.
#
# Each key is also an environment variable: CALLPORTER_MQTT_URL, CALLPORTER_LOG_LEVEL,
# CALLPORTER_BOXES_0_HOST, CALLPORTER_BOXES_0_NUMBERS=23125732=Practice,03023125069=Home.
# With _FILE behind it, it names a file with the value: CALLPORTER_MQTT_PASSWORD_FILE.
`

// Example is the annotated reference file: every key with its default.
func Example() string {
	c := Default()
	w := writer{documents: fieldDocuments()}
	w.text.WriteString(exampleHead)
	w.section(reflect.ValueOf(c), "", "")
	return w.text.String()
}

// writer writes a configuration as YAML.
type writer struct {
	text      strings.Builder
	documents map[string][]string // comments by "Box.Host"; nil for none
}

// section writes the keys of v, each line behind indent. The first key stands
// behind dash instead, where that begins the entry of a list.
func (w *writer) section(v reflect.Value, indent, dash string) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		before, lead := indent, indent
		if i == 0 && dash != "" {
			before, lead = strings.TrimSuffix(dash, "- "), dash
		}
		comment := w.documents[v.Type().Name()+"."+field.Name]
		if len(comment) > 0 && indent == "" {
			w.text.WriteByte('\n')
		}
		for _, line := range comment {
			w.text.WriteString(before + "# " + line + "\n")
		}
		w.text.WriteString(lead + field.Tag.Get("yaml") + ":")
		w.value(v.Field(i), indent)
	}
}

func (w *writer) value(v reflect.Value, indent string) {
	switch {
	case isSection(v.Type()):
		w.text.WriteByte('\n')
		w.section(v, indent+"  ", "")
	case v.Kind() == reflect.Slice && v.Len() > 0 && isSection(v.Type().Elem()):
		w.text.WriteByte('\n')
		for i := range v.Len() {
			w.section(v.Index(i), indent+"    ", indent+"  - ")
		}
	case v.Kind() == reflect.Slice:
		entries := make([]string, v.Len())
		for i := range v.Len() {
			entries[i] = quoted(v.Index(i))
		}
		w.text.WriteString(" [" + strings.Join(entries, ", ") + "]\n")
	default:
		w.text.WriteString(" " + quoted(v) + "\n")
	}
}

var plainWord = regexp.MustCompile(`^[A-Za-z][A-Za-z_.]*$`)

// quoted is a single value in YAML, in quotes where it could be misread.
func quoted(v reflect.Value) string {
	text := scalarText(v)
	if v.Kind() != reflect.String {
		return text
	}
	switch strings.ToLower(text) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		return strconv.Quote(text)
	}
	if plainWord.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}

var (
	sourceType  = regexp.MustCompile(`^type (\w+) struct \{$`)
	sourceField = regexp.MustCompile("^\t([A-Z]\\w*) .*`yaml:")
)

// fieldDocuments reads the comments of the fields from the source of Config.
var fieldDocuments = sync.OnceValue(func() map[string][]string {
	documents := make(map[string][]string)
	var typeName string
	var comment []string
	for line := range strings.Lines(configSource + screeningSource + sipSource + announcementSource + asteriskSource) {
		line = strings.TrimSuffix(line, "\n")
		if words, found := strings.CutPrefix(line, "\t// "); found && typeName != "" {
			comment = append(comment, words)
			continue
		}
		if m := sourceType.FindStringSubmatch(line); m != nil {
			typeName = m[1]
		} else if m := sourceField.FindStringSubmatch(line); m != nil && typeName != "" {
			documents[typeName+"."+m[1]] = comment
		} else if line == "}" {
			typeName = ""
		}
		comment = nil
	}
	return documents
})
