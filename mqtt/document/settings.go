package document

// maxSwitches bounds the switches of one kind in the settings document. A box has
// up to 32 deflections and 5 answering machines.
const maxSwitches = 32

// Settings are what can be changed while callporter runs and is kept by callporter.
// Fields are added as there is something to set.
type Settings struct {
	// Quiet is a flag for automations; callporter itself does nothing with it.
	Quiet bool
}

// Switch is a deflection or an answering machine of the box.
type Switch struct {
	// ID is its position at the box, from 0; it is part of the command's topic.
	ID   int
	Name string
	On   bool
}

// Switches are what the box itself keeps.
type Switches struct {
	Deflections, AnsweringMachines []Switch
}

// Settings is the document of the settings topic: our own settings and the box's
// switches, by id.
func (d Documents) Settings(s Settings, box Switches) []byte {
	type settings struct {
		Quiet             string                 `json:"quiet"`
		Deflections       map[int]switchDocument `json:"deflections"`
		AnsweringMachines map[int]switchDocument `json:"answering_machines"`
	}
	return fit(func(l limits) any {
		return settings{onOrOff(s.Quiet), switches(box.Deflections, l), switches(box.AnsweringMachines, l)}
	})
}

// switchDocument is a [Switch] in JSON.
type switchDocument struct {
	Name  string `json:"name"`
	State string `json:"state"`
}

func switches(all []Switch, l limits) map[int]switchDocument {
	out := make(map[int]switchDocument)
	for _, s := range all[:min(len(all), maxSwitches)] {
		out[s.ID] = switchDocument{cut(s.Name, l.text), onOrOff(s.On)}
	}
	return out
}

func onOrOff(on bool) string {
	if on {
		return "ON"
	}
	return "OFF"
}
