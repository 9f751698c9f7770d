package poll

import (
	"bytes"
	"os"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/datadir"
)

// ReadCopy reads the file of CopyPath.
func ReadCopy(path string) (*tr064.Copy, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return tr064.DecodeCopy(bytes.NewReader(text))
}

// save keeps what is kept of a snapshot on the disk.
func (p *Poller) save(c tr064.Copy) {
	var text bytes.Buffer
	err := c.Encode(&text)
	if err == nil {
		err = datadir.WriteFile(p.file, text.Bytes())
	}
	if err != nil {
		p.log.Warn("what was read of the box is not kept over a restart", "error", err)
	}
}

// Keep writes the lists that a snapshot has on the disk anew, with others in their place:
// a number may be gone from them.
func (p *Poller) Keep(s *Snapshot, books []*tr064.Phonebook, barring *tr064.Phonebook) {
	if s.Copy.Saved.IsZero() {
		return
	}
	p.Memory.KeepSwitches(s)
	kept := s.Copy
	kept.Calls, kept.Phonebooks, kept.Barring = p.confirmed(), books, barring
	p.save(kept)
}
