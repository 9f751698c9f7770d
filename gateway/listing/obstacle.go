package listing

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/journal"
)

// errUnread is told while the phonebooks of the box were never read: the number may be in
// one of them.
var errUnread = errors.New("the phonebooks of the box are not read yet")

// obstacle says why a number must not be written, "" if it may be.
func (l *Listing) obstacle(ctx context.Context, order string, n call.Number) (string, error) {
	snapshot := l.Snapshot()
	switch {
	case n.E164 == "" || n.Kind == call.Internal || n.Kind == call.Short:
		return "no number that can be listed", nil
	case snapshot.Plan.Lists(n):
		return "an own number", nil
	case l.HasBox && snapshot.Freshness(poll.Phonebooks).Read.IsZero():
		return "", errUnread
	case len(snapshot.Contacts.All(nil, n)) > 0:
		return "in a phonebook", nil
	case snapshot.Contacts.Bars(n):
		return "barred at the box", nil
	}
	if order == "block" {
		if _, found := l.Journal.Match(journal.Allow, n); found {
			return "on the allow list", nil
		}
	}
	if e, found := l.Journal.Match(journal.Block, n); found && (order != "block" || e.Who != orders.ByItself) {
		return "on the block list", nil
	}
	writes, err := l.Journal.WritesTo(ctx, l.Box, n.Full())
	switch {
	case err != nil:
		return "", err
	case takenBack(writes, order):
		return "a person has taken it off", nil
	}
	return l.limit(ctx, order)
}

// takenBack reports whether a person has undone the last automatic write of this kind. An
// entry whose time is over was not taken back. The writes are newest first.
func takenBack(writes []journal.Write, order string) bool {
	for _, w := range writes {
		switch {
		case w.Who == orders.ByItself && w.Why == order:
			return order == "phonebook_add" || w.UndoneBy != 0 && !expiredBy(writes, w.UndoneBy)
		case w.Who == orders.ByItself && w.Why == "allow": // by a key, for a while
		case w.Why == "unblock" || w.Why == "allow" || w.Why == "phonebook_remove":
			return true
		}
	}
	return false
}

// expiredBy reports whether a write is the end of an entry whose time was over.
func expiredBy(writes []journal.Write, id int64) bool {
	for _, w := range writes {
		if w.ID == id {
			return orders.IsExpiry(w)
		}
	}
	return false
}

// Limits of what is written by itself. With 90 days, which is the default, 20 numbers a day
// are fewer than the 2,000 entries that a phonebook of a box holds.
const (
	maxHour = 6
	maxDay  = 20
)

// limit says that too much was written in the last hour or day, "" if that is not so.
func (l *Listing) limit(ctx context.Context, order string) (string, error) {
	now := l.Now()
	given := map[string]bool{}
	hour := 0
	for before := int64(0); len(given) < maxDay; {
		page, err := l.Journal.Writes(ctx, l.Box, before, journal.MaxPage)
		if err != nil {
			return "", err
		}
		for _, w := range page {
			id := orders.OrderOf(w)
			switch {
			case now.Sub(w.At) >= 24*time.Hour:
				page = nil
			case w.Who == orders.ByItself && w.Why == order && !given[id]:
				given[id] = true
				if now.Sub(w.At) < time.Hour {
					hour++
				}
			}
		}
		if len(page) < journal.MaxPage {
			break
		}
		before = page[len(page)-1].ID
	}
	if hour < maxHour && len(given) < maxDay {
		return "", nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := l.paused[order]; last.IsZero() || now.Sub(last) >= time.Hour {
		l.paused[order] = now
		l.Log.Warn("automatic listing pauses: too many numbers in an hour or a day", "order", strings.ReplaceAll(order, "_", " "),
			"hour", hour, "day", len(given), "max_hour", maxHour, "max_day", maxDay)
	}
	return "too many in an hour or a day", nil
}
