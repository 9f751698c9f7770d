package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/screening"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/site"
)

// openSources opens what all sources outside the house share: the client that asks them and
// what they have answered. It sends nothing.
func (g *Gateway) openSources(open *resources) {
	o := g.options.Online
	o.Version = g.options.Version
	g.online = online.NewClient(o)
	open.onClose("online client", func() error { g.online.Close(); return nil })
	g.answers = online.OpenCache(online.CacheOptions{
		Path: filepath.Join(g.config.Data, "answers.json"), Format: g.answersFormat(),
		Log: g.options.Log.With("component", "screening"),
	})
	open.onClose("answers of sources", func() error {
		if err := g.answers.Close(); err != nil { // the sources are asked again
			g.log.Warn("answers of online sources cannot be written", "error", err)
		}
		return nil
	})
}

// sourcesOf makes the sources that a configuration names: those that judge callers, and
// directories, which tell names alone.
func sourcesOf(c *config.Config, client *online.Client) (sources, directories []screening.Source, err error) {
	s := &c.Screening
	if s.Tellows.Enabled {
		sources = append(sources, tellowsOf(c, client))
	}
	for _, name := range s.Pages {
		source, err := presetOf(c, name, "", client)
		if err != nil {
			return nil, nil, err
		}
		sources = append(sources, source)
	}
	for _, name := range s.Directories {
		source, err := presetOf(c, name, "", client)
		if err != nil {
			return nil, nil, err
		}
		directories = append(directories, source)
	}
	for i := range s.Sources {
		w := &s.Sources[i]
		source, err := screening.NewWebSource(w.Options(), client, c.Language)
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("screening.sources[%d]: %w", i, err)
		case w.Directory():
			directories = append(directories, source)
		default:
			sources = append(sources, source)
		}
	}
	return sources, directories, nil
}

func tellowsOf(c *config.Config, client *online.Client) screening.Source {
	t := &c.Screening.Tellows
	country := c.Boxes[0].Country
	for _, b := range c.Boxes {
		if b.Country != country {
			country = ""
		}
	}
	return screening.NewTellows(screening.TellowsOptions{
		URL: t.URL, Partner: t.Partner, Key: string(t.Key), Country: country, Client: client, Language: c.Language,
	})
}

// presetOf makes the source of a page or directory that callporter knows by name; an address
// takes the place of its own.
func presetOf(c *config.Config, name, address string, client *online.Client) (screening.Source, error) {
	if name == config.SearchCH {
		return screening.NewSearchCH(screening.SearchCHOptions{
			URL: address, Key: string(c.Screening.SearchKey), Client: client, Language: c.Language,
		}), nil
	}
	p, known := site.FindPreset(name)
	if !known {
		return nil, fmt.Errorf("there is no page or directory %q", name)
	}
	return screening.NewPreset(p, address, client, c.Language)
}

// answersFormat tells apart answers that this version, language and configuration of the
// sources would not have given: they are asked for again.
func (g *Gateway) answersFormat() string {
	text, _ := json.Marshal([]any{g.options.Version, g.config.Language, g.config.Screening}) // all of it can be written
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
