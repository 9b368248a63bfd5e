package files

import (
	"encoding/binary"
	"errors"
	"math"
)

// A run is entries sorted by path in one piece of memory, the same as in a side file: a path is stored as what differs
// from the one before, a time as its distance. Every blockEntries entries a path is whole, so that a block can be read
// without those before it. A million files are some 20 MB.
type run struct {
	data   []byte
	blocks []uint32 // where each begins
	count  int
}

const (
	runMagic     = "SFF1"
	blockEntries = 16
)

var errDamagedRun = errors.New("it is damaged")

// newRun takes and checks the content of a side file, so that reading it later cannot fail.
func newRun(data []byte) (*run, error) {
	if len(data) < len(runMagic) || string(data[:len(runMagic)]) != runMagic || uint64(len(data)) > math.MaxUint32 {
		return nil, errDamagedRun
	}
	r := &run{data: data}
	c := cursor{run: r, at: len(runMagic)}
	var before []byte
	for c.at < len(data) {
		if r.count%blockEntries == 0 {
			r.blocks = append(r.blocks, uint32(c.at))
		}
		before = append(before[:0], c.key...)
		if !c.decode() || r.count > 0 && string(before) >= string(c.key) {
			return nil, errDamagedRun
		}
		r.count++
	}
	return r, nil
}

// first gives the whole path that a block begins with.
func (r *run) first(block int) []byte {
	at := int(r.blocks[block])
	_, n := binary.Uvarint(r.data[at:])
	at += n
	size, n := binary.Uvarint(r.data[at:])
	at += n
	return r.data[at : at+int(size)]
}

// cursor reads a run from its start on.
type cursor struct {
	run   *run
	at    int // the next entry
	count int // entries read or passed over
	key   []byte
	stamp
	ended bool
}

func newCursor(r *run) *cursor { return &cursor{run: r, at: len(runMagic)} }

func (c *cursor) next() bool {
	if c.at >= len(c.run.data) {
		c.ended = true
		return false
	}
	return c.decode()
}

// decode reads the entry at c.at. It gives false where there is none that makes sense.
func (c *cursor) decode() bool {
	if c.count%blockEntries == 0 {
		c.key, c.mtime = c.key[:0], 0
	}
	rest := c.run.data[c.at:]
	shared, n := binary.Uvarint(rest)
	if n <= 0 || shared > uint64(len(c.key)) {
		return false
	}
	rest = rest[n:]
	size, n := binary.Uvarint(rest)
	if n <= 0 || size > uint64(len(rest)-n) {
		return false
	}
	c.key = append(c.key[:shared], rest[n:n+int(size)]...)
	rest = rest[n+int(size):]
	bytes, n := binary.Uvarint(rest)
	if n <= 0 {
		return false
	}
	rest = rest[n:]
	later, n := binary.Varint(rest)
	if n <= 0 {
		return false
	}
	c.stamp = stamp{int64(bytes), c.mtime + later}
	c.at = len(c.run.data) - len(rest) + n
	c.count++
	return true
}

// seek moves on to the first entry that is not before path, which is not before that of an earlier seek, and reports
// whether it is path's. It costs the logarithm of the entries that it passes.
func (c *cursor) seek(path string) bool {
	if c.count > 0 && !c.ended && string(c.key) >= path {
		return string(c.key) == path
	}
	c.leap(path)
	for c.next() {
		if string(c.key) >= path {
			return string(c.key) == path
		}
	}
	return false
}

// leap goes to the last block that begins at or before path, if that is ahead.
func (c *cursor) leap(path string) {
	blocks := c.run.blocks
	from := (c.count + blockEntries - 1) / blockEntries // the first block that is not begun
	if from >= len(blocks) || string(c.run.first(from)) > path {
		return
	}
	step := 1
	for from+step < len(blocks) && string(c.run.first(from+step)) <= path {
		from += step
		step *= 2
	}
	for ; step > 0; step /= 2 {
		if from+step < len(blocks) && string(c.run.first(from+step)) <= path {
			from += step
		}
	}
	c.at, c.count = int(blocks[from]), from*blockEntries
}

// runWriter makes a run of entries that come sorted by path.
type runWriter struct {
	data  []byte
	count int
	key   []byte
	mtime int64
}

func (w *runWriter) add(key []byte, s stamp) {
	if w.count == 0 {
		w.data = append(w.data, runMagic...)
	}
	if w.count%blockEntries == 0 {
		w.key, w.mtime = w.key[:0], 0
	}
	shared := 0
	for shared < len(w.key) && shared < len(key) && w.key[shared] == key[shared] {
		shared++
	}
	w.data = binary.AppendUvarint(w.data, uint64(shared))
	w.data = binary.AppendUvarint(w.data, uint64(len(key)-shared))
	w.data = append(w.data, key[shared:]...)
	w.data = binary.AppendUvarint(w.data, uint64(s.size))
	w.data = binary.AppendVarint(w.data, s.mtime-w.mtime)
	w.key, w.mtime = append(w.key[:0], key...), s.mtime
	w.count++
}

func (w *runWriter) finish() []byte { return w.data }
