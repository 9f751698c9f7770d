package softphone

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/gateway/ipphone"
	"github.com/callporter/callporter/gateway/query"
)

// try registers the phone and waits for a test call. Where a gateway runs that has a phone at
// this box, that one is asked instead: the box would send each call to both.
func (f *setup) try(ctx context.Context, s *session, r *result) error {
	if link := s.registration(); link.State != "off" {
		if err := s.awaitGateway(ctx, r); err != nil || f.noTest {
			return err
		}
		return f.callGateway(ctx, s, r)
	}
	t, status, err := s.register(ctx)
	if err != nil {
		return err
	}
	defer t.Close()
	r.Registered, r.Reason, r.Contact = status.State == sip.Registered, status.Reason, status.Contact
	if !r.Registered {
		return s.notRegistered(status)
	}
	s.say(call.Text{"It is registered; the box sends its calls to %s", "Es ist angemeldet; die Box schickt ihm Anrufe an %s"}.With(r.Contact))
	if f.noTest {
		return nil
	}
	return f.testCall(ctx, s, t, r)
}

// awaitGateway waits until the gateway that runs has registered the phone.
func (s *session) awaitGateway(ctx context.Context, r *result) error {
	ctx, cancel := context.WithTimeout(ctx, registerTime)
	defer cancel()
	var link query.Link
	for {
		if status, err := askStatus(ctx, s.data); err == nil {
			s.gateway = &status
			link = s.registration()
		}
		if r.Registered = link.State == "up"; r.Registered {
			s.say(call.Text{"The gateway that runs has registered it", "Das laufende Gateway hat es angemeldet"})
			return nil
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			r.Reason = link.Reason
			return s.notRegistered(sip.Status{Reason: link.Reason})
		}
	}
}

// callGateway says how to call the phone of the gateway that runs: it rings along without a word,
// and whoever calls hears that.
func (f *setup) callGateway(ctx context.Context, s *session, r *result) error {
	dialled, err := f.dial(ctx, s, r)
	if err != nil {
		return err
	}
	if !dialled {
		s.say(call.Text{"For a test call dial %s on another phone of the house", "Für einen Testanruf %s an einem anderen Telefon im Haus wählen"}.With(cmp.Or(r.Extension, "**62x")))
	}
	s.say(call.Text{"Whoever hears it ring there knows that the box reaches it; it rings until you hang up, and callporter shows no calls inside the house",
		"Wer es dort klingeln hört, weiß, dass die Box es erreicht; es klingelt, bis man auflegt, und callporter zeigt keine Anrufe im Haus"})
	return nil
}

// dial has the box make the test call where that is wanted and its number is known.
func (f *setup) dial(ctx context.Context, s *session, r *result) (dialled bool, err error) {
	if !f.dialPhone || r.Extension == "" {
		return false, nil
	}
	phone, err := s.client.DialPhone(ctx)
	if err == nil {
		_, err = s.client.Dial(ctx, "", r.Extension)
	}
	if err != nil {
		return false, s.boxFailed(ctx, err)
	}
	s.ask(call.Text{"“%s” rings now: lift it, and the box calls %s", "Jetzt klingelt „%s“: abheben, dann ruft die Box %s an"}.With(phone, r.Extension))
	return true, nil
}

// testCall waits for a call from inside the house.
func (f *setup) testCall(ctx context.Context, s *session, t *ipphone.Trial, r *result) error {
	number := cmp.Or(r.Extension, "**62x")
	r.Call = "none"
	dialled, err := f.dial(ctx, s, r)
	if err != nil {
		return err
	}
	if !dialled {
		s.ask(call.Text{"Now dial %s on another phone of the house; this waits %s (Ctrl-C ends it)", "Jetzt %s an einem anderen Telefon im Haus wählen; das wartet %s (Strg-C beendet es)"}.With(number, f.wait))
	}
	waiting, cancel := context.WithTimeout(ctx, f.wait)
	defer cancel()
	inv, err := t.Rung(waiting)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return s.fail(1, call.Text{"the phone is registered, but no call came", "das Telefon ist angemeldet, aber es kam kein Anruf"},
			call.Text{"if you have dialled, the box cannot reach %s: in a container use the network of the host, or publish the UDP port of sip.listen and set sip.contact to the address of the host; see that no firewall drops UDP from the box",
				"wurde gewählt, dann erreicht die Box %s nicht: im Container das Netz des Rechners benutzen, oder den UDP-Port von sip.listen freigeben und bei sip.contact die Adresse des Rechners eintragen; prüfen, ob eine Firewall UDP von der Box verwirft"}.With(r.Contact))
	}
	r.Call = "rang"
	if inv.Internal {
		s.say(call.Text{"The test call came, from %s", "Der Testanruf kam an, von %s"}.With(cmp.Or(inv.Caller, "**")))
	} else {
		s.say(call.Text{"A call came: the box reaches the phone", "Ein Anruf kam an: die Box erreicht das Telefon"})
	}
	return nil
}

// sayRest says what is left to do.
func (s *session) sayRest(r result) {
	numbers := call.Text{"all numbers of the line", "alle Nummern des Anschlusses"}
	if len(r.Numbers) > 0 {
		list := strings.Join(r.Numbers, ", ")
		numbers = call.Text{list, list}
	}
	s.say(call.Text{"It rings for: %s. Callers of other numbers cannot be turned away; change that in the box under Telephony > Telephony Devices, and leave registering from the internet unticked there",
		"Es klingelt für: %s. Wer andere Nummern anruft, kann nicht abgewiesen werden; ändern lässt sich das in der Box unter Telefonie > Telefoniegeräte, und dort die Anmeldung aus dem Internet ohne Häkchen lassen"}.With(numbers))
	if !r.Enabled {
		s.say(call.Text{"To use it, set enabled: true below sip: of the box %s in the configuration, and start callporter anew", "Um es zu benutzen, in der Konfiguration der Box %s unter sip: enabled: true eintragen und callporter neu starten"}.With(s.box.ID))
	}
}
