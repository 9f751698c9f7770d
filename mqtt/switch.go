package mqtt

import (
	"strconv"

	"github.com/callporter/callporter/call"
)

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
	return fit(128+96*(len(box.Deflections)+len(box.AnsweringMachines)), func(dst []byte, b bounds) []byte {
		dst = append(append(dst, `{"quiet":`...), onOrOff(s.Quiet)...)
		dst = appendSwitches(append(dst, `,"deflections":`...), box.Deflections, b)
		dst = appendSwitches(append(dst, `,"answering_machines":`...), box.AnsweringMachines, b)
		return append(dst, '}')
	})
}

func appendSwitches(dst []byte, all []Switch, b bounds) []byte {
	dst = append(dst, '{')
	for i, s := range all[:min(len(all), maxSwitches)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(append(dst, '"'), int64(s.ID), 10)
		dst = appendText(append(dst, `":{"name":`...), s.Name, b.text)
		dst = append(append(dst, `,"state":`...), onOrOff(s.On)...)
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

func onOrOff(on bool) string {
	if on {
		return `"ON"`
	}
	return `"OFF"`
}

// VoiceMessage is a message on an answering machine of the box.
type VoiceMessage struct {
	// Machine and Message are the positions at the box, from 0: what
	// voicemail_read and voicemail_delete take.
	Machine, Message int
	Call             call.Call // who called when, which own number, how long it talks
	New              bool
}

// Voicemail is the document of the voicemail topic: how many messages there are
// and the newest ten, newest first as given.
func (d Documents) Voicemail(all []VoiceMessage) []byte {
	fresh := 0
	for i := range all {
		if all[i].New {
			fresh++
		}
	}
	return fit(256*(1+min(len(all), maxMissed)), func(dst []byte, b bounds) []byte {
		dst = appendInt(append(dst, `{"new":`...), fresh)
		dst = appendInt(append(dst, `,"total":`...), len(all))
		dst = append(dst, `,"messages":[`...)
		for i := range all[:min(len(all), maxMissed)] {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = d.appendVoiceMessage(dst, &all[i], b)
		}
		return append(dst, "]}"...)
	})
}

func (d Documents) appendVoiceMessage(dst []byte, m *VoiceMessage, b bounds) []byte {
	dst = appendInt(append(dst, `{"machine":`...), m.Machine)
	dst = appendInt(append(dst, `,"message":`...), m.Message)
	dst = appendBool(append(dst, `,"new":`...), m.New)
	dst = appendCaller(append(dst, `,"caller":`...), &m.Call, b)
	dst = appendText(append(dst, `,"msn":`...), m.Call.MSN, b.text)
	dst = appendTime(append(dst, `,"started":`...), m.Call.Started, d.location())
	dst = appendSeconds(append(dst, `,"seconds":`...), m.Call.Talk)
	return append(dst, '}')
}
