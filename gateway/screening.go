package gateway

import (
	"context"
	"sync"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/screening"
	"github.com/callporter/callporter/screening/online"
)

// newScreener makes the judge of callers; nil if nobody is to be judged.
func (g *Gateway) newScreener() error {
	if !g.config.Screening.Enabled {
		return nil
	}
	sources, directories, err := sourcesOf(g.config, g.online)
	if err != nil {
		return err
	}
	o := screening.Options{
		Language: g.config.Language, Zone: g.config.Boxes[0].Location(), Now: g.now, History: &g.past,
		Sources: sources, Directories: directories,
		Answers: g.answers, Metrics: online.NewMetrics(g.registry), SourceChanged: g.wakeTrial,
	}
	if g.journal != nil {
		o.Lists = ownLists{g.journal}
	}
	g.newCopies(&o)
	g.screener = screening.New(o)
	return nil
}

// ownLists are the own lists as screening asks for them.
type ownLists struct{ journal *journal.Journal }

func (l ownLists) Allows(n call.Number) (screening.Listed, bool) { return l.match(journal.Allow, n) }
func (l ownLists) Blocks(n call.Number) (screening.Listed, bool) { return l.match(journal.Block, n) }

func (l ownLists) match(list journal.List, n call.Number) (screening.Listed, bool) {
	e, found := l.journal.Match(list, n)
	return screening.Listed{Pattern: e.Pattern, Name: e.Name, Note: e.Who == orders.ByItself || poll.IsNote(e.Name)}, found
}

// screened is the judge of the callers of one box. What is known here is said while the
// line is locked; whoever has to be asked is asked by a goroutine for each call, which ends
// with the call.
type screened struct {
	*box
	asking    sync.WaitGroup
	undecided call.ID // the call judged last, if others may know more; guarded by the line

	lineMu sync.Mutex // held while what screening knows of the line is replaced
	permit permit

	mu      sync.Mutex
	ctx     context.Context // of Run; nil = nobody can be asked
	cancels map[call.ID]context.CancelFunc
}

func newScreened(b *box) *screened {
	return &screened{box: b, cancels: map[call.ID]context.CancelFunc{}}
}

// contactsOf returns what finds a number in the phonebooks of a box. An entry that block has
// written there keeps its number out.
func contactsOf(c poll.Contacts) func([]call.Contact, call.Number) []call.Contact {
	return func(dst []call.Contact, n call.Number) []call.Contact {
		var buffer [4]phonebook.Match
		for _, m := range c.All(buffer[:0], n) {
			contact := call.Contact{Name: m.Contact.Name, Book: m.Book.Name}
			switch {
			case m.Role == phonebook.Blocked || c.IsNote(n, m.Contact.Name):
				contact.Role = call.ContactBlocked
			case m.Role == phonebook.Trusted:
				contact.Role = call.ContactTrusted
			}
			dst = append(dst, contact)
		}
		if c.Bars(n) {
			dst = append(dst, call.Contact{Role: call.ContactBarred})
		}
		return dst
	}
}

// judge forms the first opinion of a call, from what is known here. Whom the house calls is
// not judged; a directory may know the name.
func (s *screened) judge(c *call.Call) call.Opinion {
	q := s.query(c)
	result := s.screener.Local(&q)
	if result.Verdict.Judgement != call.Allowed && c.Direction == call.Incoming && q.Judges() && s.permit.open(c.Started) {
		s.permit.use(c.ID)
		q.Permitted = true
		result = s.screener.Local(&q)
	}
	if result.Undecided {
		s.undecided = c.ID
	}
	s.tell(c.ID, result)
	o := s.opinion(result)
	if s.listing != nil {
		s.listing.Judged(c, result, o.Action)
	}
	return o
}

// preview is what judge would say of a call. The caller is not judged if the next call is let
// through whatever it is.
func (s *screened) preview(c *call.Call) call.Opinion {
	if s.permit.open(c.Started) {
		return call.Opinion{}
	}
	q := s.query(c)
	return s.opinion(s.screener.Local(&q))
}

func (s *screened) query(c *call.Call) screening.Query {
	q := screening.Query{
		Party: c.Peer(), MSN: c.MSN, Outgoing: c.Direction == call.Outgoing, At: c.Started,
		Permitted: s.permit.has(c.ID), House: c.Direction == call.Incoming && c.Trunk == "",
		Line: s.screenedLine.Load(),
	}
	if s.isAsterisk() {
		q.Others = others(q.Line.Plan, q.Party)
	}
	return q
}

// tell tells Asterisk what is made of a call on its line.
func (s *screened) tell(id call.ID, r screening.Result) {
	if s.isAsterisk() {
		s.asterisk.judged(id, r)
	}
}

// opinion says what a result leads to. The dial plan of Asterisk acts by itself, and no phone
// rings before it has its answer.
func (s *screened) opinion(r screening.Result) call.Opinion {
	o := call.Opinion{Verdict: r.Verdict, Name: r.Name}
	if s.isAsterisk() {
		o.Unwelcome = r.Verdict.Judgement == call.Spam
		if r.Undecided {
			o.Wait = screening.Deadline
		}
		return o
	}
	acts := s.settings.Of(s.id).AutoReject
	if r.Verdict.Judgement == call.Spam {
		o.Action, o.Unwelcome = call.WouldReject, acts
	}
	if acts && r.Undecided {
		o.Wait = screening.Deadline
	}
	return o
}

// Observe asks the sources about a party of whom more may be known outside, until the call
// ends.
func (s *screened) Observe(_ string, t call.Transition) {
	switch {
	case t.Type.Opening() && t.Call.ID == s.undecided:
		s.ask(t.Call)
	case t.Type.Closing():
		s.past.Add(&t.Call)
		if s.phoneBlock != nil {
			s.phoneBlock.Report(t.Call)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if cancel := s.cancels[t.Call.ID]; cancel != nil {
			cancel()
		}
	}
}

func (s *screened) ask(c call.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		return
	}
	q := s.query(&c)
	ctx, cancel := context.WithCancel(s.ctx)
	s.cancels[c.ID] = cancel
	s.asking.Go(func() {
		result := s.screener.Screen(ctx, &q)
		result.Undecided = false
		s.mu.Lock()
		delete(s.cancels, c.ID)
		s.mu.Unlock()
		if ctx.Err() == nil {
			o := s.opinion(result)
			s.line.Screened(c.ID, o)
			s.tell(c.ID, result)
			if s.listing != nil {
				s.listing.Judged(&c, result, o.Action)
			}
		}
		cancel()
	})
}

// run lets callers be asked about until ctx ends.
func (s *screened) run(ctx context.Context) error {
	s.mu.Lock()
	s.ctx = ctx
	s.mu.Unlock()
	<-ctx.Done()
	s.mu.Lock()
	s.ctx = nil
	s.mu.Unlock()
	s.asking.Wait()
	return nil
}
