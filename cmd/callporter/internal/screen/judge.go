package screen

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/screening"
)

// judge says what screening makes of a number. It may be asked by several goroutines.
type judge interface {
	judge(ctx context.Context, s subject) (query.Screened, error)
}

// atOnce is how many numbers are judged at the same time.
const atOnce = 8

// inOrder has numbers judged and calls do with each of them, in their order.
func inOrder(ctx context.Context, all []subject, by judge, do func(subject, query.Screened) error) error {
	var found [atOnce]query.Screened
	for ; len(all) > 0; all = all[min(atOnce, len(all)):] {
		some := all[:min(atOnce, len(all))]
		group, ctx := errgroup.WithContext(ctx)
		for i := range some {
			group.Go(func() (err error) {
				found[i], err = by.judge(ctx, some[i])
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		for i := range some {
			if err := do(some[i], found[i]); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// asked has a gateway judge.
type asked struct {
	gateway Gateway
	*flags
}

func (a *asked) judge(_ context.Context, s subject) (found query.Screened, err error) {
	args := map[string]string{"number": s.input, "country": a.country, "area_code": a.area}
	if s.line != nil {
		args["country"], args["area_code"] = s.line.country, s.line.area
	}
	if a.file != "" {
		args["local"] = "true"
	}
	if a.explain {
		args["explain"] = "true"
	}
	err = a.gateway.Ask("screen", args, &found)
	return found, err
}

// byPlan judges by the number plan alone.
type byPlan struct {
	screener *screening.Screener
	policy   screening.Policy
	language call.Language
	usual    line
	explain  bool

	mu    sync.Mutex // guards plans
	plans plans
}

func newByPlan(cfg config.Config, f *flags) (*byPlan, error) {
	codes, err := config.AreaCodes(cfg)
	return &byPlan{
		screener: screening.New(screening.Options{Language: cfg.Language}), policy: screening.Policy{Threshold: cfg.Screening.Threshold},
		language: cfg.Language, usual: f.usual(cfg), explain: f.explain, plans: plans{codes: codes},
	}, err
}

func (b *byPlan) judge(ctx context.Context, s subject) (query.Screened, error) {
	called := b.usual
	if s.line != nil {
		called = *s.line
	}
	b.mu.Lock()
	plan, err := b.plans.of(called)
	b.mu.Unlock()
	if err != nil {
		return query.Screened{}, err
	}
	q := screening.Query{Party: plan.Caller(s.input), At: time.Now(), Line: &screening.Line{Plan: plan, Policy: b.policy}}
	result, steps := b.screener.Explain(ctx, &q)
	if !b.explain {
		steps = nil
	}
	return query.NewScreened(s.input, plan, result, steps, b.language), nil
}
