package gatewaytest

// Component is what Home Assistant reads of an entity in these tests.
type Component struct {
	Platform     string
	StateTopic   string `json:"state_topic"`
	Attributes   string `json:"json_attributes_topic"`
	CommandTopic string `json:"command_topic"`
	Press        string `json:"payload_press"`
	On           string `json:"payload_on"`
	Off          string `json:"payload_off"`
	Topic        string
	Availability []struct{ Topic string }
}

type DeviceDoc struct {
	Device struct {
		Identifiers []string
		Name        string
		SWVersion   string `json:"sw_version"`
		Via         string `json:"via_device"`
	}
	Origin       struct{ Name string }
	Availability []struct{ Topic string }
	Components   map[string]Component
}

const (
	BoxDocument      = "homeassistant/device/callporter_fritzbox/config"
	PracticeDocument = "homeassistant/device/callporter_fritzbox_" + PracticeMSN + "/config"
	HomeDocument     = "homeassistant/device/callporter_fritzbox_" + HomeMSN + "/config"
)
