package store

import (
	"encoding/binary"
	"io"
	"math"
	"os"
)

// pages reads a database file page by page, without SQLite, which gives a table up at the
// first damaged page of it (sqlite.org/fileformat.html). Whatever the bytes are, it reads
// inside of the file alone.
type pages struct {
	file   io.ReaderAt
	log    *os.File         // the write-ahead log; nil = there is none
	newest map[uint32]int64 // where the log has a newer version of a page
	size   int              // of a page
	count  uint32
}

const (
	defaultPageSize = 4096
	maxPayload      = 2 << 20 // bytes; the largest value of the table memory has one MiB
	maxOverflow     = 4096    // pages read for the records of one page
)

// openPages opens the file at path with what its write-ahead log holds. The caller closes
// it.
func openPages(path string) (*pages, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	p := &pages{file: f, size: defaultPageSize}
	var header [18]byte
	if n, _ := f.ReadAt(header[:], 0); n == len(header) {
		if size := int(binary.BigEndian.Uint16(header[16:])); size >= 512 && size&(size-1) == 0 {
			p.size = size
		} else if size == 1 {
			p.size = 1 << 16
		}
	}
	p.count = uint32(min(info.Size()/int64(p.size), math.MaxUint32))
	p.openLog(path + "-wal")
	return p, nil
}

func (p *pages) close() {
	p.file.(io.Closer).Close()
	if p.log != nil {
		p.log.Close()
	}
}

// openLog finds the pages of transactions that are complete in the write-ahead log.
func (p *pages) openLog(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	p.log, p.newest = f, map[uint32]int64{}
	var header [32]byte
	if _, err := f.ReadAt(header[:], 0); err != nil || binary.BigEndian.Uint32(header[8:]) != uint32(p.size) {
		return
	}
	written := map[uint32]int64{} // by a transaction that is not complete yet
	var frame [24]byte
	for at := int64(len(header)); ; at += int64(len(frame) + p.size) {
		if _, err := f.ReadAt(frame[:], at); err != nil || string(frame[8:16]) != string(header[16:24]) {
			return // the end, or what is left of an earlier log
		}
		written[binary.BigEndian.Uint32(frame[:])] = at + int64(len(frame))
		if pages := binary.BigEndian.Uint32(frame[4:]); pages > 0 {
			for n, at := range written {
				p.newest[n] = at
				p.count = max(p.count, n)
			}
			clear(written)
		}
	}
}

// read reads a page, the first of which has the number 1. It reports false for one that is
// not there.
func (p *pages) read(n uint32, into []byte) bool {
	if n == 0 || n > p.count {
		return false
	}
	if at, ok := p.newest[n]; ok {
		_, err := p.log.ReadAt(into[:p.size], at)
		return err == nil
	}
	_, err := p.file.ReadAt(into[:p.size], int64(n-1)*int64(p.size))
	return err == nil
}

// Kinds of pages that hold records.
const (
	interiorIndex = 0x02
	leafIndex     = 0x0a
	leafTable     = 0x0d
)

// records calls f with each record of a page that can be read, and the row's id where the
// page is one of a table.
func (p *pages) records(n uint32, page []byte, f func(kind byte, rowID int64, values []any)) {
	header := 0
	if n == 1 {
		header = 100
	}
	kind := page[header]
	pointers := header + 8
	switch kind {
	case interiorIndex:
		pointers += 4
	case leafIndex, leafTable:
	default:
		return
	}
	overflow := maxOverflow
	cells := int(binary.BigEndian.Uint16(page[header+3:]))
	for i := range min(cells, (p.size-pointers)/2) {
		at := int(binary.BigEndian.Uint16(page[pointers+2*i:]))
		if kind == interiorIndex {
			at += 4 // the page to the left
		}
		if at < pointers+2*cells || at >= p.size {
			continue
		}
		cell := page[at:p.size]
		length, size := varint(cell)
		cell = cell[size:]
		var rowID int64
		if kind == leafTable {
			rowID, size = varint(cell)
			cell = cell[size:]
		}
		if payload := p.payload(cell, length, kind == leafTable, &overflow); payload != nil {
			if values, ok := record(payload); ok {
				f(kind, rowID, values)
			}
		}
	}
}

// payload puts a record together, of which a page holds no more than its beginning if it is
// long. It returns nil if a part is missing, or takes more pages than are left of overflow.
func (p *pages) payload(cell []byte, length int64, table bool, overflow *int) []byte {
	if length <= 0 || length > maxPayload {
		return nil
	}
	most := p.size - 35
	if !table {
		most = (p.size-12)*64/255 - 23
	}
	here := int(length)
	if here > most {
		least := (p.size-12)*32/255 - 23
		if here = least + (int(length)-least)%(p.size-4); here > most {
			here = least
		}
	}
	if here == int(length) {
		if here > len(cell) {
			return nil
		}
		return cell[:here]
	}
	more := (int(length) - here + p.size - 5) / (p.size - 4)
	if here+4 > len(cell) || more > *overflow || int64(more) > int64(p.count) {
		return nil
	}
	*overflow -= more
	payload := append(make([]byte, 0, length), cell[:here]...)
	next := binary.BigEndian.Uint32(cell[here:])
	page := make([]byte, p.size)
	for len(payload) < int(length) {
		if !p.read(next, page) {
			return nil
		}
		next = binary.BigEndian.Uint32(page)
		payload = append(payload, page[4:4+min(p.size-4, int(length)-len(payload))]...)
	}
	return payload
}

// record reads the values of a record: nil, int64, float64, string or []byte.
func record(payload []byte) (values []any, ok bool) {
	header, at := varint(payload)
	if header < int64(at) || header > int64(len(payload)) {
		return nil, false
	}
	body := payload[header:]
	for at < int(header) {
		kind, size := varint(payload[at:header])
		if size == 0 {
			return nil, false
		}
		at += size
		length := int64(0)
		switch {
		case kind < 0 || kind == 10 || kind == 11:
			return nil, false
		case kind >= 12:
			length = (kind - 12) / 2
		case kind <= 7:
			length = [...]int64{0, 1, 2, 3, 4, 6, 8, 8}[kind]
		}
		if length > int64(len(body)) {
			return nil, false
		}
		b := body[:length]
		body = body[length:]
		switch {
		case kind == 0:
			values = append(values, nil)
		case kind == 7:
			values = append(values, math.Float64frombits(binary.BigEndian.Uint64(b)))
		case kind == 8 || kind == 9:
			values = append(values, kind-8)
		case kind < 7:
			v := int64(int8(b[0]))
			for _, c := range b[1:] {
				v = v<<8 | int64(c)
			}
			values = append(values, v)
		case kind%2 == 0:
			values = append(values, append([]byte{}, b...))
		default:
			values = append(values, string(b))
		}
	}
	return values, true
}

// varint reads a number of one to nine bytes; its size is 0 if there is none.
func varint(b []byte) (v int64, size int) {
	for i := range min(len(b), 9) {
		if i == 8 {
			return v<<8 | int64(b[i]), 9
		}
		v = v<<7 | int64(b[i]&0x7f)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}
