package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/order"
)

// write is a write of the audit, as answers have it.
type write struct {
	ID                            int64
	At                            time.Time
	Box, Action, Target, Who, Why string
	Display, Order                string
	Before, After                 struct{ List *struct{ List string } }
	UndoneBy                      int64 `json:"undone_by"`
	Undo, Forgotten               bool
}

// orderRow is a row of the list: the writes of one order, newest first.
type orderRow []write

// printWrites prints the audit, newest first: of people's orders a row each, with --json
// the writes.
func printWrites(c *client, limit int) error {
	rows, err := readWrites(c, limit)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		c.say("nothing was written", "es wurde nichts geschrieben")
	}
	shown := map[int64]int64{} // the id of the row, by the id of a write
	for _, row := range rows {
		for _, w := range row {
			shown[w.ID] = row.id()
		}
	}
	t := cli.NewTable(c.out)
	for _, row := range rows {
		if c.json {
			break
		}
		if err := t.Row(row.cells(c, shown)...); err != nil {
			return err
		}
	}
	return t.Flush()
}

// readWrites reads the writes of the newest orders. The writes of one order stand near each
// other: those of others, such as one that runs beside it, may be between them. With --json
// it prints each write as the answer has it.
func readWrites(c *client, limit int) (rows []orderRow, err error) {
	index := map[string]int{}
	for before := int64(0); ; {
		var page struct {
			Writes []json.RawMessage
			Next   int64
		}
		args := map[string]string{"limit": strconv.Itoa(min(limit+1, 200))}
		if before > 0 {
			args["before"] = strconv.FormatInt(before, 10)
		}
		if err := c.ask("writes", args, &page); err != nil {
			return nil, err
		}
		full := false
		for _, raw := range page.Writes {
			var w write
			if err := json.Unmarshal(raw, &w); err != nil {
				return nil, errOtherVersion
			}
			i, known := index[w.Box+" "+w.Order]
			switch {
			case known && w.Order != "":
				rows[i] = append(rows[i], w)
			case len(rows) == limit:
				full = true
				continue
			default:
				index[w.Box+" "+w.Order] = len(rows)
				rows = append(rows, orderRow{w})
			}
			if c.json {
				fmt.Fprintln(c.out, string(raw))
			}
		}
		if before = page.Next; before == 0 || len(page.Writes) == 0 || full {
			return rows, nil
		}
	}
}

// id is the id of the row: the oldest write that can be taken back, or else the oldest.
// The others that can be taken back go with it.
func (r orderRow) id() int64 {
	for _, w := range slices.Backward(r) {
		if w.Undo {
			return w.ID
		}
	}
	return r[len(r)-1].ID
}

// cells are the cells of the row. shown is the id of the row of each write.
func (r orderRow) cells(c *client, shown map[int64]int64) []string {
	first, star := r[len(r)-1], ""
	var actions, targets []string
	add := func(to *[]string, text string) {
		if text != "" && !slices.Contains(*to, text) {
			*to = append(*to, text)
		}
	}
	for _, w := range slices.Backward(r) {
		add(&actions, w.did(c.language))
		add(&targets, w.about(c.language))
		if w.Undo {
			star = "*"
		}
	}
	cells := []string{
		strconv.FormatInt(r.id(), 10) + star, cli.Minute(first.At), strings.Join(actions, ", "), strings.Join(targets, ", "),
		word(whoWords, first.Who, c.language), r.note(c.language, shown),
	}
	if c.showBox {
		cells = append(cells, first.Box)
	}
	return cells
}

// note says why the order was given, or what became of it.
func (r orderRow) note(l call.Language, shown map[int64]int64) string {
	row := func(id int64) string {
		if of := shown[id]; of != 0 {
			id = of
		}
		return strconv.FormatInt(id, 10)
	}
	undone, idle := int64(0), false
	for _, w := range r {
		switch {
		case w.Forgotten:
			return l.Pick("forgotten", "vergessen")
		case w.UndoneBy == w.ID:
			idle = true
		case w.UndoneBy != 0:
			undone = w.UndoneBy
		}
	}
	part := slices.ContainsFunc(r, func(w write) bool { return w.Undo })
	switch {
	case undone != 0 && part:
		return l.Pick("taken back in part by ", "zum Teil zurückgenommen von ") + row(undone)
	case undone != 0:
		return l.Pick("taken back by ", "zurückgenommen von ") + row(undone)
	case idle && !part:
		return l.Pick("taken back, nothing was left to do", "zurückgenommen, es war nichts mehr zu tun")
	}
	why := r[len(r)-1].Why
	if id, isUndo := strings.CutPrefix(why, "undo "); isUndo {
		n, _ := strconv.ParseInt(id, 10, 64)
		return l.Pick("took back ", "Rücknahme von ") + row(n)
	}
	if why == "expired" {
		return l.Pick(why, "Zeit abgelaufen")
	}
	return order.Title(why).In(l)
}

// did says what the write did.
func (w write) did(l call.Language) string {
	switch w.Action {
	case "list_added":
		return l.Pick("onto the ", "auf ") + w.list(w.After.List, l, "die Liste der Erlaubten", "die Sperrliste", "die eigene Liste")
	case "list_removed":
		return l.Pick("off the ", "von ") + w.list(w.Before.List, l, "der Liste der Erlaubten", "der Sperrliste", "der eigenen Liste")
	}
	if text, known := actionTexts[w.Action]; known {
		return text.In(l)
	}
	return w.Action
}

// list names an own list. It is unknown where the contents of the write are forgotten.
func (w write) list(of *struct{ List string }, l call.Language, allowed, blocked, unknown string) string {
	switch {
	case of == nil:
		return l.Pick("own list", unknown)
	case of.List == "allow":
		return l.Pick("allow list", allowed)
	}
	return l.Pick("block list", blocked)
}

// about says what was written to.
func (w write) about(l call.Language) string {
	kind, id, _ := strings.Cut(w.Target, "/")
	switch kind {
	case "deflection":
		return l.Pick("diversion ", "Rufumleitung ") + id
	case "answering_machine":
		return l.Pick("answering machine ", "Anrufbeantworter ") + id
	}
	if w.Display != "" {
		return w.Display
	}
	return w.Target
}

// actionTexts are the actions of the audit.
var actionTexts = map[string]call.Text{
	"contact_added":         {"contact added", "Kontakt angelegt"},
	"contact_changed":       {"contact changed", "Kontakt geändert"},
	"contact_removed":       {"contact removed", "Kontakt entfernt"},
	"barring_added":         {"barred at the box", "an der Box gesperrt"},
	"barring_removed":       {"barred no more at the box", "an der Box nicht mehr gesperrt"},
	"deflection_set":        {"switched", "geschaltet"},
	"answering_machine_set": {"switched", "geschaltet"},
	"message_marked":        {"message marked", "Nachricht als gehört markiert"},
	"message_deleted":       {"message deleted", "Nachricht gelöscht"},
	"dial_phone_set":        {"phone chosen", "Telefon gewählt"},
	"number_dialled":        {"number dialled", "Nummer gewählt"},
	"dial_hung_up":          {"call stopped", "Ruf beendet"},
	"expiry_set":            {"end changed", "Ablauf geändert"},
}
