package broker

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

const (
	saveEvery  = time.Second      // at most
	retryEvery = 10 * time.Second // after a failure

	fileVersion = 1
	maxLine     = 4 << 20     // bytes; a message of others has 256 KiB
	tempEnding  = ".new"      // of a file that is being written
	damagedMark = ".damaged-" // before the time at which a file was set aside
	formerFile  = "broker.db" // of earlier versions, beside the file of today
)

var errDamaged = errors.New("damaged")

// store keeps the retained messages in a file. Each line is a checksum and a JSON
// object: first a header, then one message per line. The file is always replaced as a
// whole, so after a crash there is the old one or the new one. One goroutine writes
// it, at most once a second, and nothing that delivers messages waits for it.
type store struct {
	path    string
	log     *slog.Logger
	retry   time.Duration   // before the next attempt after a failure
	changed chan struct{}   // holds one token while the file is behind
	orders  chan chan error // to write at once, with where to answer

	blocked error // why the file may not be replaced
	failing bool  // the last attempt failed, and that has been logged
}

// fileHeader is the first line.
type fileHeader struct {
	Version  int `json:"version"`
	Messages int `json:"messages"` // lines that follow
}

// savedMessage is a retained message in the file.
type savedMessage struct {
	Topic      string      `json:"t"`
	Text       string      `json:"m,omitempty"` // the payload if it is text
	Payload    []byte      `json:"p,omitempty"` // the payload if it is not
	QoS        byte        `json:"q,omitempty"`
	Inside     bool        `json:"i,omitempty"` // our own client's
	Expires    int64       `json:"e,omitempty"` // Unix time
	Properties *properties `json:"x,omitempty"`
}

func saveMessage(m *message) savedMessage {
	saved := savedMessage{Topic: m.topic, QoS: m.qos, Inside: m.inside, Properties: m.properties}
	if readable(m.payload) {
		saved.Text = string(m.payload) // so that whoever looks into the file can read it
	} else {
		saved.Payload = m.payload
	}
	if !m.expires.IsZero() {
		saved.Expires = m.expires.Unix()
	}
	return saved
}

// readable reports whether a payload is text, and mostly of characters that JSON does not
// write in six.
func readable(payload []byte) bool {
	long := 0
	for _, b := range payload {
		if b < ' ' || b == '<' || b == '>' || b == '&' {
			long++
		}
	}
	return long <= len(payload)/16 && utf8.Valid(payload)
}

func (saved *savedMessage) message() *message {
	payload := saved.Payload
	if saved.Text != "" {
		payload = []byte(saved.Text)
	}
	m := &message{topic: saved.Topic, payload: payload, qos: saved.QoS, retain: true, inside: saved.Inside, properties: saved.Properties}
	if saved.Expires != 0 {
		m.expires = time.Unix(saved.Expires, 0)
	}
	return m
}

// openStore makes the store of a file, and removes what earlier versions and an
// interrupted write have left beside it.
func openStore(path string, log *slog.Logger) *store {
	_ = os.Remove(path + tempEnding)
	s := &store{path: path, log: log, retry: retryEvery, changed: make(chan struct{}, 1), orders: make(chan chan error)}
	if err := s.removeFormer(); err != nil {
		log.Error("broker: the file of an earlier version cannot be removed", "error", err)
	}
	return s
}

// removeFormer removes the database of earlier versions. It is not read any more, and
// a number that is to be forgotten could stay in it.
func (s *store) removeFormer() error {
	former := filepath.Join(filepath.Dir(s.path), formerFile)
	_ = os.Remove(former + tempEnding)
	err := os.Remove(former)
	switch {
	case err == nil:
		s.log.Warn("broker: the file of an earlier version was removed; retained messages begin anew", "file", former)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return nil
}

// load reads the messages. A damaged file is set aside, and what can be read of it is
// used. One of a newer version is left as it is, and nothing is saved.
func (s *store) load() (messages []*message) {
	f, err := os.Open(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil:
		messages, err = parseFile(f)
		_ = f.Close() // only read
	}
	switch {
	case err == nil:
		return messages
	case !errors.Is(err, errNewer):
		s.setAside(err, len(messages))
		s.touch()
	default:
		s.blocked = err
		s.failed(err)
	}
	return messages
}

// errNewer says that a file was written by a later version of callporter.
var errNewer = errors.New("the file is of a newer version")

// parseFile returns all messages whose checksum is right. The error says that there
// should be others, or that the version is not known.
func parseFile(file io.Reader) (messages []*message, err error) {
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	lines.Scan()
	var header fileHeader
	known := unseal(lines.Bytes(), &header) && header.Version > 0
	if known && header.Version > fileVersion {
		return nil, fmt.Errorf("%w: %d", errNewer, header.Version)
	}
	bad := 0
	for lines.Scan() {
		var saved savedMessage
		if !unseal(lines.Bytes(), &saved) || saved.Topic == "" {
			bad++
			continue
		}
		messages = append(messages, saved.message())
	}
	if lines.Err() != nil {
		bad++
	}
	if !known || bad > 0 || len(messages) != header.Messages {
		return messages, fmt.Errorf("%w: %d of %d messages can be read", errDamaged, len(messages), header.Messages)
	}
	return messages, nil
}

// seal writes a line with the checksum of v.
func seal(to io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "%08x %s\n", crc32.ChecksumIEEE(text), text)
	return err
}

// unseal reads a line without its end, and reports whether its checksum is right.
func unseal(line []byte, v any) bool {
	sum, text, _ := bytes.Cut(line, []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	return err == nil && uint32(want) == crc32.ChecksumIEEE(text) && json.Unmarshal(text, v) == nil
}

// setAside gives a damaged file another name, so that nothing in it is lost. Where
// that fails, the file is not replaced.
func (s *store) setAside(why error, kept int) {
	aside := fmt.Sprintf("%s%s%s", s.path, damagedMark, time.Now().Format("20060102-150405"))
	if err := os.Rename(s.path, aside); err != nil {
		s.blocked = fmt.Errorf("set damaged file aside: %w", err)
		s.log.Error("broker: its file is damaged and cannot be set aside", "file", s.path, "error", err)
		return
	}
	so := "what can be read of it is kept"
	if kept == 0 {
		so = "nothing of it can be read: retained messages begin anew"
	}
	s.log.Error("broker: its file is damaged and was set aside; "+so, "retained", kept, "file", aside, "error", why)
}

// write replaces the file.
func (s *store) write(messages []*message) error {
	if s.blocked != nil {
		return fmt.Errorf("write broker file: %w", s.blocked)
	}
	slices.SortFunc(messages, func(a, b *message) int { return cmp.Compare(a.topic, b.topic) })
	err := replaceFile(s.path, func(to io.Writer) error {
		if err := seal(to, fileHeader{fileVersion, len(messages)}); err != nil {
			return err
		}
		for _, m := range messages {
			if err := seal(to, saveMessage(m)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write broker file: %w", err)
	}
	return nil
}

// replaceFile replaces a file atomically by what write writes.
func replaceFile(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path+tempEnding, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriter(f)
	if err = write(buffer); err == nil {
		err = buffer.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	if runtime.GOOS == "windows" { // which cannot sync a directory
		return nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// run writes what has changed until done is closed, then once more.
func (s *store) run(done <-chan struct{}, messages func() []*message) {
	rest := time.NewTimer(0)
	defer rest.Stop()
	resting := true
	for {
		changed := s.changed
		if resting {
			changed = nil
		}
		var order chan error
		select {
		case <-rest.C:
			resting = false
			continue
		case <-changed:
		case order = <-s.orders:
		case <-done:
			select {
			case <-s.changed:
				s.save(messages())
			default:
			}
			return
		}
		select {
		case <-s.changed: // the messages that are read now have it
		default:
		}
		pause, err := saveEvery, s.save(messages())
		if err != nil {
			pause = s.retry
			s.touch()
		}
		if order != nil {
			order <- errors.Join(err, s.removeFormer())
		}
		rest.Reset(pause)
		resting = true
	}
}

// save writes the file and logs the first failure and the first success after it.
func (s *store) save(messages []*message) error {
	err := s.write(messages)
	switch {
	case err != nil:
		s.failed(err)
	case s.failing:
		s.failing = false
		s.log.Info("broker: retained messages are saved again", "file", s.path)
	}
	return err
}

// failed logs that the file cannot be written, once until it can.
func (s *store) failed(err error) {
	if !s.failing {
		s.log.Warn("broker: retained messages cannot be saved; trying on", "file", s.path, "error", err)
	}
	s.failing = true
}

// touch notes that the file is behind. A broker without a file has no store.
func (s *store) touch() {
	if s == nil {
		return
	}
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
