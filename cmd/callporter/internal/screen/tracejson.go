package screen

import (
	"cmp"
	"encoding/json"
	"io"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/screening"
	"github.com/callporter/callporter/screening/online"
)

// printTraceJSON prints a trace as one JSON object.
func printTraceJSON(to io.Writer, t *screening.Trace, l call.Language) error {
	var found []call.Evidence
	name := ""
	for _, finding := range t.Findings {
		found = append(found, finding.Evidence)
		name = cmp.Or(name, finding.Name)
	}
	type step struct {
		Key     string   `json:"key"`
		Source  string   `json:"source"`
		Texts   []string `json:"texts"`
		Meaning string   `json:"meaning"`
		OK      bool     `json:"ok"`
	}
	said := struct {
		Source   string              `json:"source"`
		Took     float64             `json:"took_ms"`
		Steps    []step              `json:"steps"`
		Name     string              `json:"name"`
		Evidence []document.Evidence `json:"evidence"`
		Error    string              `json:"error"`
	}{Source: t.Source, Took: float64(t.Took.Microseconds()) / 1000, Steps: []step{}, Name: name, Evidence: document.Findings(found)}
	for _, s := range t.Steps {
		said.Steps = append(said.Steps, step{s.Key, s.Source, append([]string{}, s.Texts...), s.Meaning.In(l), !s.Failed})
	}
	if t.Err != nil {
		said.Error = online.Explain(t.Err).In(l)
	}
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	return e.Encode(said)
}
