package tr064

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
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
	Index    int           `json:"index"`   // of the message, the box's number for its recording
	Number   string        `json:"number"`  // of the caller, "" if withheld
	Name     string        `json:"name"`
	Called   string        `json:"called"` // the own number
	Date     time.Time     `json:"date"`   // of the minute
	Duration time.Duration `json:"duration"`
	New      bool          `json:"new"` // nobody has listened to it
	Path     string        `json:"path"`
}

const maxMachines = 10

// AnsweringMachines lists the answering machines that the box shows.
func (c *Client) AnsweringMachines(ctx context.Context) ([]AnsweringMachine, error) {
	a, err := c.call(ctx, tam, "GetList")
	if err != nil {
		return nil, err
	}
	machines, err := readMachines(a["TAMList"])
	return machines, wrapped("GetList", err)
}

func readMachines(list string) (machines []AnsweringMachine, err error) {
	err = eachItem(list, func(n *node) {
		index, err := strconv.Atoi(n.value("Index"))
		if err != nil || index < 0 || n.value("Display") == "0" || len(machines) >= maxMachines {
			return
		}
		machines = append(machines, AnsweringMachine{Index: index, Name: clean(n.value("Name")), Enabled: n.value("Enable") == "1"})
	})
	return machines, err
}

// machine reads one answering machine again.
func (c *Client) machine(ctx context.Context, index int) (AnsweringMachine, error) {
	a, err := c.call(ctx, tam, "GetInfo", "Index", strconv.Itoa(index))
	return AnsweringMachine{Index: index, Name: clean(a["Name"]), Enabled: a["Enable"] == "1"}, err
}

// SwitchAnsweringMachine switches the machine that was listed on or off. What is
// at its place now is read first: another name, and nothing is written ([ErrChanged]).
func (c *Client) SwitchAnsweringMachine(ctx context.Context, m AnsweringMachine, on bool) (Change, error) {
	done, err := c.write(ctx)
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
	change := Change{Kind: MachineSet, Before: recorded(now)}
	now.Enabled = on
	change.After = recorded(now)
	ctx, end, err := finishing(ctx)
	if err != nil {
		return Change{}, err
	}
	defer end()
	_, err = c.call(ctx, tam, "SetEnable", "Index", strconv.Itoa(m.Index), "Enable", digit(on))
	return c.switched(ctx, change, err, func() (bool, error) {
		is, err := c.machine(ctx, m.Index)
		return is == now, err
	})
}

func digit(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// switched looks whether a write has had its effect. wrote is the error of the
// write itself.
func (c *Client) switched(ctx context.Context, change Change, wrote error, look func() (bool, error)) (Change, error) {
	if wrote != nil && !unsure(ctx, wrote) {
		return Change{}, wrote
	}
	var as bool
	err := c.settle(ctx, func() error {
		var err error
		as, err = look()
		return err
	})
	switch {
	case err != nil:
		return change, &Error{Reason: Uncertain, Err: err}
	case as:
		return change, nil
	case wrote != nil:
		return Change{}, wrote
	}
	return change, &Error{Reason: NotKept}
}

// Messages lists the messages of an answering machine, newest first.
func (c *Client) Messages(ctx context.Context, machine int) ([]Message, error) {
	a, err := c.call(ctx, tam, "GetMessageList", "Index", strconv.Itoa(machine))
	if err != nil {
		return nil, err
	}
	if a["URL"] == "" {
		return nil, nil
	}
	path, err := c.ownPath(a["URL"])
	if err != nil {
		return nil, wrap("GetMessageList", err)
	}
	var messages []Message
	err = c.get(ctx, path, maxCallList, func(response *http.Response) error {
		root, err := readNode(response.Body)
		if err != nil {
			return &Error{Reason: BadAnswer, Err: err}
		}
		messages, err = readMessages(root, machine, c.o.Location)
		return err
	})
	return messages, wrapped("GetMessageList", err)
}

func readMessages(root *node, machine int, where *time.Location) (messages []Message, err error) {
	if !strings.EqualFold(root.name, "root") {
		return nil, &Error{Reason: BadAnswer, Text: "no list of messages"}
	}
	root.all("Message", func(n *node) {
		index, err := strconv.Atoi(n.value("Index"))
		if err != nil || index < 0 {
			return
		}
		messages = append(messages, Message{
			Machine: machine, Index: index, Number: short(n.value("Number")), Name: short(n.value("Name")), Called: short(n.value("Called")),
			Date: readDate(n.value("Date"), where), Duration: readMinutes(n.value("Duration")), New: n.value("New") == "1", Path: short(n.value("Path")),
		})
	})
	return messages, nil
}

// same reports whether two are one message, listened to or not.
func (m Message) same(o Message) bool {
	return m.Machine == o.Machine && m.Index == o.Index && m.Number == o.Number && m.Date.Equal(o.Date)
}

// message reads the message that was listed again.
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

// MarkMessage marks a message that was listed as listened to, or as new again. At
// its number another message may be by now, which is looked at first ([ErrChanged]).
func (c *Client) MarkMessage(ctx context.Context, m Message, listened bool) (Change, error) {
	done, err := c.write(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	now, err := c.message(ctx, m)
	if err != nil || now.New == !listened {
		return Change{}, err
	}
	change := Change{Kind: MessageMarked, Before: recorded(now)}
	now.New = !listened
	change.After = recorded(now)
	ctx, end, err := finishing(ctx)
	if err != nil {
		return Change{}, err
	}
	defer end()
	_, err = c.call(ctx, tam, "MarkMessage", "Index", strconv.Itoa(m.Machine), "MessageIndex", strconv.Itoa(m.Index), "MarkedAsRead", digit(listened))
	return c.switched(ctx, change, err, func() (bool, error) {
		is, err := c.message(ctx, m)
		return is.New == now.New, err
	})
}

// DeleteMessage deletes a message that was listed, for good. One that is gone is
// no error.
func (c *Client) DeleteMessage(ctx context.Context, m Message) (Change, error) {
	done, err := c.write(ctx)
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
	change := Change{Kind: MessageDeleted, Before: recorded(now)}
	ctx, end, err := finishing(ctx)
	if err != nil {
		return Change{}, err
	}
	defer end()
	_, err = c.call(ctx, tam, "DeleteMessage", "Index", strconv.Itoa(m.Machine), "MessageIndex", strconv.Itoa(m.Index))
	return c.switched(ctx, change, err, func() (bool, error) {
		_, err := c.message(ctx, m)
		if errors.Is(err, ErrNoSuchEntry) || errors.Is(err, ErrChanged) {
			return true, nil
		}
		return false, err
	})
}
