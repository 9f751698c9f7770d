package gateway

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt/document"
)

// adoptReading makes what was read of the box known to its loop.
func (b *box) adoptReading(before, r *reading, c contacts) {
	b.know(r, c)
	b.watch(before, r)
	b.publishHealth()
	b.publishSettings()
	b.publishVoicemail()
}

// adoptContacts takes contacts over that were made anew, for another plan or other
// roles.
func (b *box) adoptContacts(r *reading, c contacts) {
	if b.known == r {
		b.know(r, c)
		b.publishVoicemail()
	}
}

// know takes names, phones, switches and messages over.
func (b *box) know(r *reading, c contacts) {
	b.known = r
	if c.plan != b.plan || c.roles != b.access.roles.Load() {
		token(b.access.resort) // it has changed meanwhile
	}
	b.contacts = c
	b.tracker.Name = func(n call.Number) string {
		match, found := c.Find(n)
		if !found {
			return ""
		}
		if !isNote(match.Contact.Name) {
			return match.Contact.Name
		}
		for _, m := range c.All(nil, n) { // block has put the number into a phonebook
			if !isNote(m.Contact.Name) {
				return m.Contact.Name
			}
		}
		return ""
	}
	phones := make(map[call.Extension]string, len(r.copy.Phones))
	for _, p := range r.copy.Phones {
		phones[p.Extension] = p.Name
	}
	b.docs.Phones = phones
	b.switches = r.switches(b.docs.Language)
	b.warnOfBooks(r)
}

// warnOfBooks warns of phonebooks that the configuration names and the box does not
// have, once until they are others: a misspelt name would go unnoticed.
func (b *box) warnOfBooks(r *reading) {
	if r.pieces[theBooks].read.IsZero() {
		return
	}
	var missing []string
	look := func(key, name string) {
		ref := bookRef(name)
		if name != "" && !slices.ContainsFunc(r.copy.Phonebooks, func(p *tr064.Phonebook) bool {
			return ref.Name != "" && p.Name == ref.Name || ref.Name == "" && p.Index == ref.Index
		}) {
			missing = append(missing, key+": "+name)
		}
	}
	for key, books := range map[string][]string{"trusted": b.config.Trusted, "blocked": b.config.Blocked, "ignored": b.config.Ignored} {
		for _, name := range books {
			look(key, name)
		}
	}
	look("commands.phonebook", b.commands.Phonebook)
	slices.Sort(missing)
	if strange := strings.Join(missing, ", "); strange != b.strange {
		if b.strange = strange; strange != "" {
			b.log.Warn("the box has no such phonebook, which the configuration names", "books", strange, "hint", "callporter phonebook list shows those it has")
		}
	}
}

// publishVoicemail publishes the messages of the answering machines, where they were
// read. Else what an earlier run has left on the broker may be true, unless it is of a
// number that was forgotten.
func (b *box) publishVoicemail() {
	if b.access != nil && b.known != nil && (!b.known.pieces[theMessages].read.IsZero() || b.gone.any()) {
		b.publish.Retain(b.topics.Voicemail, b.docs.Voicemail(b.voicemail(b.known)))
	}
}

// phonebooks are the books as the health topic shows them.
func (r *reading) phonebooks() []document.Phonebook {
	var books []document.Phonebook
	for _, p := range r.copy.Phonebooks {
		books = append(books, document.Phonebook{Name: p.Name, Entries: len(p.Contacts), Read: r.copy.Saved})
	}
	return books
}

// retiredBy are the switches a reading has no more, or that were retired before.
func retiredBy(before, now *reading) []string {
	if before == nil {
		return nil
	}
	keys := slices.Clone(before.retired)
	for _, d := range before.deflections {
		keys = append(keys, "deflection_"+strconv.Itoa(d.ID))
	}
	for _, m := range before.machines {
		keys = append(keys, "answering_machine_"+strconv.Itoa(m.Index))
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// countries are the countries whose numbers callporter knows best, by calling code.
var countries = map[string]string{"49": "DE", "43": "AT", "41": "CH"}

// filled is the configuration of a box with what the box itself tells of its line
// where the user has left it out.
func filled(c config.Box, r *reading) config.Box {
	t := r.copy.Telephony
	if c.AreaCode == "" && t.Area != "" && config.Rules["area_code"](t.Area) == "" {
		c.AreaCode = t.Area
		if country := countries[t.Country]; country != "" && c.Country == config.DefaultBox().Country {
			c.Country = country
		}
	}
	if len(c.Numbers) == 0 {
		for _, entry := range t.Entries()[:min(len(t.Numbers), 32)] {
			one := slices.Concat(c.Numbers, []string{entry})
			if _, err := call.NewPlan(c.Country, c.AreaCode, one); err == nil { // not what no plan understands
				c.Numbers = one
			}
		}
	}
	return c
}

// learn takes over what a box tells of itself: its line, its model, its switches.
// It runs beside the loops, one reading at a time.
func (g *Gateway) learn(ctx context.Context, b *box, r *reading) {
	g.learning.Lock()
	defer g.learning.Unlock()
	cfg := g.config
	before := g.effective(cfg)
	r.retired = retiredBy(g.readings[b.id], r)
	b.access.memory.keepSwitches(r)
	g.readings[b.id] = r
	now := g.effective(cfg)
	documents, err := g.documents(cfg)
	if err != nil {
		g.log.Warn("what the box tells of itself is left aside", "box", b.id, "error", err)
		return
	}
	if g.devices != nil {
		g.devices.want(documents)
		if topics, err := RetainedTopics(*now); err == nil && !sameLines(before, now) {
			g.writePublished(topics)
		}
	}
	for i := range now.Boxes {
		if now.Boxes[i].ID != b.id || sameLine(before.Boxes[i], now.Boxes[i]) {
			continue
		}
		plan, err := call.NewPlan(now.Boxes[i].Country, now.Boxes[i].AreaCode, now.Boxes[i].Numbers)
		if err != nil {
			continue
		}
		b.log.Info("the box tells its own numbers", "numbers", len(now.Boxes[i].Numbers), "area_code", now.Boxes[i].AreaCode)
		b.post(ctx, func() { b.adoptLine(now.Boxes[i], plan) })
	}
}

func sameLines(a, b *config.Config) bool {
	return slices.EqualFunc(a.Boxes, b.Boxes, sameLine)
}

func sameLine(a, b config.Box) bool {
	return a.Country == b.Country && a.AreaCode == b.AreaCode && slices.Equal(a.Numbers, b.Numbers)
}

// effective is a configuration with what the boxes have told of themselves.
func (g *Gateway) effective(cfg *config.Config) *config.Config {
	all := *cfg
	all.Boxes = slices.Clone(cfg.Boxes)
	for i := range all.Boxes {
		if r := g.readings[all.Boxes[i].ID]; r != nil {
			all.Boxes[i] = filled(all.Boxes[i], r)
		}
	}
	return &all
}

// Documents are the documents of Home Assistant discovery as they are at the moment,
// with what the boxes have told of themselves.
func (g *Gateway) Documents() ([]discovery.Document, error) {
	g.learning.Lock()
	defer g.learning.Unlock()
	return g.documents(g.config)
}

// described adds to a box's description what it has told of itself. Switches that
// were there once and are gone are removed from Home Assistant.
func (g *Gateway) described(id string, o *discovery.Options) {
	r := g.readings[id]
	if r == nil {
		return
	}
	o.Model, o.Firmware = deviceOf(r)
	s := r.switches(o.Language)
	for _, d := range s.Deflections {
		o.Deflections = append(o.Deflections, discovery.Switch{ID: d.ID, Name: d.Name})
	}
	for _, m := range s.AnsweringMachines {
		o.AnsweringMachines = append(o.AnsweringMachines, discovery.Switch{ID: m.ID, Name: m.Name})
	}
	o.Retired = r.retired
}

// deviceOf is what a reading adds to a box's device in Home Assistant.
func deviceOf(r *reading) (model, firmware string) {
	if r == nil {
		return "", ""
	}
	return r.copy.Device.Model, r.copy.Device.Version
}

// openAccess makes the ways into the boxes and takes up what was last read of them.
func (g *Gateway) openAccess() error {
	for _, b := range g.order {
		a, err := g.newAccess(b)
		if err != nil {
			return err
		}
		if a == nil {
			continue
		}
		b.access, b.learned = a, g.learn
		if b.config.ShowsPictures() {
			b.faces = make(chan face, 1)
		}
		r := a.load()
		if r == nil {
			continue
		}
		g.readings[b.id] = r
		full := filled(b.config, r)
		plan, err := call.NewPlan(full.Country, full.AreaCode, full.Numbers)
		if err != nil {
			return err
		}
		b.adopt(full, plan)
		b.know(r, a.sort(plan, r))
	}
	return nil
}
