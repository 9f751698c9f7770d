package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip/media"
	"github.com/callporter/callporter/gateway/announcing"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// newRecordings returns the recordings of callers who were turned away. Also where no more are
// made, the old ones are deleted in time.
func (g *Gateway) newRecordings() *announcing.Recordings {
	return announcing.NewRecordings(announcing.RecordingsOptions{
		Data: g.config.Data, Config: g.config.Announcement.Record, RetentionDays: g.config.Journal.RetentionDays,
		Now: g.now, Log: g.options.Log.With("component", "announcing"),
	})
}

// newAnnouncer makes what speaks to callers of a box. Without a journal nobody is recorded or
// allowed: it has the calls of the recordings and the lists.
func (b *box) newAnnouncer() *announcing.Announcer {
	o := announcing.Options{
		Config: b.Gateway.config.Announcement, Language: b.docs.Language,
		Log: b.options.Log.With("component", "announcing", "box", b.id),
	}
	if b.journal != nil {
		o.Recordings, o.Allowable, o.Allow = b.recordings, b.allowable, b.allowForAWhile
	}
	return announcing.New(o)
}

// talk speaks to a caller. Whether there is room for recordings shows in health.
func (s *softphone) talk(ctx context.Context, c call.Call, voice *media.Session) {
	full := s.recordings.Full()
	s.announcer.Talk(ctx, c, voice)
	if s.recordings.Full() != full {
		s.publishHealth()
	}
}

// recordingsFull is the reason of a phone that works, but has no room for recordings.
const recordingsFull = "recordings_full"

var recordingsFullHint = call.Text{
	"Calls are not recorded: the recordings need as much as announcement.record.max_total allows. Delete some, or allow more.",
	"Anrufe werden nicht aufgezeichnet: Die Aufzeichnungen brauchen so viel, wie announcement.record.max_total erlaubt. Einige löschen oder mehr erlauben.",
}

// voicePorts are where the voice of calls comes in.
func (g *Gateway) voicePorts() media.Ports {
	from, to := g.config.Announcement.VoicePorts()
	return media.Ports{From: from, To: to}
}

// allowable reports whether a caller may get onto the allow list by pressing a key: not without
// a number, and not whom a person has put on the block list.
func (b *box) allowable(c call.Call) bool {
	if c.Caller.Number.Withheld() || c.Injected() {
		return false
	}
	for _, n := range []call.Number{c.Caller.Number, c.Caller.Network} {
		if e, found := b.journal.Match(journal.Block, n); found && e.Who != orders.ByItself {
			return false
		}
	}
	return true
}

// allowForAWhile puts a caller on the allow list as the order "allow" does.
func (b *box) allowForAWhile(ctx context.Context, c call.Call) error {
	name := call.Text{"pressed the key", "hat die Taste gedrückt"}.In(b.docs.Language)
	cmd := order.Command{Box: b.id, Name: "allow", Argument: c.Caller.Number.Full(), Args: map[string]string{
		"number": c.Caller.Number.Full(), "name": name, "minutes": strconv.Itoa(b.Gateway.config.Announcement.Challenge.Minutes),
	}}
	results := make(chan []byte, 1)
	b.orders.Give(ctx, orders.Order{Command: cmd, Who: orders.ByItself, Reply: func(result []byte) { results <- result }})
	var result struct {
		OK    bool
		Error struct{ Code string }
	}
	select {
	case text := <-results:
		if err := json.Unmarshal(text, &result); err != nil {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	if !result.OK {
		return fmt.Errorf("allow caller: %s", result.Error.Code)
	}
	return nil
}

// forgetRecordings deletes the recordings of a number. It goes by its calls in the journal, so
// it comes before they are forgotten there.
func (g *Gateway) forgetRecordings(ctx context.Context, n call.Number, result *forgetResult) error {
	if !g.recordings.Any() {
		return nil
	}
	if g.journal == nil {
		result.addLeft(leftPlace{What: leftRecordings})
		return nil
	}
	if err := g.journal.Flush(ctx); err != nil {
		return err
	}
	var ids []call.ID
	for f := (journal.Filter{Number: n.Full(), Limit: journal.MaxPage}); ; {
		page, err := g.journal.Calls(ctx, f)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			ids = append(ids, e.Call.ID)
		}
		if f.Before = page.Next; f.Before == "" {
			break
		}
	}
	var err error
	result.Recordings, err = g.recordings.Forget(ids)
	return err
}
