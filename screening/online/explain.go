package online

import (
	"errors"
	"net/http"
	"time"

	"github.com/callporter/callporter/call"
)

// Explain says for people why a source gave no answer, in a few words. An error may explain
// itself by a method of that name. Times are local.
func Explain(err error) call.Text { return ExplainIn(err, time.Local) }

// ExplainIn is Explain with the times of a zone.
func ExplainIn(err error, zone *time.Location) call.Text {
	var own interface{ Explain() call.Text }
	if errors.As(err, &own) {
		return own.Explain()
	}
	if paused, ok := errors.AsType[*PausedError](err); ok {
		return call.Text{"after failures not asked before %s", "nach Fehlern erst ab %s wieder gefragt"}.With(clock(paused.Until, zone))
	}
	if limit, ok := errors.AsType[*LimitError](err); ok {
		return call.Text{"asked as often as it allows, not again before %s", "so oft gefragt wie erlaubt, erst ab %s wieder"}.With(clock(limit.Until, zone))
	}
	switch Status(err) {
	case 0:
	case http.StatusUnauthorized, http.StatusForbidden:
		return call.Text{"access refused (%d)", "Zugang verweigert (%d)"}.With(Status(err))
	case http.StatusTooManyRequests:
		return call.Text{"asked too often (429)", "zu oft gefragt (429)"}
	default:
		return call.Text{"answered with %d", "antwortete mit %d"}.With(Status(err))
	}
	for cause, text := range explanations {
		if errors.Is(err, cause) {
			return text
		}
	}
	return call.Text{"gave no answer that can be read", "gab keine lesbare Antwort"}
}

var explanations = map[error]call.Text{
	ErrNoAnswer:    {"no answer in 2.5 s", "keine Antwort in 2,5 s"},
	ErrAddress:     {"its address cannot be used", "die Adresse ist unbrauchbar"},
	ErrNotSecure:   {"not asked without https", "ohne https nicht gefragt"},
	ErrRedirects:   {"redirects too often", "leitet zu oft um"},
	ErrOtherSite:   {"redirects to another site", "leitet zu einer anderen Seite um"},
	ErrTooLarge:    {"the answer is too large", "die Antwort ist zu groß"},
	ErrClosed:      {"callporter is stopping", "callporter wird beendet"},
	errConnection:  {"no connection", "keine Verbindung"},
	errHost:        {"the host name is not known", "der Name des Servers ist unbekannt"},
	errCertificate: {"its certificate is not trusted", "dem Zertifikat wird nicht vertraut"},
}
