package telephony

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

const (
	maxMachines     = 5
	machineCapacity = 77  // minutes of space
	maxMessages     = 200 // a machine is full then
)

// machine is an answering machine of the box, extension 40 and on.
type machine struct {
	name     string
	shown    bool // it has been set up
	enabled  bool
	messages []message // oldest first
	next     int
}

// message is a recording.
type message struct {
	index          int
	caller, called string
	name           string
	at             time.Time
	seconds        int
	heard          bool
	path           string
}

// AddMachine sets up the next answering machine, 5 at most, and returns its index.
func (t *Services) AddMachine(name string) (index int, err error) {
	t.edit(func() {
		index = slices.IndexFunc(t.machines, func(m *machine) bool { return !m.shown })
		if index < 0 {
			err = fmt.Errorf("the box has %d answering machines already", maxMachines)
			return
		}
		*t.machines[index] = machine{name: name, shown: true, enabled: true}
	})
	return index, err
}

// Record leaves a message on the answering machine that has taken the call; its
// length is that of the call so far.
func (l *ListedCall) Record(seconds int, wall time.Time) error {
	t := l.services
	t.mu.Lock()
	defer t.mu.Unlock()
	if !l.connected || l.ext < 40 || l.ext >= 40+maxMachines {
		return fmt.Errorf("no answering machine (40 to %d) has taken call %s", 39+maxMachines, l.call.Name)
	}
	m := t.machines[l.ext-40]
	if !m.shown || len(m.messages) >= maxMessages {
		return fmt.Errorf("answering machine %d is full or not set up", l.ext-40)
	}
	path := fmt.Sprintf("/data/tam/rec/rec.%d.%03d", l.ext-40, m.next)
	m.messages = append(m.messages, message{
		index: m.next, caller: l.call.Caller, called: l.call.Called, name: t.name(l.call.Caller), at: wall, seconds: seconds, path: path,
	})
	m.next++
	l.recording = path
	return nil
}

// unheard counts the new messages of a machine.
func (m *machine) unheard() int {
	n := 0
	for _, x := range m.messages {
		if !x.heard {
			n++
		}
	}
	return n
}

// messageList writes tamcalllist.lua, newest first. Its root has a capital letter.
func (t *Services) messageList(query func(string) string, _ time.Time) (kind, body string) {
	at, err := strconv.Atoi(query("tamindex"))
	if err != nil || at < 0 || at >= maxMachines {
		return "", ""
	}
	m := t.machines[at]
	var x strings.Builder
	x.WriteString(tr064.Prolog + "<Root>\n")
	fmt.Fprintf(&x, "<!-- index:%d --><!-- tam calls:%d -->\n", at, len(m.messages))
	for _, g := range slices.Backward(m.messages) {
		x.WriteString("<Message>")
		for _, field := range [][2]string{
			{"Index", strconv.Itoa(g.index)}, {"Tam", strconv.Itoa(at)}, {"Called", g.called},
			{"Date", g.at.Format("02.01.06 15:04")}, {"Duration", hoursMinutes(g.seconds)},
			{"Inbook", tr064.Flag(g.name != "")}, {"Name", g.name}, {"New", tr064.Flag(!g.heard)}, {"Number", g.caller},
			{"Path", "/download.lua?path=" + g.path},
		} {
			x.WriteString(tr064.Element(field[0], field[1]))
		}
		x.WriteString("</Message>\n")
	}
	x.WriteString("</Root>\n")
	return listType, x.String()
}

// download serves a recording as a WAV of its length, or a contact's picture.
func (t *Services) download(query func(string) string, _ time.Time) (kind, body string) {
	path := query("path")
	for _, m := range t.machines {
		for _, g := range m.messages {
			if g.path == path {
				return "audio/x-wav", tone(g.seconds)
			}
		}
	}
	for _, k := range t.books {
		for _, c := range k.contacts {
			if c.Image == path && path != "" {
				return "image/jpeg", picture(c.Name)
			}
		}
	}
	return "", ""
}

// tone is a WAV of 8 kHz with 8 bits, as long as the message, 5 min at most.
func tone(seconds int) string {
	const rate = 8000
	samples := make([]byte, min(seconds, 300)*rate)
	for i := range samples {
		samples[i] = byte(128 + 40*math.Sin(2*math.Pi*440*float64(i)/rate))
	}
	var x strings.Builder
	put := func(v any) { _ = binary.Write(&x, binary.LittleEndian, v) } // a strings.Builder takes everything
	x.WriteString("RIFF")
	put(uint32(36 + len(samples)))
	x.WriteString("WAVEfmt ")
	put([]uint32{16, 1 | 1<<16, rate, rate, 1 | 8<<16})
	x.WriteString("data")
	put(uint32(len(samples)))
	x.Write(samples)
	return x.String()
}

// onMachine is an action on the machine of a request.
func onMachine(do func(q *request, m *machine, at int) (tr064.Output, error)) action {
	return func(q *request) (tr064.Output, error) {
		at := q.Int("NewIndex")
		if at < 0 || at >= maxMachines {
			return nil, tr064.NoSuchIndex
		}
		return do(q, q.t.machines[at], at)
	}
}

// onMessage is an action on the message of a request, which is at a position of the machine.
func onMessage(do func(q *request, m *machine, i int) (tr064.Output, error)) action {
	return onMachine(func(q *request, m *machine, _ int) (tr064.Output, error) {
		index := q.Int("NewMessageIndex")
		i := slices.IndexFunc(m.messages, func(g message) bool { return g.index == index })
		if i < 0 {
			return nil, tr064.NoSuchEntry
		}
		return do(q, m, i)
	})
}

var _ = implement("X_AVM-DE_TAM:1", map[string]action{
	"GetInfo": onMachine(func(q *request, m *machine, _ int) (tr064.Output, error) {
		status := 0
		if m.shown {
			status |= 1 << 15
		}
		if len(m.messages) >= maxMessages {
			status |= 1 << 1
		}
		return tr064.Output{
			"NewEnable": tr064.Flag(m.enabled), "NewName": m.name, "NewTAMRunning": tr064.Flag(q.t.anyMachine()), "NewStick": "0",
			"NewStatus": strconv.Itoa(status), "NewCapacity": strconv.Itoa(machineCapacity), "NewMode": "record_message",
			"NewRingSeconds": "20", "NewPhoneNumbers": "",
		}, nil
	}),
	"GetList": func(q *request) (tr064.Output, error) {
		var x strings.Builder
		x.WriteString("<List>" + tr064.Element("TAMRunning", tr064.Flag(q.t.anyMachine())) + tr064.Element("Stick", "0") +
			tr064.Element("Status", "0") + tr064.Element("Capacity", strconv.Itoa(machineCapacity)))
		for i, m := range q.t.machines {
			x.WriteString("<Item>" + tr064.Element("Index", strconv.Itoa(i)) + tr064.Element("Display", tr064.Flag(m.shown)) +
				tr064.Element("Enable", tr064.Flag(m.enabled)) + tr064.Element("Name", m.name) + "</Item>")
		}
		x.WriteString("</List>")
		return tr064.Output{"NewTAMList": x.String()}, nil
	},
	"SetEnable": onMachine(func(q *request, m *machine, at int) (tr064.Output, error) {
		m.enabled = q.On("NewEnable")
		q.Wrote(strconv.Itoa(at) + " " + tr064.Flag(m.enabled))
		return nil, nil
	}),
	"GetMessageList": onMachine(func(q *request, _ *machine, at int) (tr064.Output, error) {
		return tr064.Output{"NewURL": q.Link("tamcalllist.lua", "tamindex="+strconv.Itoa(at))}, nil
	}),
	"MarkMessage": onMessage(func(q *request, m *machine, i int) (tr064.Output, error) {
		m.messages[i].heard = q.On("NewMarkedAsRead")
		q.Wrote(strconv.Itoa(m.messages[i].index))
		return nil, nil
	}),
	"DeleteMessage": onMessage(func(q *request, m *machine, i int) (tr064.Output, error) {
		path := m.messages[i].path
		q.Wrote(strconv.Itoa(m.messages[i].index))
		m.messages = slices.Delete(m.messages, i, i+1)
		for _, l := range q.t.calls {
			if l.recording == path {
				l.recording = ""
			}
		}
		return nil, nil
	}),
})

// anyMachine reports whether one of the machines is switched on.
func (t *Services) anyMachine() bool {
	return slices.ContainsFunc(t.machines, func(m *machine) bool { return m.shown && m.enabled })
}
