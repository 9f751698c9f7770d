package screen

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/query"
)

// gatewayFunc is a gateway that answers by a function.
type gatewayFunc func(args map[string]string, found *query.Screened) error

func (f gatewayFunc) Ask(name string, args map[string]string, into any) error {
	if name != "screen" {
		return fmt.Errorf("question %q", name)
	}
	return f(args, into.(*query.Screened))
}

// TestAsked: numbers are asked for several at once, and come out in their order; a list is
// judged by what is known in the house.
func TestAsked(t *testing.T) {
	var mu sync.Mutex
	var all []map[string]string
	gateway := gatewayFunc(func(args map[string]string, found *query.Screened) error {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, args)
		found.Input = args["number"]
		if found.Input == "fails" {
			return errors.New("asked for it")
		}
		return nil
	})
	ask := func(f flags, subjects []subject) (order []string, err error) {
		all = nil
		err = inOrder(t.Context(), subjects, &asked{gateway, &f}, func(s subject, found query.Screened) error {
			if s.input != found.Input {
				t.Errorf("%q is said of %q", found.Input, s.input)
			}
			order = append(order, found.Input)
			return nil
		})
		return order, err
	}
	var subjects []subject
	var want []string
	for i := range 3*atOnce + 1 {
		want = append(want, fmt.Sprint(i))
		subjects = append(subjects, subject{input: want[i]})
	}
	if order, err := ask(flags{}, subjects); err != nil || !slices.Equal(order, want) || len(all) != len(want) {
		t.Errorf("%v, %v", order, err)
	}
	if _, err := ask(flags{}, []subject{{input: "1"}, {input: "fails"}}); err == nil || err.Error() != "asked for it" {
		t.Error(err)
	}
	if order, err := ask(flags{country: "AT", area: "01", explain: true}, []subject{{input: "1"}}); err != nil || len(order) != 1 ||
		!reflect.DeepEqual(all[0], map[string]string{"number": "1", "country": "AT", "area_code": "01", "explain": "true"}) {
		t.Errorf("%v, %v", all, err)
	}
	if order, err := ask(flags{file: "list"}, []subject{{input: "1", line: &line{"CH", "044"}}}); err != nil || len(order) != 1 ||
		!reflect.DeepEqual(all[0], map[string]string{"number": "1", "country": "CH", "area_code": "044", "local": "true"}) {
		t.Errorf("%v, %v", all, err)
	}
}

// TestStopped: whoever interrupts the command gets no half of a list as a whole one.
func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	gateway := gatewayFunc(func(map[string]string, *query.Screened) error { return nil })
	err := inOrder(ctx, []subject{{input: "1"}}, &asked{gateway, &flags{}}, func(subject, query.Screened) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestWords: every class, reason and verdict has words in both languages.
func TestWords(t *testing.T) {
	for _, r := range call.NumberReasons() {
		if _, known := reasonWords[r.String()]; !known {
			t.Errorf("no words for the reason %s", r)
		}
	}
	for c := call.ClassUnknown; c <= call.ClassInvalid; c++ {
		if text := classWords[c.String()]; text[call.English] == "" || text[call.German] == "" {
			t.Errorf("no words for the class %s", c)
		}
	}
	for _, j := range call.Judgements {
		if text := verdictWords[j.String()]; text[call.English] == "" || text[call.German] == "" {
			t.Errorf("no words for the verdict %s", j)
		}
	}
}
