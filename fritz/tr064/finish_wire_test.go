package tr064_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
)

// TestStopWithinAWrite: what the box has begun to do is seen to its end and told, so
// that it can be written down and taken back, though whoever ordered it goes.
func TestStopWithinAWrite(t *testing.T) {
	for action, do := range map[string]func(context.Context, *tr064.Client) (tr064.Change, error){
		"SetCallBarringEntry": func(ctx context.Context, c *tr064.Client) (tr064.Change, error) {
			return c.Bar(ctx, "SPAM", "06990009111")
		},
		"SetPhonebookEntryUID": func(ctx context.Context, c *tr064.Client) (tr064.Change, error) {
			return c.AddContact(ctx, tr064.BookRef{Name: "Telefonbuch"}, contact("Oma", "03023125901"))
		},
		"DeleteCallBarringEntryUID": func(ctx context.Context, c *tr064.Client) (tr064.Change, error) {
			changes, err := c.Unbar(ctx, "06990009222")
			if len(changes) == 0 {
				return tr064.Change{}, err
			}
			return changes[0], err
		},
	} {
		t.Run(action, func(t *testing.T) {
			b := simulated(t)
			if err := b.AddContact(barring, fritztest.Contact{Name: "pest", Numbers: []fritztest.PhoneNumber{{Number: "06990009222"}}}); err != nil {
				t.Fatal(err)
			}
			slow := fastTiming
			slow.Spacing = 50 * time.Millisecond // in front of the look whether it took
			c := client(t, b, tr064.Options{Connection: tr064.Connection{Timing: slow}})
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			began := make(chan error, 1)
			go func() {
				began <- b.Wait(t.Context(), func(s fritztest.State) bool { return s.TR064.Actions[action] > 0 })
				stop()
			}()
			change, err := do(ctx, c)
			if err != nil || change.None() {
				t.Errorf("%+v, %v", change, err)
			}
			if err := <-began; err != nil {
				t.Error(err)
			}
			if _, err := do(ctx, c); err == nil {
				t.Error("a write begins though nobody waits for it")
			}
		})
	}
}

// TestStopBeforeASilentBox: of what the box has not answered nobody knows what became of
// it. That is told too, soon, so that it is found in the journal.
func TestStopBeforeASilentBox(t *testing.T) {
	t.Parallel()
	b := simulated(t)
	if err := b.Trouble(fritztest.Trouble{Kind: "silence", At: "SetCallBarringEntry"}); err != nil {
		t.Fatal(err)
	}
	c := client(t, b, tr064.Options{Connection: tr064.Connection{Timing: tr064.Timing{Spacing: time.Millisecond}}})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		_ = b.Wait(t.Context(), func(s fritztest.State) bool { return s.TR064.Lists["phonebook.lua"] > 0 })
		time.AfterFunc(200*time.Millisecond, stop)
	}()
	began := time.Now()
	change, err := c.Bar(ctx, "SPAM", "06990009111")
	if !errors.Is(err, tr064.ErrUncertain) || !errors.Is(err, context.Canceled) || change.Kind != tr064.BarringAdded || change.After == "" {
		t.Errorf("%+v, %v", change, err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("told after %v", took)
	}
}
