package tr064

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

// AnsweringMachine is an answering machine of the box.
type AnsweringMachine struct {
	Index   int    `json:"index"`
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
}

// Message is a message on an answering machine.
type Message struct {
	Machine  int           `json:"machine"` // its index
	Index    int           `json:"index"`   // the box's number for the recording
	Number   string        `json:"number"`  // of the caller, "" if withheld
	Name     string        `json:"name"`
	Called   string        `json:"called"` // the own number
	Date     time.Time     `json:"date"`   // to the minute
	Duration time.Duration `json:"duration"`
	New      bool          `json:"new"` // nobody has listened to it
	Path     string        `json:"path"`
}

const maxMachines = 10

// AnsweringMachines lists the answering machines that the box shows.
func (c *Client) AnsweringMachines(ctx context.Context) ([]AnsweringMachine, error) {
	a, err := c.Call(ctx, soap.TAM, "GetList")
	if err != nil {
		return nil, err
	}
	machines, err := readMachines(a["TAMList"])
	return machines, soap.Wrap("GetList", err)
}

func readMachines(list string) (machines []AnsweringMachine, err error) {
	err = eachItem(list, func(n *soap.Node) {
		index, err := strconv.Atoi(n.Value("Index"))
		if err != nil || index < 0 || n.Value("Display") == "0" || len(machines) >= maxMachines {
			return
		}
		machines = append(machines, AnsweringMachine{Index: index, Name: soap.Printable(n.Value("Name")), Enabled: n.Value("Enable") == "1"})
	})
	return machines, err
}

// machine reads one answering machine again.
func (c *Client) machine(ctx context.Context, index int) (AnsweringMachine, error) {
	a, err := c.Call(ctx, soap.TAM, "GetInfo", "Index", strconv.Itoa(index))
	return AnsweringMachine{Index: index, Name: soap.Printable(a["Name"]), Enabled: a["Enable"] == "1"}, err
}

// SwitchAnsweringMachine switches a machine on or off. m is the machine as it was listed.
// If another name stands at its index now, nothing is written ([ErrChanged]).
func (c *Client) SwitchAnsweringMachine(ctx context.Context, m AnsweringMachine, on bool) (Change, error) {
	done, err := c.beginChange(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	now, err := c.machine(ctx, m.Index)
	switch {
	case errors.Is(err, ErrNoSuchEntry) || err == nil && now.Name != m.Name:
		return Change{}, &Error{Reason: Changed, Action: "SetEnable"}
	case err != nil || now.Enabled == on:
		return Change{}, err
	}
	want := now
	want.Enabled = on
	return c.write(ctx, Change{Kind: MachineSet, Before: toJSON(now), After: toJSON(want)}, func(ctx context.Context) (bool, error) {
		is, err := c.machine(ctx, m.Index)
		return is == want, err
	}, soap.TAM, "SetEnable", "Index", strconv.Itoa(m.Index), "Enable", boolDigit(on))
}

// Messages lists the messages of an answering machine, newest first.
func (c *Client) Messages(ctx context.Context, machine int) ([]Message, error) {
	a, err := c.Call(ctx, soap.TAM, "GetMessageList", "Index", strconv.Itoa(machine))
	if err != nil {
		return nil, err
	}
	if a["URL"] == "" {
		return nil, nil
	}
	path, err := c.OwnPath(a["URL"])
	if err != nil {
		return nil, soap.Wrap("GetMessageList", err)
	}
	var messages []Message
	err = c.Get(ctx, path, maxCallList, func(response *http.Response) error {
		root, err := soap.ReadNode(response.Body)
		if err != nil {
			return &Error{Reason: BadAnswer, Err: err}
		}
		messages, err = readMessages(root, machine, c.location)
		return err
	})
	return messages, soap.Wrap("GetMessageList", err)
}

func readMessages(root *soap.Node, machine int, zone *time.Location) (messages []Message, err error) {
	if !strings.EqualFold(root.Name, "root") {
		return nil, &Error{Reason: BadAnswer, Text: "no list of messages"}
	}
	root.Each("Message", func(n *soap.Node) {
		index, err := strconv.Atoi(n.Value("Index"))
		if err != nil || index < 0 {
			return
		}
		messages = append(messages, Message{
			Machine: machine, Index: index, Number: oneLine(n.Value("Number")), Name: oneLine(n.Value("Name")), Called: oneLine(n.Value("Called")),
			Date: readDate(n.Value("Date"), zone), Duration: readMinutes(n.Value("Duration")), New: n.Value("New") == "1", Path: oneLine(n.Value("Path")),
		})
	})
	return messages, nil
}

// same reports whether two messages are the same one, listened to or not.
func (m Message) same(o Message) bool {
	return m.Machine == o.Machine && m.Index == o.Index && m.Number == o.Number && m.Date.Equal(o.Date)
}

// message reads a listed message again.
func (c *Client) message(ctx context.Context, m Message) (Message, error) {
	now, err := c.Messages(ctx, m.Machine)
	if err != nil {
		return Message{}, err
	}
	at := slices.IndexFunc(now, func(n Message) bool { return n.Index == m.Index })
	switch {
	case at < 0:
		return Message{}, &Error{Reason: NoSuchEntry}
	case !now[at].same(m):
		return Message{}, &Error{Reason: Changed}
	}
	return now[at], nil
}

// MarkMessage marks a message as listened to or as new. m is the message as it was listed.
// If another message has its index now, nothing is written ([ErrChanged]).
func (c *Client) MarkMessage(ctx context.Context, m Message, listened bool) (Change, error) {
	done, err := c.beginChange(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	now, err := c.message(ctx, m)
	if err != nil || now.New == !listened {
		return Change{}, err
	}
	want := now
	want.New = !listened
	return c.write(ctx, Change{Kind: MessageMarked, Before: toJSON(now), After: toJSON(want)}, func(ctx context.Context) (bool, error) {
		is, err := c.message(ctx, m)
		return is.New == want.New, err
	}, soap.TAM, "MarkMessage", "Index", strconv.Itoa(m.Machine), "MessageIndex", strconv.Itoa(m.Index), "MarkedAsRead", boolDigit(listened))
}

// DeleteMessage deletes a message for good. m is the message as it was listed. One that is
// gone is no error; if another message has its index now, nothing is deleted
// ([ErrChanged]).
func (c *Client) DeleteMessage(ctx context.Context, m Message) (Change, error) {
	done, err := c.beginChange(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	now, err := c.message(ctx, m)
	if errors.Is(err, ErrNoSuchEntry) {
		return Change{}, nil
	}
	if err != nil {
		return Change{}, err
	}
	return c.write(ctx, Change{Kind: MessageDeleted, Before: toJSON(now)}, func(ctx context.Context) (bool, error) {
		_, err := c.message(ctx, m)
		if errors.Is(err, ErrNoSuchEntry) || errors.Is(err, ErrChanged) {
			return true, nil
		}
		return false, err
	}, soap.TAM, "DeleteMessage", "Index", strconv.Itoa(m.Machine), "MessageIndex", strconv.Itoa(m.Index))
}
