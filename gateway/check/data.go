package check

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
)

// enoughSpace is what should be free on a disk, in bytes. It suffices for a year of calls
// and for a raw log.
const enoughSpace = 100 << 20

// data checks the data directory and the directories of the raw logs.
func (c *checker) data() []Finding {
	dir := c.config.Data
	var found []Finding
	if c.gatewayRuns = datadir.InUse(dir); c.gatewayRuns {
		found = append(found, c.finding("data_running", "dir", dir))
	}
	existing, missing, err := tryWrite(dir)
	switch {
	case err != nil:
		c.dataReadOnly = true
		found = append(found, c.finding("data_unwritable", "dir", dir, "error", config.Printable(config.Reason(err))))
	case missing:
		found = append(found, c.finding("data_new", "dir", dir))
	case !c.gatewayRuns:
		found = append(found, c.finding("data_ok", "dir", dir))
	}
	if free, ok := c.FreeSpace(existing); ok && free < enoughSpace {
		found = append(found, c.finding("data_space", "dir", existing, "free", fmt.Sprintf("%d MB", free>>20)))
	}
	if counts, err := datadir.ReadTrial(dir); err == nil && c.config.Screening.Enabled && !c.config.Screening.AutoReject && counts.Over(time.Now()) {
		found = append(found, c.finding("screening_trial", "hint", datadir.TrialHint(counts, c.config.Boxes[0].Location()).In(c.language())))
	}
	for _, b := range c.config.Boxes {
		if b.Record.Dir == "" {
			continue
		}
		if _, _, err := tryWrite(b.Record.Dir); err != nil {
			found = append(found, c.finding("record_unwritable", "box", b.ID, "dir", b.Record.Dir, "error", config.Printable(config.Reason(err))))
		}
	}
	return found
}

// tryWrite writes a file into a directory and removes it. If the directory is missing, it
// uses the nearest existing one above it, since a gateway would make it there.
func tryWrite(dir string) (existing string, missing bool, err error) {
	existing, err = filepath.Abs(dir)
	if err != nil {
		return dir, false, err
	}
	for {
		info, err := os.Stat(existing)
		above := filepath.Dir(existing)
		if err == nil && info.IsDir() {
			break
		}
		if err == nil {
			return existing, missing, &os.PathError{Op: "open", Path: existing, Err: syscall.ENOTDIR}
		}
		if !errors.Is(err, os.ErrNotExist) || above == existing {
			return existing, missing, err
		}
		existing, missing = above, true
	}
	file, err := os.CreateTemp(existing, ".callporter-check-*")
	if err != nil {
		return existing, missing, err
	}
	_, err = file.WriteString("x\n")
	return existing, missing, errors.Join(err, file.Close(), os.Remove(file.Name()))
}
