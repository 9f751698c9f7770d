package discovery_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/callporter/callporter/discovery"
)

// rules collects the faults of a set of documents that belong together.
type rules struct {
	faults   []string
	at       string          // what is looked at
	unique   map[string]bool // what may be there once: ids, triggers
	devices  map[string]bool // identifiers seen so far
	attached []string        // identifiers that via_device names
}

// faultsOf returns what is wrong with a set of documents, nothing if all is well.
func faultsOf(docs []discovery.Document) []string {
	r := &rules{unique: map[string]bool{}, devices: map[string]bool{}}
	for _, d := range docs {
		r.document(d)
	}
	for _, id := range r.attached {
		if !r.devices[id] {
			r.fault("via_device %q is no device of the set", id)
		}
	}
	return r.faults
}

func (r *rules) fault(format string, args ...any) {
	r.faults = append(r.faults, r.at+": "+fmt.Sprintf(format, args...))
}

// once demands that something exists only once over all documents.
func (r *rules) once(what, id string) {
	if key := what + " " + id; r.unique[key] {
		r.fault("%s %q is there twice", what, id)
	} else {
		r.unique[key] = true
	}
}

var (
	documentTopic = regexp.MustCompile(`^[^+#]+/device/([a-zA-Z0-9_-]+)/config$`)
	entityID      = regexp.MustCompile(`^[a-z_]+\.[a-z0-9]+(_[a-z0-9]+)*$`)
	mdi           = regexp.MustCompile(`^mdi:[a-z0-9]+(-[a-z0-9]+)*$`)
)

func (r *rules) document(d discovery.Document) {
	r.at = d.Topic
	match := documentTopic.FindStringSubmatch(d.Topic)
	if match == nil {
		r.fault("illegal discovery topic")
		return
	}
	r.once("topic", d.Topic)
	var doc map[string]any
	if err := json.Unmarshal(d.Payload, &doc); err != nil {
		r.fault("not a JSON object: %v", err)
		return
	}
	r.typed("root", doc, rootKeys)
	r.availability("", doc)
	device, _ := doc["device"].(map[string]any)
	r.device(device)
	origin, _ := doc["origin"].(map[string]any)
	r.typed("origin", origin, originKeys)
	if origin["name"] == nil {
		r.fault("origin without name")
	}
	components, ok := doc["components"].(map[string]any)
	if !ok || len(components) == 0 {
		r.fault("no components")
	}
	name, _ := device["name"].(string)
	for _, key := range slices.Sorted(maps.Keys(components)) {
		r.at = d.Topic + ": " + key
		if !regexp.MustCompile(`^[a-zA-Z0-9_-]+$`).MatchString(key) {
			r.fault("illegal component key")
		}
		c, ok := components[key].(map[string]any)
		if !ok {
			r.fault("not an object")
			continue
		}
		r.component(match[1], name, doc, c)
	}
	r.at = d.Topic
}

func (r *rules) device(device map[string]any) {
	r.typed("device", device, deviceKeys)
	ids, _ := device["identifiers"].([]any)
	if len(ids) == 0 && device["connections"] == nil {
		r.fault("device without identifiers and connections")
	}
	for _, id := range ids {
		r.once("identifier", fmt.Sprint(id))
		r.devices[fmt.Sprint(id)] = true
	}
	if via, ok := device["via_device"].(string); ok {
		r.attached = append(r.attached, via)
	}
	if device["name"] == nil {
		r.fault("device without name")
	}
}

// component checks one component with what it inherits from the root.
func (r *rules) component(id, deviceName string, doc, own map[string]any) {
	name, _ := own["platform"].(string)
	p, ok := platforms[name]
	if !ok {
		r.fault("platform %q unknown", name)
		return
	}
	if len(own) == 1 {
		return // a tombstone
	}
	accepted := merge(p.required, p.optional)
	inherited := map[string]any{}
	for key := range sharedKeys {
		if v, ok := doc[key]; ok && own[key] == nil {
			inherited[key] = v
		}
	}
	c := maps.Clone(own)
	if name == "device_automation" {
		maps.Copy(accepted, keys{"platform": text, "qos": integer, "encoding": text})
	} else {
		maps.Copy(accepted, entityKeys)
	}
	for key, v := range inherited {
		if _, ok := accepted[key]; ok { // Home Assistant strips the others
			c[key] = v
		}
	}
	r.typed("component", c, accepted)
	for key := range p.required {
		if c[key] == nil {
			r.fault("%s is missing", key)
		}
	}
	if c["qos"] != 1.0 {
		r.fault("qos is %v, not 1", c["qos"])
	}
	for _, key := range []string{"retain", "optimistic"} {
		if c[key] == true {
			r.fault("%s is true", key)
		}
	}
	if class, ok := c["device_class"].(string); ok && !slices.Contains(p.classes, class) {
		r.fault("device_class %q unknown to %s", class, name)
	}
	if name == "device_automation" {
		if c["automation_type"] != "trigger" {
			r.fault("automation_type is not trigger")
		}
		r.once("trigger", fmt.Sprint(id, " ", c["type"], " ", c["subtype"]))
		return
	}
	r.entity(name, deviceName, c)
	r.availability(name, c)
	if len(c["availability"].([]any)) > 1 && c["availability_mode"] != "all" {
		r.fault("availability_mode is %v: one topic online would do", c["availability_mode"])
	}
	r.values(name, c)
}

// entity checks what every entity has.
func (r *rules) entity(platform, deviceName string, c map[string]any) {
	unique, _ := c["unique_id"].(string)
	if unique == "" {
		r.fault("unique_id is missing, the whole document is refused")
	}
	r.once("unique_id of "+platform, unique)
	id, _ := c["default_entity_id"].(string)
	if !entityID.MatchString(id) || len(id) > 255 || !strings.HasPrefix(id, platform+".") {
		r.fault("default_entity_id %q is not %s.…", id, platform)
	}
	r.once("default_entity_id", id)
	if object, _ := c["object_id"].(string); platform+"."+object != id {
		r.fault("object_id %q is not that of %q", object, id)
	}
	name, _ := c["name"].(string)
	switch {
	case name == "" || len(name) >= 40:
		r.fault("name %q is not short", name)
	case strings.HasPrefix(strings.ToLower(name), strings.ToLower(deviceName)):
		r.fault("name %q begins with the device's name", name)
	}
	if icon, ok := c["icon"].(string); ok && !mdi.MatchString(icon) {
		r.fault("icon %q", icon)
	}
	switch category := c["entity_category"]; {
	case category == nil, category == "diagnostic" && platform != "event":
	case category == "config" && !strings.HasSuffix(platform, "sensor") && platform != "event":
	default:
		r.fault("entity_category %v for %s", category, platform)
	}
}

// values checks what keys mean together.
func (r *rules) values(platform string, c map[string]any) {
	class, _ := c["device_class"].(string)
	if platform == "sensor" {
		worded := class == "enum" || class == "timestamp" || class == "date"
		if worded && (c["state_class"] != nil || c["unit_of_measurement"] != nil || c["suggested_display_precision"] != nil) {
			r.fault("device_class %s goes with no state_class, unit or precision", class)
		}
		if (class == "enum") != (c["options"] != nil) {
			r.fault("enum and options go together")
		}
		if state := c["state_class"]; state != nil && !slices.Contains([]any{"measurement", "total", "total_increasing"}, state) {
			r.fault("state_class %v unknown", state)
		}
	}
	if unit := c["unit_of_measurement"]; class == "duration" && !slices.Contains([]any{"d", "h", "min", "s", "ms", "μs"}, unit) {
		r.fault("unit %v for a duration", unit)
	}
	on, off := c["payload_on"], c["payload_off"]
	if on != nil && on == off {
		r.fault("payload_on and payload_off are the same")
	}
	if expire := c["expire_after"]; expire != nil {
		r.fault("expire_after makes what is told only on change unavailable")
	}
	if platform == "number" || platform == "text" {
		low, high := c["min"], c["max"]
		if l, ok := low.(float64); ok {
			if h, ok := high.(float64); ok && l >= h {
				r.fault("min is not below max")
			}
		}
	}
	if platform == "text" && c["state_topic"] == nil {
		r.fault("a text without state_topic sends the same input only once")
	}
	if pattern, ok := c["pattern"].(string); ok {
		if _, err := regexp.Compile(pattern); err != nil {
			r.fault("pattern: %v", err)
		}
	}
	for _, key := range []string{"options", "event_types"} {
		seen := map[any]bool{}
		list, _ := c[key].([]any)
		for _, v := range list {
			if s, _ := v.(string); s == "" || len(s) > 64 || seen[v] || strings.EqualFold(s, "none") {
				r.fault("%s: %q", key, v)
			}
			seen[v] = true
		}
	}
	if types, _ := c["event_types"].([]any); class == "doorbell" && !slices.Contains(types, any("ring")) {
		r.fault("a doorbell needs the event type ring")
	}
}

// availability checks the two exclusive forms. Only an event is always available: it would
// repeat itself when it comes back from unavailable.
func (r *rules) availability(platform string, c map[string]any) {
	list, there := c["availability"].([]any)
	switch {
	case platform == "event" && (!there || len(list) > 0):
		r.fault("an event with availability happens once more when it comes back")
	case platform != "event" && len(list) == 0:
		r.fault("no availability: it would be unavailable or seem alive for ever")
		c["availability"] = []any{}
	}
	if c["availability_topic"] != nil {
		r.fault("availability and availability_topic exclude each other")
	}
	if mode := c["availability_mode"]; mode != nil && !slices.Contains([]any{"all", "any", "latest"}, mode) {
		r.fault("availability_mode %v", mode)
	}
	for _, entry := range list {
		e, _ := entry.(map[string]any)
		r.typed("availability", e, keys{"topic": subTopic, "payload_available": text, "payload_not_available": text, "value_template": template})
		if e["topic"] == nil {
			r.fault("availability without topic")
		}
	}
}

// typed checks that all keys are known and their values are what they should be.
func (r *rules) typed(where string, object map[string]any, known keys) {
	if object == nil {
		r.fault("%s is no object", where)
	}
	for key, v := range object {
		want, ok := known[key]
		if !ok {
			r.fault("%s: key %q unknown", where, key)
		} else if want != "" && !isA(want, v) {
			r.fault("%s: %s is no %s: %v", where, key, want, v)
		}
	}
}

func isA(want kind, v any) bool {
	s, isText := v.(string)
	switch want {
	case text:
		return isText && s != "" && !strings.ContainsFunc(s, unicode.IsControl)
	case textOrNul:
		return v == nil || isText
	case subTopic, pubTopic:
		return isText && s != "" && len(s) <= 65535 && !strings.ContainsAny(s, "+#~") && !strings.ContainsFunc(s, unicode.IsControl)
	case template:
		return isText && strings.Contains(s, "{{") && strings.Count(s, "{{") == strings.Count(s, "}}") && strings.Count(s, "{%") == strings.Count(s, "%}")
	case boolean:
		_, ok := v.(bool)
		return ok
	case integer:
		n, ok := v.(float64)
		return ok && n >= 0 && n == math.Trunc(n)
	case numeric:
		_, ok := v.(float64)
		return ok
	case texts, avails:
		list, ok := v.([]any)
		for _, e := range list {
			_, isText := e.(string)
			_, isObject := e.(map[string]any)
			ok = ok && (want == texts && isText || want == avails && isObject)
		}
		return ok && (want == avails || len(list) > 0)
	case address:
		u, err := url.Parse(s)
		return isText && err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
	}
	return false
}

func TestRules(t *testing.T) {
	for name, o := range variants() {
		t.Run(name, func(t *testing.T) {
			for _, fault := range faultsOf(documents(t, o)) {
				t.Error(fault)
			}
		})
	}
}
