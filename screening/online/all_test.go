package online_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/screening/online"
)

func TestAllTakesWhatHasArrived(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	after := func(wait time.Duration, value string, err error) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			select {
			case <-time.After(wait):
				return value, err
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		results := online.All(t.Context(), online.Deadline, []func(context.Context) (string, error){
			after(0, "quick", nil), after(2*time.Second, "slow", nil), after(time.Second, "", broken), after(time.Hour, "", nil),
			func(context.Context) (string, error) { <-time.After(time.Minute); return "deaf", nil },
		})
		if took := time.Since(begun); took != online.Deadline {
			t.Errorf("it took %v", took)
		}
		for i, want := range []online.Result[string]{{Value: "quick"}, {Value: "slow"}, {Err: broken}, {Err: online.ErrNoAnswer}, {Err: online.ErrNoAnswer}} {
			got := results[i]
			if errors.Is(got.Err, context.DeadlineExceeded) {
				got.Err = online.ErrNoAnswer
			}
			if got.Value != want.Value || !errors.Is(got.Err, want.Err) {
				t.Errorf("question %d: %+v, want %+v", i, got, want)
			}
		}
		begun = time.Now()
		if results := online.All(t.Context(), online.Deadline, []func(context.Context) (string, error){after(time.Second, "all", nil)}); results[0].Value != "all" || time.Since(begun) != time.Second {
			t.Errorf("%+v after %v", results, time.Since(begun))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		begun = time.Now()
		if results := online.All(ctx, online.Deadline, []func(context.Context) (string, error){after(time.Hour, "", nil)}); results[0].Err == nil || time.Since(begun) != 0 {
			t.Errorf("%+v after %v", results, time.Since(begun))
		}
		if results := online.All(t.Context(), online.Deadline, []func(context.Context) (string, error){}); len(results) != 0 {
			t.Errorf("%+v", results)
		}
		<-time.After(time.Hour)
	})
}
