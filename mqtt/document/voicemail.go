package document

import (
	"github.com/callporter/callporter/call"
)

// VoiceMessage is a message on an answering machine of the box.
type VoiceMessage struct {
	// Machine and Message are the positions at the box, from 0: what
	// voicemail_read and voicemail_delete take.
	Machine, Message int
	Call             call.Call // who called when, which own number, how long it talks
	New              bool
}

// voiceMessage is a [VoiceMessage] in JSON.
type voiceMessage struct {
	Machine int    `json:"machine"`
	Message int    `json:"message"`
	New     bool   `json:"new"`
	Caller  Caller `json:"caller"`
	MSN     string `json:"msn"`
	Started *Time  `json:"started"`
	Seconds int64  `json:"seconds"`
}

// Voicemail is the document of the voicemail topic: how many messages there are
// and the newest ten, newest first as given.
func (d Documents) Voicemail(all []VoiceMessage) []byte {
	type voicemail struct {
		New      int            `json:"new"`
		Total    int            `json:"total"`
		Messages []voiceMessage `json:"messages"`
	}
	fresh := 0
	for i := range all {
		if all[i].New {
			fresh++
		}
	}
	newest := all[:min(len(all), maxMissed)]
	return fit(func(l limits) any {
		messages := make([]voiceMessage, len(newest))
		for i := range newest {
			m := &newest[i]
			messages[i] = voiceMessage{
				m.Machine, m.Message, m.New, d.caller(&m.Call).cut(l), cut(m.Call.MSN, l.text), d.time(m.Call.Started), seconds(m.Call.Talk),
			}
		}
		return voicemail{fresh, len(all), messages}
	})
}
