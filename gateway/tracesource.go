package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/screening"
	"github.com/callporter/callporter/screening/online"
)

// SourceNames are the sources that TraceSource can ask: those callporter knows by name,
// whether or not they are switched on, and those of the configuration.
func SourceNames(cfg *config.Config) []string {
	names := append([]string{"tellows"}, config.Pages...)
	names = append(names, config.Directories...)
	for i := range cfg.Screening.Sources {
		names = append(names, cfg.Screening.Sources[i].Name)
	}
	return names
}

// TraceSource asks one source about a number, past cache and pauses, and says step by step
// what it has read. The source gets the number. An address that is not "" takes the place of
// its own: with a place for the number, such as https://example.com/{digits}, or that of one
// page.
func TraceSource(ctx context.Context, cfg *config.Config, o online.ClientOptions, name, address, number string) (screening.Trace, error) {
	o.Timeout = online.Patience // a source that takes longer says nothing of a call either
	client := online.NewClient(o)
	defer client.Close()
	source, err := namedSource(cfg, name, address, client)
	if err != nil {
		return screening.Trace{}, err
	}
	box := &cfg.Boxes[0]
	plan, err := call.NewPlan(box.Country, box.AreaCode, box.Numbers)
	if err != nil {
		return screening.Trace{}, err
	}
	return screening.TraceSource(ctx, source, plan.Number(number)), nil
}

func namedSource(cfg *config.Config, name, address string, client *online.Client) (screening.Source, error) {
	switch {
	case name == "tellows":
		changed := *cfg
		if address != "" {
			changed.Screening.Tellows.URL = address
		}
		return tellowsOf(&changed, client), nil
	case slices.Contains(config.Pages, name), slices.Contains(config.Directories, name):
		return presetOf(cfg, name, address, client)
	}
	for i := range cfg.Screening.Sources {
		if w := &cfg.Screening.Sources[i]; w.Name == name {
			return screening.NewWebSource(w.Options().At(address), client, cfg.Language)
		}
	}
	return nil, fmt.Errorf("there is no source %q: %s", name, strings.Join(SourceNames(cfg), ", "))
}
