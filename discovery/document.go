package discovery

import (
	"bytes"
	"encoding/json"
	"strings"
)

const (
	// originName tells our documents from everybody else's.
	originName = "callporter"
	originURL  = "https://github.com/callporter/callporter"
	// idStart begins every discovery id, identifier and unique id of ours.
	idPrefix = "callporter_"
)

// deviceTopic is the topic of the document of one device.
func deviceTopic(prefix, id string) string { return prefix + "/device/" + id + "/config" }

// deviceDocument is the document of one device. Home Assistant accepts no other keys here, in
// device and in origin.
type deviceDocument struct {
	Device           device               `json:"device"`
	Origin           origin               `json:"origin"`
	Availability     []availability       `json:"availability"`
	AvailabilityMode string               `json:"availability_mode"`
	Components       map[string]component `json:"components"`
}

type device struct {
	Identifiers      []string `json:"identifiers"`
	Name             string   `json:"name"`
	Manufacturer     string   `json:"manufacturer,omitempty"`
	Model            string   `json:"model,omitempty"`
	SWVersion        string   `json:"sw_version,omitempty"`
	ViaDevice        string   `json:"via_device,omitempty"`
	ConfigurationURL string   `json:"configuration_url,omitempty"`
}

type origin struct {
	Name       string `json:"name"`
	SWVersion  string `json:"sw_version,omitempty"`
	SupportURL string `json:"support_url"`
}

// availability is a topic that says online or offline, Home Assistant's defaults.
type availability struct {
	Topic string `json:"topic"`
}

// component is one entity or device trigger; only what its platform knows is set.
// With nothing but a platform it is a tombstone, which removes the entity.
type component struct {
	Platform        string `json:"platform"`
	UniqueID        string `json:"unique_id,omitempty"`
	DefaultEntityID string `json:"default_entity_id,omitempty"`
	// ObjectID says the same to Core before 2025.10, which knows no DefaultEntityID.
	ObjectID       string `json:"object_id,omitempty"`
	Name           string `json:"name,omitempty"`
	Icon           string `json:"icon,omitempty"`
	EntityCategory string `json:"entity_category,omitempty"`
	DeviceClass    string `json:"device_class,omitempty"`
	StateClass     string `json:"state_class,omitempty"`
	// ForceUpdate makes a repeated value a new one.
	ForceUpdate bool `json:"force_update,omitempty"`
	// Options are the values of an enum sensor.
	Options []string `json:"options,omitempty"`
	// EventTypes are the values of an event's event_type.
	EventTypes []string `json:"event_types,omitempty"`

	StateTopic    string `json:"state_topic,omitempty"`
	ValueTemplate string `json:"value_template,omitempty"`
	PayloadOn     string `json:"payload_on,omitempty"`
	PayloadOff    string `json:"payload_off,omitempty"`

	JSONAttributesTopic    string `json:"json_attributes_topic,omitempty"`
	JSONAttributesTemplate string `json:"json_attributes_template,omitempty"`

	CommandTopic string `json:"command_topic,omitempty"`
	PayloadPress string `json:"payload_press,omitempty"`
	// Retain is never true: a retained command would be obeyed at every connect.
	Retain     *bool `json:"retain,omitempty"`
	Optimistic *bool `json:"optimistic,omitempty"`

	// ImageTopic has the bytes of an image, a JPEG.
	ImageTopic string `json:"image_topic,omitempty"`

	// Min and Max bound a number, Max and Pattern a text.
	Min     int    `json:"min,omitempty"`
	Max     int    `json:"max,omitempty"`
	Mode    string `json:"mode,omitempty"`
	Pattern string `json:"pattern,omitempty"`

	// AutomationType, Type, Subtype, Topic and Payload make a device trigger.
	AutomationType string `json:"automation_type,omitempty"`
	Type           string `json:"type,omitempty"`
	Subtype        string `json:"subtype,omitempty"`
	Topic          string `json:"topic,omitempty"`
	Payload        string `json:"payload,omitempty"`

	// Availability replaces that of the root; the mode stays. An empty list makes the entity
	// always available.
	Availability []availability `json:"availability,omitzero"`
	QoS          int            `json:"qos,omitempty"`
}

// encode writes the document. "<" and "&" in a name stay readable.
func (r deviceDocument) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// described are the platforms of the components that are no tombstones, by key.
func (r deviceDocument) described() map[string]string {
	platforms := map[string]string{}
	for key, c := range r.Components {
		if !c.tombstone() {
			platforms[key] = c.Platform
		}
	}
	return platforms
}

// tombstone reports whether c removes its entity: only triggers have no unique id, and these a
// topic.
func (c component) tombstone() bool { return c.UniqueID == "" && c.Topic == "" }

// distinct returns a device name that no entity name begins with. Otherwise Home Assistant
// would show "Call Call state".
func distinct(name string, components map[string]component) string {
	for _, c := range components {
		if c.Name != "" && strings.HasPrefix(strings.ToLower(c.Name), strings.ToLower(name)) {
			return originName + " " + name
		}
	}
	return name
}
