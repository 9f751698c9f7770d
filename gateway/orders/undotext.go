package orders

import (
	"encoding/json"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/journal"
)

// undoText says how things are after the undo of a write.
func undoText(w journal.Write, result undoResult, p *call.Plan, zone *time.Location) call.Text {
	var before, after writeState
	_ = json.Unmarshal(w.Before, &before) // the text omits what cannot be read
	_ = json.Unmarshal(w.After, &after)
	w.Target = Shown(p, w.Target)
	text := stateText(w, before, after, zone)
	switch {
	case result.expired:
		return call.Text{"%s does not come back, its time is over", "%s kommt nicht zurück, die Zeit ist um"}.With(w.Target)
	case result.writeID == 0:
		return call.Text{"%s (it was so already)", "%s (das war schon so)"}.With(text)
	}
	return text
}

// stateText says how things are in the state before a write.
func stateText(w journal.Write, before, after writeState, zone *time.Location) call.Text {
	target := w.Target
	switch w.Action {
	case listAdded, listRemoved:
		return listText(target, before.List, after.List)
	case expirySet:
		if before.Expiry == nil {
			return call.Text{"the box keeps %s without an end", "die Box behält %s ohne Ende"}.With(target)
		}
		return call.Text{"the box gives up %s on %s", "die Box gibt %s am %s auf"}.With(target, before.Expiry.At.In(zone).Format("2006-01-02 15:04"))
	}
	book := call.Text{"the call barring list of the box", "der Liste der Rufsperren der Box"}
	if after.Book != nil {
		book = call.Text{"the phonebook “%s”", "dem Telefonbuch „%s“"}.With(bookName(*after.Book))
	}
	switch tr064.ChangeKind(w.Action) {
	case tr064.BarringAdded:
		if before.Entry != "" { // an entry of several numbers was changed
			return call.Text{"the entry of %s on %s is as before", "der Eintrag zu %s auf %s ist wie zuvor"}.With(target, book)
		}
		return call.Text{"%s is off %s", "%s steht nicht mehr auf %s"}.With(target, book)
	case tr064.BarringRemoved:
		return call.Text{"%s is on %s again", "%s steht wieder auf %s"}.With(target, book)
	case tr064.ContactAdded:
		return call.Text{"%s is out of %s", "%s steht nicht mehr in %s"}.With(target, book)
	case tr064.ContactRemoved:
		return call.Text{"%s is in %s again", "%s steht wieder in %s"}.With(target, book)
	case tr064.ContactChanged:
		return call.Text{"the entry of %s in %s is as before", "der Eintrag zu %s in %s ist wie zuvor"}.With(target, book)
	case tr064.DeflectionSet, tr064.MachineSet:
		var old struct{ Enabled bool }
		_ = json.Unmarshal([]byte(before.Entry), &old)
		if old.Enabled {
			return call.Text{"%s is on again", "%s ist wieder an"}.With(switchName(target))
		}
		return call.Text{"%s is off again", "%s ist wieder aus"}.With(switchName(target))
	case tr064.MessageMarked:
		var old struct{ New bool }
		_ = json.Unmarshal([]byte(before.Entry), &old)
		if old.New {
			return call.Text{"message %s is new again", "Nachricht %s ist wieder neu"}.With(target)
		}
		return call.Text{"message %s is heard again", "Nachricht %s ist wieder abgehört"}.With(target)
	case tr064.DialPhoneSet:
		return call.Text{"the dialling aid rings %s again", "die Wählhilfe klingelt wieder bei %s"}.With(before.Entry)
	}
	return call.Text{"%s of %s", "%s von %s"}.With(w.Action, target)
}

// listText says how an own list is after the undo of a write to it.
func listText(number string, before, after *listState) call.Text {
	list := call.Text{"callporter's block list", "callporters Sperrliste"}
	if (before != nil && before.List == journal.Allow.String()) || (after != nil && after.List == journal.Allow.String()) {
		list = call.Text{"callporter's allow list", "callporters Liste der Erlaubten"}
	}
	switch {
	case before == nil:
		return call.Text{"%s is off %s", "%s steht nicht mehr auf %s"}.With(number, list)
	case after == nil:
		return call.Text{"%s is on %s again", "%s steht wieder auf %s"}.With(number, list)
	}
	return call.Text{"%s is on %s as before", "%s steht wie zuvor auf %s"}.With(number, list)
}
