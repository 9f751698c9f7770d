package broker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	saveEvery = time.Second      // at most
	saveAgain = 10 * time.Second // after a failure
	maxFile   = 512 << 20        // bytes; never reached within the other limits
	lockTime  = time.Second      // to wait for somebody else who has the file
)

// The buckets of the file: retained messages by topic, sessions by client id, and
// what waits for each by client id and number.
var buckets = [][]byte{bucketRetained, bucketSessions, bucketQueue}

var (
	bucketRetained = []byte("retained")
	bucketSessions = []byte("sessions")
	bucketQueue    = []byte("queue")
)

var errDamaged = errors.New("damaged")

// store keeps retained messages and sessions in a file, a bbolt database: a
// transaction is in it as a whole or not at all, whatever happens to process or
// power. It is written by one goroutine, at most once a second, and nothing that
// delivers messages waits for it.
type store struct {
	path string
	log  *slog.Logger
	db   *bbolt.DB // nil while it cannot be opened
	file *os.File  // of db

	mu     sync.Mutex
	dirty  chan struct{}       // something is to be written
	topics map[string]struct{} // retained topics that changed
	parts  []*session          // that changed
	ended  map[string]struct{} // ids of sessions that ended
	all    bool                // everything has to be written
	again  time.Duration       // before the next attempt after a failure

	rewrites chan chan error // orders to rewrite the file, with where to answer

	// Of the saving goroutine.
	failing bool         // and that has been logged
	due     bool         // the file is to be rewritten
	asking  []chan error // who waits for that
}

// change is a value to write, nil to delete. Where all is set, everything that
// begins with the key is deleted.
type change struct {
	bucket []byte
	key    []byte
	value  []byte
	all    bool
}

// openStore opens the file or makes it. One that cannot be read is set aside. If
// there can be none at all, the broker does without until there can.
func openStore(path string, log *slog.Logger) *store {
	s := &store{path: path, log: log, dirty: make(chan struct{}, 1), rewrites: make(chan chan error), again: saveAgain}
	s.forget()
	_ = os.Remove(path + freshEnding) // of a rewriting that was cut off
	err := s.open()
	if errors.Is(err, errDamaged) {
		s.setAside(err, "nothing of it can be read: retained messages and sessions begin anew")
		err = s.open()
	}
	if err != nil {
		s.failed(err)
		s.all = true
	}
	return s
}

func (s *store) forget() {
	s.topics, s.ended, s.parts = map[string]struct{}{}, map[string]struct{}{}, nil
}

// open opens the database and makes what is missing in it.
func (s *store) open() error {
	info, err := os.Stat(s.path)
	fresh := errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
	err = s.guard(func() error {
		db, err := bbolt.Open(s.path, 0o600, &bbolt.Options{
			Timeout: lockTime, MaxSize: maxFile, NoStatistics: true,
			OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
				f, err = os.OpenFile(name, flag, mode)
				s.file = f
				return f, err
			},
		})
		var system syscall.Errno
		switch {
		case err == nil:
			s.db = db
			return makeBuckets(db)
		case errors.Is(err, berrors.ErrTimeout), errors.As(err, &system):
			return err
		}
		return fmt.Errorf("%w: %w", errDamaged, err)
	})
	if err != nil {
		s.abandon()
		if fresh {
			_ = os.Remove(s.path) // what there was no space for
		}
		return fmt.Errorf("open broker file: %w", err)
	}
	return nil
}

func makeBuckets(db *bbolt.DB) error {
	missing := false
	err := db.View(func(tx *bbolt.Tx) error {
		for _, b := range buckets {
			missing = missing || tx.Bucket(b) == nil
		}
		return nil
	})
	if err != nil || !missing {
		return err
	}
	return db.Update(func(tx *bbolt.Tx) error {
		for _, b := range buckets {
			if _, err := tx.CreateBucketIfNotExists(b); err != nil {
				return err
			}
		}
		return nil
	})
}

// abandon gives the file up without a word to the database, which may hold its own
// locks after a panic.
func (s *store) abandon() {
	if s.file != nil {
		s.file.Close()
	}
	s.db, s.file = nil, nil
}

// guard runs something on the database. It reads the file by memory map, so a
// damaged file or disk shows as a fault; the library panics where pages make no
// sense.
func (s *store) guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	return f()
}

// setAside gives a damaged file another name, so that nothing in it is lost. What
// becomes of its contents goes into the log.
func (s *store) setAside(why error, so string, more ...any) {
	s.abandon()
	aside := fmt.Sprintf("%s.damaged-%s", s.path, time.Now().Format("20060102-150405"))
	if err := os.Rename(s.path, aside); err != nil {
		s.log.Error("broker: its file is damaged and cannot be set aside", "file", s.path, "error", err)
		return
	}
	s.log.Error("broker: its file is damaged and was set aside; "+so, append(more, "file", aside, "error", why)...)
}

// read calls fn with every value of a bucket whose checksum is right, in the order
// of keys. The error says that some were not, or that the file cannot be read.
func (s *store) read(bucket []byte, fn func(key, value []byte)) error {
	if s.db == nil {
		return nil
	}
	bad := 0
	err := s.guard(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			return tx.Bucket(bucket).ForEach(func(k, v []byte) error {
				if value, ok := unsealed(v); ok {
					fn(slices.Clone(k), value)
				} else {
					bad++
				}
				return nil
			})
		})
	})
	if err == nil && bad > 0 {
		err = fmt.Errorf("%w: %d records of %q", errDamaged, bad, bucket)
	}
	return err
}

// write makes all changes or none.
func (s *store) write(changes []change) error {
	if s.db == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	return s.guard(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			for _, c := range changes {
				b := tx.Bucket(c.bucket)
				var err error
				switch {
				case c.all:
					err = clearBelow(b, c.key)
				case c.value == nil:
					err = b.Delete(c.key)
				default:
					err = b.Put(c.key, c.value)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func clearBelow(b *bbolt.Bucket, prefix []byte) error {
	var keys [][]byte // the cursor must not see its own deletions
	c := b.Cursor()
	for k, _ := c.Seek(prefix); k != nil && len(k) >= len(prefix) && string(k[:len(prefix)]) == string(prefix); k, _ = c.Next() {
		keys = append(keys, slices.Clone(k))
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) close() {
	if s.db != nil {
		_ = s.guard(s.db.Close)
		s.db, s.file = nil, nil
	}
}

// failed logs that the file cannot be written, once until it can.
func (s *store) failed(err error) {
	if !s.failing {
		s.log.Warn("broker: retained messages and sessions cannot be saved; trying on", "file", s.path, "error", err)
	}
	s.failing = true
}

func (s *store) succeeded() {
	if s.failing {
		s.log.Info("broker: retained messages and sessions are saved again", "file", s.path)
	}
	s.failing = false
}

// touch, touchTopic and touchEnded note what is to be written.
func (s *store) touch(part *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = append(s.parts, part)
	s.wake()
}

func (s *store) touchTopic(topic string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.topics[topic] = struct{}{}
	s.wake()
}

func (s *store) touchEnded(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[id] = struct{}{}
	s.wake()
}

func (s *store) wake() {
	select {
	case s.dirty <- struct{}{}:
	default:
	}
}

// sealed puts a checksum before a record: the database has none for its contents.
func sealed(record []byte) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(record)), crc32.ChecksumIEEE(record)), record...)
}

func unsealed(value []byte) (record []byte, ok bool) {
	if len(value) < 4 || binary.BigEndian.Uint32(value) != crc32.ChecksumIEEE(value[4:]) {
		return nil, false
	}
	return slices.Clone(value[4:]), true
}
