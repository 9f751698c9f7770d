package online

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Bounds of a Cache.
const (
	maxEntries    = 4096
	maxValue      = 8 << 10 // bytes of one answer
	maxValues     = 4 << 20 // bytes of all answers
	maxSourceName = 64
	saveDelay     = 30 * time.Second // from a new answer to the file
)

// CacheOptions configure a Cache.
type CacheOptions struct {
	Path string // of the file; "" = memory alone
	// Format tells apart what different versions or languages keep: answers of another
	// format are not read.
	Format string
	Log    *slog.Logger // nil = none
}

// Cache holds what sources have answered, in memory and in a file, and what they are asked
// about now. All sources of a gateway share one. Answers are kept as JSON.
type Cache struct {
	o    CacheOptions
	ctx  context.Context // of lookups, which outlive those who wait for them
	stop context.CancelFunc
	wait sync.WaitGroup // lookups under way

	mu      sync.Mutex
	entries *simplelru.LRU[key, entry]
	bytes   int // of all values
	lookups map[key]*lookup
	closed  bool
	changed bool        // since the file was written
	timer   *time.Timer // writes the file; nil = none runs

	saving sync.Mutex // one writes at a time
}

// key is a number at a source.
type key struct {
	source string
	number string // E.164
}

// entry is an answer.
type entry struct {
	found   bool
	value   []byte // JSON; nil unless found
	failure error  // the source failed; such an entry is in memory alone
	until   time.Time
}

// OpenCache reads the file, if there is one. One that cannot be read counts as empty, with a
// warning: everything in it can be asked again.
func OpenCache(o CacheOptions) *Cache {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	c := &Cache{o: o, lookups: make(map[key]*lookup)}
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.entries, _ = simplelru.NewLRU(maxEntries, func(_ key, e entry) { c.bytes -= len(e.value) }) // an error only for a size of 0
	if o.Path != "" {
		c.read()
	}
	return c
}

// Close ends all lookups and writes the file.
func (c *Cache) Close() error {
	c.mu.Lock()
	c.closed = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.mu.Unlock()
	c.stop()
	c.wait.Wait()
	return c.save()
}

// Forget removes a number from memory and from the file. A lookup of it that is under way
// leaves nothing behind.
func (c *Cache) Forget(n call.Number) error {
	if n.E164 == "" {
		return nil
	}
	c.mu.Lock()
	for _, k := range c.entries.Keys() {
		if k.number == n.E164 {
			c.drop(k)
		}
	}
	for k, l := range c.lookups {
		if k.number == n.E164 {
			l.forgotten = true
		}
	}
	c.mu.Unlock()
	return c.save()
}

// get returns the answer that still counts. Call it with the lock.
func (c *Cache) get(k key) (entry, bool) {
	e, ok := c.entries.Get(k)
	if ok && !time.Now().Before(e.until) {
		c.drop(k)
		return entry{}, false
	}
	return e, ok
}

// drop removes an answer; the file follows with the next write. Call it with the lock.
func (c *Cache) drop(k key) {
	c.entries.Remove(k)
	c.changed = true
}

// add keeps an answer, and drops those not asked for in the longest time where they are too
// many. Call it with the lock.
func (c *Cache) add(k key, e entry) {
	if len(e.value) > maxValue || len(k.source) > maxSourceName {
		return
	}
	c.entries.Remove(k) // so that its bytes are counted off
	c.entries.Add(k, e)
	for c.bytes += len(e.value); c.bytes > maxValues; {
		c.entries.RemoveOldest()
	}
	if e.failure == nil {
		c.changed = true
		c.saveLater()
	}
}

// saveLater has the file written in a while, together with what comes until then. Call it
// with the lock.
func (c *Cache) saveLater() {
	if c.o.Path == "" || c.closed || c.timer != nil {
		return
	}
	c.timer = time.AfterFunc(saveDelay, func() {
		c.mu.Lock()
		c.timer = nil
		c.mu.Unlock()
		if err := c.save(); err != nil {
			c.o.Log.Warn("answers of online sources cannot be written", "error", err)
		}
	})
}
