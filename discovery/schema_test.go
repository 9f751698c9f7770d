package discovery_test

import "maps"

// What Home Assistant accepts, written down from its documentation and schemas and
// not from this package. Two bounds are callporter's own: keys are spelled in full
// and known to the platform (Home Assistant would strip a misspelt one silently),
// and QoS is 1.

// kind of a value in a document.
type kind string

const (
	text      kind = "text"
	subTopic  kind = "topic to subscribe"
	pubTopic  kind = "topic to publish"
	template  kind = "template"
	boolean   kind = "boolean"
	integer   kind = "whole number from 0"
	numeric   kind = "number"
	texts     kind = "list of texts"
	avails    kind = "availability list"
	address   kind = "http address"
	textOrNul kind = "text or null"
)

type keys map[string]kind

var (
	availabilityKeys = keys{
		"availability": avails, "availability_mode": text, "availability_template": template, "availability_topic": subTopic,
		"payload_available": text, "payload_not_available": text,
	}
	sharedKeys = merge(availabilityKeys, keys{
		"state_topic": subTopic, "command_topic": pubTopic, "qos": integer, "encoding": text, "message_expiry_interval": integer,
	})
	rootKeys   = merge(sharedKeys, keys{"device": "", "origin": "", "components": ""})
	originKeys = keys{"name": text, "sw_version": text, "support_url": address}
	deviceKeys = keys{
		"identifiers": texts, "connections": "", "manufacturer": text, "model": text, "model_id": text, "name": text,
		"hw_version": text, "sw_version": text, "serial_number": text, "suggested_area": text, "via_device": text,
		"configuration_url": address,
	}
	entityKeys = merge(availabilityKeys, keys{
		"platform": text, "unique_id": text, "name": textOrNul, "default_entity_id": text, "object_id": text, "icon": text, "entity_picture": address,
		"entity_category": text, "enabled_by_default": boolean, "visible_by_default": boolean, "json_attributes_topic": subTopic,
		"json_attributes_template": template, "qos": integer, "encoding": text, "message_expiry_interval": integer, "group": texts,
	})
)

// platform says which keys a platform has beside those of every entity.
type platform struct {
	required, optional keys
	classes            []string
}

var units = keys{"unit_of_measurement": text}

var platforms = map[string]platform{
	"sensor": {
		required: keys{"state_topic": subTopic},
		optional: merge(units, keys{"value_template": template, "device_class": text, "state_class": text, "options": texts,
			"suggested_display_precision": integer, "expire_after": integer, "force_update": boolean, "last_reset_value_template": template}),
		classes: []string{"enum", "timestamp", "date", "duration"},
	},
	"binary_sensor": {
		required: keys{"state_topic": subTopic},
		optional: keys{"value_template": template, "device_class": text, "payload_on": text, "payload_off": text,
			"off_delay": integer, "expire_after": integer, "force_update": boolean},
		classes: []string{"connectivity", "occupancy", "power", "presence", "problem", "running", "sound", "update"},
	},
	"event": {
		required: keys{"state_topic": subTopic, "event_types": texts},
		optional: keys{"value_template": template, "device_class": text},
		classes:  []string{"button", "doorbell", "motion"},
	},
	"button": {
		required: keys{"command_topic": pubTopic},
		optional: keys{"payload_press": text, "command_template": template, "device_class": text, "retain": boolean},
		classes:  []string{"identify", "restart", "update"},
	},
	"switch": {
		required: keys{"command_topic": pubTopic},
		optional: keys{"state_topic": subTopic, "value_template": template, "payload_on": text, "payload_off": text, "state_on": text,
			"state_off": text, "command_template": template, "optimistic": boolean, "retain": boolean, "device_class": text},
		classes: []string{"outlet", "switch"},
	},
	"number": {
		required: keys{"command_topic": pubTopic},
		optional: merge(units, keys{"state_topic": subTopic, "value_template": template, "min": numeric, "max": numeric, "step": numeric, "mode": text,
			"payload_reset": text, "command_template": template, "optimistic": boolean, "retain": boolean, "device_class": text}),
		classes: []string{"duration"},
	},
	"select": {
		required: keys{"command_topic": pubTopic, "options": texts},
		optional: keys{"state_topic": subTopic, "value_template": template, "command_template": template, "optimistic": boolean, "retain": boolean},
	},
	"text": {
		required: keys{"command_topic": pubTopic},
		optional: keys{"state_topic": subTopic, "value_template": template, "min": integer, "max": integer, "mode": text, "pattern": text,
			"command_template": template, "retain": boolean},
	},
	"image": {
		required: keys{"image_topic": subTopic},
		optional: keys{"content_type": text, "image_encoding": text},
	},
	"device_automation": {
		required: keys{"automation_type": text, "type": text, "subtype": text, "topic": subTopic},
		optional: keys{"payload": text, "value_template": template},
	},
}

func merge(all ...keys) keys {
	sum := keys{}
	for _, k := range all {
		maps.Copy(sum, k)
	}
	return sum
}
