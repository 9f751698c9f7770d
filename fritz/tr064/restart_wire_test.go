package tr064_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/internal/testkit"
)

// TestRestarts: a thousand reads and writes with a restart of the box in the midst
// of every fiftieth lose nothing and duplicate nothing.
func TestRestarts(t *testing.T) {
	testkit.Long(t)
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	random := rand.New(rand.NewPCG(1, 2))
	books := []string{"Telefonbuch", barring}
	want := map[string]bool{}
	restarts, retries := 0, 0
	restarted := make(chan error, 1)
	restarted <- nil
	for i := range 1000 {
		if i%50 == 49 {
			if err := <-restarted; err != nil {
				t.Fatal(err)
			}
			restarts++
			after := state(b).Requests + 1 + uint64(random.IntN(8)) // in the midst of what comes
			go func() {
				if err := b.Wait(t.Context(), func(s fritztest.State) bool { return s.TR064.Requests >= after }); err != nil {
					restarted <- err
					return
				}
				restarted <- b.Restart(t.Context(), 20*time.Millisecond)
			}()
		}
		number := "0699000" + strconv.Itoa(9000+random.IntN(60))
		book := books[random.IntN(2)]
		key := book + " " + number
		var do func() error
		switch random.IntN(4) {
		case 0, 1:
			want[key] = true
			do = func() (err error) {
				if book == barring {
					_, err = c.Bar(t.Context(), "SPAM", number)
				} else {
					_, err = c.AddContact(t.Context(), tr064.BookRef{Name: book}, contact("Müller", number))
				}
				return err
			}
		case 2:
			delete(want, key)
			do = func() (err error) {
				if book == barring {
					_, err = c.Unbar(t.Context(), number)
				} else {
					_, err = c.RemoveNumber(t.Context(), tr064.BookRef{Name: book}, number)
				}
				return err
			}
		case 3:
			do = func() error {
				_, err := c.Phonebook(t.Context(), tr064.BookRef{Name: "Telefonbuch"}, nil)
				return err
			}
		}
		for tries := 0; ; tries++ {
			err := do()
			if err == nil {
				break
			}
			if retries++; tries > 200 {
				t.Fatalf("operation %d: %v", i, err)
			}
			if r := tr064.ReasonOf(err); r != tr064.Unreachable && r != tr064.Refused && r != tr064.Uncertain && r != tr064.BadAnswer {
				t.Fatalf("operation %d: %v", i, err)
			}
			wait := time.NewTimer(2 * time.Millisecond)
			<-wait.C
		}
	}
	// The last one waits for a request that may not come any more.
	if _, err := c.Barring(t.Context()); err != nil {
		t.Log(err)
	}
	have := map[string]int{}
	for _, book := range books {
		for _, k := range must[[]fritztest.Contact](t)(b.Contacts(book)) {
			have[book+" "+k.Numbers[0].Number]++
		}
	}
	for key, n := range have {
		if !want[key] || n != 1 {
			t.Errorf("%s is there %d times, wanted: %v", key, n, want[key])
		}
	}
	for key := range want {
		if have[key] == 0 {
			t.Errorf("%s is lost", key)
		}
	}
	s := state(b)
	if restarts != 20 || s.Wrong != 0 || s.Replays != 0 {
		t.Errorf("%d restarts, %d wrong logins, %d replays", restarts, s.Wrong, s.Replays)
	}
	t.Logf("%d entries, %d restarts, %d retries, %d requests, %d writes", len(want), restarts, retries, s.Requests, s.Writes)
}

// TestLostAnswer: the write has happened, but its answer came in pieces.
func TestLostAnswer(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	bent := func(kind, action string) {
		t.Helper()
		if err := b.Trouble(fritztest.Trouble{Kind: kind, At: action, Times: 1}); err != nil {
			t.Fatal(err)
		}
	}
	bent("long", "SetPhonebookEntryUID")
	added := must[tr064.Change](t)(c.AddContact(t.Context(), tr064.BookRef{}, contact("X", "06990009050")))
	if got := shown(t, b, "Telefonbuch"); got != "X 06990009050" || added.UID == 0 || added.After == "" {
		t.Errorf("%q in the book, %+v", got, added)
	}
	bent("long", "DeletePhonebookEntryUID")
	if removed := must[tr064.Change](t)(c.RemoveContact(t.Context(), tr064.BookRef{}, added.UID)); removed.Before == "" || shown(t, b, "Telefonbuch") != "" {
		t.Errorf("%+v", removed)
	}
	// It has not happened: the error of the write, and no change.
	bent("garbage", "SetPhonebookEntryUID")
	if change, err := c.AddContact(t.Context(), tr064.BookRef{}, contact("Y", "06990009051")); tr064.ReasonOf(err) != tr064.BadAnswer || !change.None() {
		t.Errorf("%+v, %v", change, err)
	}
	// Nobody can tell: what was meant, to be recorded.
	bent("long", "SetPhonebookEntryUID")
	if err := b.Trouble(fritztest.Trouble{Kind: "garbage", At: "GetPhonebookEntryUID"}); err != nil {
		t.Fatal(err)
	}
	change, err := c.AddContact(ctxFor(t, 500*time.Millisecond), tr064.BookRef{}, contact("Z", "06990009052"))
	if !errors.Is(err, tr064.ErrUncertain) || change.Kind != tr064.ContactAdded || !strings.Contains(change.After, "06990009052") {
		t.Errorf("%+v, %v", change, err)
	}
	b.Heal()
	must[tr064.Change](t)(c.Undo(t.Context(), stored(t, change)))
	if got := shown(t, b, "Telefonbuch"); got != "" {
		t.Error(got)
	}
}
