package config

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	envPrefix = "CALLPORTER_"
	// maxSecretFile bounds a file that a …_FILE variable names, in bytes.
	maxSecretFile = 64 << 10
)

// foreignVariable matches the variables that Kubernetes sets in every container beside a
// service called callporter. They are not meant for us.
var foreignVariable = regexp.MustCompile(`^CALLPORTER_(SERVICE_(HOST|PORT)(_.*)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_.*)?)?)$`)

// environment applies the CALLPORTER_ variables to c.
func (r *reader) environment(env []string, c reflect.Value) {
	values := make(map[string]string)
	for _, e := range env {
		if name, value, _ := strings.Cut(e, "="); strings.HasPrefix(name, envPrefix) && !foreignVariable.MatchString(name) {
			values[name] = value
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(values), compareVariables) {
		r.variable(name, values[name], c)
	}
}

// compareVariables puts BOXES_2 before BOXES_10, so that a list grows in order.
func compareVariables(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "_"), strings.Split(b, "_"), func(x, y string) int {
		i, errX := strconv.Atoi(x)
		j, errY := strconv.Atoi(y)
		if errX == nil && errY == nil && i != j {
			return cmp.Compare(i, j)
		}
		return cmp.Compare(x, y)
	})
}

// variable applies one variable: NAME, or NAME_FILE, which names a file with the
// value. Entries of a list of texts are separated by commas, in a file by lines.
func (r *reader) variable(name, value string, c reflect.Value) {
	fail := func(text string) { r.add(Problem{Variable: name, Text: text}) }
	rest, separator := strings.TrimPrefix(name, envPrefix), ","
	target := r.lookup(name, rest, "", c, field{})
	if bare, named := strings.CutSuffix(rest, "_FILE"); named && !target.v.IsValid() && target.problem == "" {
		if target = r.lookup(name, bare, "", c, field{}); target.v.IsValid() {
			var err error
			file := value
			if value, err = secretFile(value); err == nil && strings.TrimSpace(value) == "" && (target.field.rule == "password" || target.field.rule == "user") {
				err = errors.New("cannot use " + shorten(file) + ": it is empty")
			}
			if err != nil {
				r.wrong[target.path] = true
				fail(err.Error())
				return
			}
			separator = "\n"
		}
	}
	switch v := target.v; {
	case target.problem != "":
		fail(target.problem)
	case !v.IsValid():
		if near := nearestVariable(name, c); near != "" {
			fail("unknown variable: did you mean " + near + "?")
			return
		}
		fail("unknown variable: `callporter config` lists the keys; CALLPORTER_MQTT_URL is mqtt.url")
	case r.origins[target.path].variable != "":
		fail("given by " + r.origins[target.path].variable + " too")
	case v.Kind() == reflect.Slice:
		r.origins[target.path] = origin{variable: name}
		list := reflect.MakeSlice(v.Type(), 0, 0)
		for entry := range strings.SplitSeq(value, separator) {
			if entry = strings.TrimSpace(entry); entry != "" {
				list = reflect.Append(list, reflect.ValueOf(entry).Convert(v.Type().Elem()))
			}
		}
		v.Set(list)
	default:
		r.origins[target.path] = origin{variable: name, given: value}
		if !setScalar(v, value) {
			r.problem(target.path, notAllowed(shownValue(v.Type(), target.field.rule, value), allowedFor(v.Type(), target.field, value)))
		}
	}
}

// envTarget is the value a variable sets; v is invalid where there is none.
type envTarget struct {
	path    string
	field   field
	v       reflect.Value
	problem string // why a known list cannot take the value
}

// lookup finds the value that the rest of a variable's name stands for. A list
// grows by the entry behind its last one.
func (r *reader) lookup(name, rest, path string, v reflect.Value, f field) envTarget {
	switch {
	case isSection(v.Type()):
		for i := range v.NumField() {
			inner := fieldOf(v.Type().Field(i))
			after, found := strings.CutPrefix(rest, strings.ToUpper(inner.name))
			if deeper := strings.TrimPrefix(after, "_"); found && (after == "" || deeper != after) {
				if t := r.lookup(name, deeper, join(path, inner.name), v.Field(i), inner); t.v.IsValid() || t.problem != "" {
					return t
				}
			}
		}
	case rest == "" && (v.Kind() != reflect.Slice || !isSection(v.Type().Elem())):
		return envTarget{path: path, field: f, v: v}
	case rest != "" && v.Kind() == reflect.Slice:
		digits, deeper, _ := strings.Cut(rest, "_")
		i, err := strconv.Atoi(digits)
		at := element(path, max(i, 0))
		if err != nil || i < 0 || !r.lookup(name, deeper, at, newElement(v.Type().Elem()), f).v.IsValid() {
			break
		}
		if i > v.Len() || i >= f.max {
			return envTarget{problem: notAllowed("index "+strconv.Itoa(i), "0 to "+strconv.Itoa(min(v.Len(), f.max-1))+"; a list grows entry by entry")}
		}
		if i == v.Len() {
			v.Set(reflect.Append(v, newElement(v.Type().Elem())))
			if isSection(v.Type().Elem()) {
				r.origins[at] = origin{variable: name}
			}
		}
		return r.lookup(name, deeper, at, v.Index(i), f)
	}
	return envTarget{}
}

// nearestVariable returns the variable most like the name given, "" where none is
// near. Where the name begins with a section, it is one of that section.
func nearestVariable(name string, c reflect.Value) string {
	upper := strings.NewReplacer(".", "_", "[", "_", "]", "")
	var all, sections []string
	keys := make(map[string][]string)
	add := func(path string, _ field, v reflect.Value) {
		if len(all) > 1000 || v.Kind() == reflect.Slice && isSection(v.Type().Elem()) {
			return
		}
		dot := strings.LastIndexByte(path, '.') + 1
		section := envPrefix + strings.ToUpper(upper.Replace(path[:dot]))
		key := strings.ToUpper(upper.Replace(path[dot:]))
		all, sections = append(all, section+key), append(sections, section)
		keys[section] = append(keys[section], key)
	}
	known := Default()
	walkValues(reflect.ValueOf(&known).Elem(), "", field{}, add)
	walkValues(c, "", field{}, add)
	longest := ""
	for _, section := range sections {
		if strings.HasPrefix(name, section) && len(section) > len(longest) {
			longest = section
		}
	}
	if near := nearest(name[len(longest):], keys[longest]); near != "" {
		return longest + near
	}
	return nearest(name, all)
}

// secretFile reads the value from the file; one line end behind it is not part of it.
func secretFile(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		if pathError, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathError.Err
		}
		return "", errors.New("cannot read " + shorten(name) + ": " + err.Error())
	}
	defer file.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(file, maxSecretFile+1))
	switch {
	case err != nil:
		return "", errors.New("cannot read " + shorten(name) + ": not a readable file")
	case len(text) > maxSecretFile:
		return "", errors.New("cannot use " + shorten(name) + ": more than 64 KiB")
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}
