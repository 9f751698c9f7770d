package broker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// Purged is what was taken out of the embedded broker.
type Purged struct {
	Waiting  int  // messages on their way to clients
	Retained int  // retained messages of others
	Own      bool // retained messages of our own client, which has to publish them again
}

// Purge takes away every retained message and everything that waits for a client for
// which holds returns true, given its topic, payload or another text. When it returns nil,
// the file has been rewritten without them. An error says that the file may still hold
// them; it is then rewritten as soon as that works. What clients have received already
// is theirs.
func (b *Broker) Purge(ctx context.Context, holds func(text string) bool) (Purged, error) {
	done := b.router.purge(holds)
	s := b.router.store
	if s == nil {
		return done, nil
	}
	answer := make(chan error, 1)
	select {
	case s.orders <- answer:
	case <-ctx.Done():
		return done, fmt.Errorf("purge broker: %w", ctx.Err())
	}
	select {
	case err := <-answer:
		if err != nil {
			return done, fmt.Errorf("purge broker: %w", err)
		}
	case <-ctx.Done():
		return done, fmt.Errorf("purge broker: %w", ctx.Err())
	}
	return done, nil
}

// PurgeFile is [Broker.Purge] for the file of a broker that does not run. Where there
// is no file, none is made.
func PurgeFile(path, base string, log *slog.Logger, holds func(text string) bool) (done Purged, err error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := newRouter(log, base, limit.NewRefusals(log, nil))
	r.store = openStore(path, log)
	if _, missing := os.Stat(path); !errors.Is(missing, fs.ErrNotExist) {
		r.load()
		done = r.purge(holds)
		err = r.store.write(r.retainedMessages())
	}
	if err = errors.Join(err, r.store.removeFormer()); err != nil {
		return done, fmt.Errorf("purge broker file: %w", err)
	}
	return done, nil
}

// SetAside lists the damaged files that lie beside the file of a broker, those of
// earlier versions too. They are never deleted by callporter and may hold anything that
// it has published.
func SetAside(path string) []string {
	entries, err := os.ReadDir(filepath.Dir(path)) // in the order of names, which is that of time
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(path)+damagedMark) || strings.HasPrefix(e.Name(), formerFile+damagedMark) {
			found = append(found, filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	return found
}

// purge takes messages away. It reads the texts first, without a lock, so that nobody
// waits for it.
func (r *router) purge(holds func(string) bool) (done Purged) {
	found := map[*message]bool{}
	r.lock()
	for _, m := range r.retained {
		found[m] = false
	}
	sessions := make([]*session, 0, len(r.sessions))
	for _, s := range r.sessions {
		sessions = append(sessions, s)
		if s.will != nil {
			found[s.will] = false
		}
	}
	r.unlock()
	for _, s := range sessions {
		s.mu.Lock()
		for d := s.queue.first; d != nil; d = d.next {
			if d.message != nil {
				found[d.message] = false
			}
		}
		s.mu.Unlock()
	}
	for m := range found {
		found[m] = slices.ContainsFunc(m.texts(), holds)
	}
	r.lock()
	for topic, m := range r.retained {
		if !found[m] {
			continue
		}
		if m.inside {
			done.Own = true
		} else {
			done.Retained++
		}
		r.dropRetained(topic)
		r.store.touch()
	}
	for _, s := range r.sessions {
		if s.will != nil && found[s.will] {
			s.will = nil
		}
	}
	r.unlock()
	for _, s := range sessions {
		done.Waiting += s.purge(found)
	}
	return done
}

// texts are all parts of a message that its publisher wrote.
func (m *message) texts() []string {
	texts := []string{m.topic, string(m.payload)}
	if x := m.properties; x != nil {
		texts = append(texts, x.ContentType, x.Response, string(x.Correlation))
		for _, u := range x.User {
			texts = append(texts, u.Key, u.Val)
		}
	}
	return texts
}

// purge takes messages out of the queue. A message of QoS 2 that was sent continues with
// PUBREL, so that the client can release its packet id, whether it has the message or
// not [4.3.3].
func (s *session) purge(found map[*message]bool) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d := s.queue.first; d != nil; d = d.next {
		switch {
		case d.message == nil || !found[d.message]:
			continue
		case d.stage == unconfirmed && d.qos == 2:
			s.forgetMessage(d)
		default:
			s.finish(d)
		}
		n++
	}
	if n > 0 && s.conn != nil && s.next != nil {
		s.conn.wakeUp()
	}
	return n
}
