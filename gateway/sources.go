package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"

	"github.com/callporter/callporter/screening/online"
)

// openSources opens what all sources outside the house share: the client that asks them and
// what they have answered. It sends nothing.
func (g *Gateway) openSources(open *resources) {
	g.online = online.NewClient(online.ClientOptions{Version: g.options.Version})
	open.onClose("online client", func() error { g.online.Close(); return nil })
	g.answers = online.OpenCache(online.CacheOptions{
		Path: filepath.Join(g.config.Data, "answers.json"), Format: g.answersFormat(),
		Log: g.options.Log.With("component", "screening"),
	})
	open.onClose("answers of sources", g.answers.Close)
}

// answersFormat tells apart answers that this version, language and configuration of the
// sources would not have given: they are asked for again.
func (g *Gateway) answersFormat() string {
	text, _ := json.Marshal([]any{g.options.Version, g.config.Language, g.config.Screening}) // all of it can be written
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
