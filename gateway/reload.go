package gateway

import (
	"errors"
	"log/slog"
	"reflect"
	"slices"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
)

// boxChange is another configuration on its way to a box's loop.
type boxChange struct {
	config   Box
	plan     *call.Plan
	language call.Language
	commands Commands
}

// Reload makes another configuration the running one, as far as that is possible
// without a restart: language, log level, discovery and commands on or off, and of
// each box its name, number plan, own numbers, debounce, credentials and raw log. Calls that go
// on keep what was found out about them.
//
// It returns the keys that changed and hold now, and those that need a restart and
// stay as they are: "log.level", "boxes[0].numbers", "boxes" where one was added
// or taken away. After an error nothing has changed. It may be called from Ready
// until Run ends.
func (g *Gateway) Reload(next Config) (applied, restart []string, err error) {
	if err := next.Validate(); err != nil {
		return nil, nil, err
	}
	g.reloading.Lock()
	defer g.reloading.Unlock()
	if g.ended == nil {
		return nil, nil, errors.New("reload configuration: callporter is not running")
	}
	before := g.config()
	now := reloaded(*before, next)
	if g.options.LogLevel == nil {
		now.Log.Level = before.Log.Level
	}
	documents, err := g.documents(&now)
	if err != nil {
		return nil, nil, err
	}
	changes, recorders, err := g.prepare(g.effective(before), g.effective(&now))
	if err != nil {
		return nil, nil, err
	}

	g.running.Store(&now)
	for i, b := range g.order {
		if r, changed := recorders[i]; changed {
			b.recorder = r
			g.closeRecorder(b.monitor.Record(r))
		}
	}
	// Devices first: nobody shall ask for the topic of a number that is cleared.
	g.devices.want(documents)
	for i, b := range g.order {
		if c, changed := changes[i]; changed {
			select {
			case b.changes <- c:
			case <-g.ended:
			}
		}
	}
	if topics, err := RetainedTopics(*g.effective(&now)); err == nil {
		g.writePublished(topics)
	}
	applied, restart = changedKeys(before, &now, &next), changedKeys(&now, &next, &next)
	g.tell(applied, restart, now.Log.Level.Level())
	return applied, restart, nil
}

// allowReload opens the time for Reload, or with nil closes it.
func (g *Gateway) allowReload(ended <-chan struct{}) {
	g.reloading.Lock()
	defer g.reloading.Unlock()
	g.ended = ended
}

// tell logs what Reload did, at the old level or the new one, whichever shows more.
func (g *Gateway) tell(applied, restart []string, level slog.Level) {
	if v := g.options.LogLevel; v != nil {
		v.Set(min(v.Level(), level))
		defer v.Set(level)
	}
	if len(applied) == 0 && len(restart) == 0 {
		g.log.Info("configuration reloaded, nothing has changed")
		return
	}
	g.log.Info("configuration reloaded", "applied", applied)
	if len(restart) > 0 {
		g.log.Warn("part of the configuration needs a restart", "keys", restart)
	}
}

// reloaded is the configuration before with everything of next that can be changed
// without a restart. This is the one place that says what that is.
func reloaded(before, next Config) Config {
	now := before
	now.Language = next.Language
	now.Discovery.Enabled = next.Discovery.Enabled
	now.Commands = next.Commands
	now.Log.Level = next.Log.Level
	now.Boxes = slices.Clone(before.Boxes)
	for i := range now.Boxes {
		b := &now.Boxes[i]
		if n := boxOf(next.Boxes, b.ID); n != nil {
			b.Name = n.Name
			b.Country, b.AreaCode, b.Numbers = n.Country, n.AreaCode, n.Numbers
			b.Debounce, b.Record = n.Debounce, n.Record
			b.Trusted, b.Blocked, b.Ignored = n.Trusted, n.Blocked, n.Ignored
			b.Username = n.Username
			if b.Password != "" && n.Password != "" { // with none there is no way into the box
				b.Password = n.Password
			}
		}
	}
	return now
}

func boxOf(boxes []Box, id string) *Box {
	i := slices.IndexFunc(boxes, func(b Box) bool { return b.ID == id })
	if i < 0 {
		return nil
	}
	return &boxes[i]
}

// prepare makes what a reload needs for each box, by its place, without using it
// yet. A recorder may be nil.
func (g *Gateway) prepare(before, now *Config) (map[int]boxChange, map[int]*callmonitor.Recorder, error) {
	changes, recorders := map[int]boxChange{}, map[int]*callmonitor.Recorder{}
	for i := range now.Boxes {
		was, b := before.Boxes[i], now.Boxes[i]
		if now.Language == before.Language && reflect.DeepEqual(was, b) && reflect.DeepEqual(now.Commands, before.Commands) {
			continue
		}
		plan, err := call.NewPlan(b.Country, b.AreaCode, b.Numbers)
		if err == nil && was.Record != b.Record {
			recorders[i], err = g.newRecorder(b)
		}
		if err != nil {
			for _, r := range recorders {
				g.closeRecorder(r)
			}
			return nil, nil, err
		}
		changes[i] = boxChange{b, plan, now.Language, now.Commands}
	}
	return changes, recorders, nil
}

// change takes another configuration over for the calls to come, and clears the
// topics of numbers that are gone.
func (b *box) change(c boxChange) {
	before := b.lines()
	if b.access != nil && (c.config.Username != b.config.Username || c.config.Password != b.config.Password) {
		b.access.client.SetCredentials(c.config.Username, string(c.config.Password))
		b.access.want()
	}
	b.adopt(c.config, c.plan)
	b.docs.Language, b.commands = c.language, c.commands
	for _, own := range before {
		digits := own.Digits()
		if !slices.ContainsFunc(b.lines(), func(m call.MSN) bool { return m.Digits() == digits }) {
			b.publish.Retain(b.topics.Line(digits), nil)
		}
	}
	b.publishAll()
}

// changedKeys are the keys whose values differ, in the order of the file. Boxes are
// compared by id and named by their place in a third configuration, the one the
// user knows; where their ids differ, that is a change of "boxes" as a whole.
func changedKeys(from, to, named *Config) []string {
	var keys []string
	var walk func(a, b reflect.Value, path string)
	walk = func(a, b reflect.Value, path string) {
		for i := range a.NumField() {
			key := join(path, a.Type().Field(i).Tag.Get("yaml"))
			switch {
			case key == "boxes":
				for place, n := range named.Boxes {
					old, now := boxOf(from.Boxes, n.ID), boxOf(to.Boxes, n.ID)
					if old != nil && now != nil {
						walk(reflect.ValueOf(*old), reflect.ValueOf(*now), element(key, place))
					}
				}
				if !sameBoxes(from.Boxes, to.Boxes) {
					keys = append(keys, key)
				}
			case isSection(a.Field(i).Type()):
				walk(a.Field(i), b.Field(i), key)
			case !sameValue(a.Field(i), b.Field(i)):
				keys = append(keys, key)
			}
		}
	}
	walk(reflect.ValueOf(*from), reflect.ValueOf(*to), "")
	return keys
}

// sameValue compares what stands in the file: no list is an empty list.
func sameValue(a, b reflect.Value) bool {
	if a.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// sameBoxes reports whether both have boxes of the same ids, in whatever order.
func sameBoxes(a, b []Box) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(one Box) bool { return boxOf(b, one.ID) == nil })
}
