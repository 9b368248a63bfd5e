package state

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"

	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// A run is a file of entries sorted by hash and key, in blocks, that never changes. What finds an entry is held in
// memory, less than two bytes a key: a filter of all hashes, and of each block its first hash, place and checksum. So a
// key that is not there costs no read, and one that is there costs one.
//
// On disk the blocks come first, then those four, whose checksum the manifest has: nothing of a run is believed without.
type run struct {
	runInfo
	f     vfs.File
	first []uint64 // hash that each block begins with
	at    []uint64 // where each block begins, and the end of the last
	sums  []uint64
	bloom bloom
	saved bool // a manifest names it
}

// runInfo is what the manifest knows of a run.
type runInfo struct {
	Name   string `json:"name"`
	Keys   int    `json:"keys"`
	Blocks int    `json:"blocks"`
	Bloom  int    `json:"bloom"` // words
	Data   int64  `json:"data"`  // bytes of all blocks
	Sum    uint64 `json:"sum,string"`
}

const blockBytes = 4 << 10

// record is an entry as it is in a block. Its slices alias the block.
type record struct {
	hash uint64
	key  []byte
	Entry
}

func (r *record) compare(o *record) int {
	if r.hash != o.hash {
		if r.hash < o.hash {
			return -1
		}
		return 1
	}
	return bytes.Compare(r.key, o.key)
}

func (r *record) append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, r.hash)
	var flags byte
	if r.HasRow {
		flags |= 1
	}
	if r.Tombstone {
		flags |= 2
	}
	if r.hashOnly() {
		flags |= flagHashOnly
	}
	dst = append(dst, flags)
	dst = appendBytes(dst, r.key)
	dst = appendBytes(dst, r.Seq)
	switch flags {
	case 0:
	case flagHashOnly:
		dst = binary.AppendUvarint(dst, r.Hash)
	default: // a tombstone's place says which batch made it
		dst = binary.LittleEndian.AppendUint64(dst, r.Hash)
		dst = binary.LittleEndian.AppendUint32(dst, r.Loc.File)
		dst = binary.LittleEndian.AppendUint32(dst, r.Loc.Row)
	}
	return dst
}

// take reads the record that b begins with, and gives the rest. The block's checksum has been verified.
func (r *record) take(b []byte) []byte {
	*r = record{hash: binary.LittleEndian.Uint64(b)}
	flags := b[8]
	r.HasRow, r.Tombstone = flags&1 != 0, flags&2 != 0
	r.key, b = takeBytes(b[9:])
	r.Seq, b = takeBytes(b)
	switch flags {
	case 0:
	case flagHashOnly:
		n := 0
		r.Hash, n = binary.Uvarint(b)
		b = b[n:]
	default:
		r.Hash = binary.LittleEndian.Uint64(b)
		r.Loc = Loc{File: binary.LittleEndian.Uint32(b[8:]), Row: binary.LittleEndian.Uint32(b[12:])}
		b = b[16:]
	}
	return b
}

// flagHashOnly is on disk the flag of an entry that has a hash, a small number, and neither row nor tombstone (see Chains).
const flagHashOnly = 4

func (e *Entry) hashOnly() bool { return e.Hash != 0 && !e.HasRow && !e.Tombstone }

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

func takeBytes(b []byte) (head, rest []byte) {
	n, w := binary.Uvarint(b)
	return b[w : w+int(n)], b[w+int(n):]
}

// block reads the i-th block into buf's memory.
func (r *run) block(i int, buf []byte) ([]byte, error) {
	n := int(r.at[i+1] - r.at[i])
	buf = slices.Grow(buf[:0], n)[:n]
	if _, err := r.f.ReadAt(buf, int64(r.at[i])); err != nil && err != io.EOF {
		return buf, fmt.Errorf("state run %s: %w", r.Name, err)
	}
	if xxh3.Hash(buf) != r.sums[i] {
		return buf, fmt.Errorf("state run %s: %w: checksum of block %d", r.Name, ErrDamaged, i)
	}
	return buf, nil
}

// find looks a key up. The record aliases buf, which is given back for the next call.
func (r *run) find(key []byte, h uint64, buf []byte) (rec record, ok bool, _ []byte, err error) {
	if !r.bloom.has(h) {
		return rec, false, buf, nil
	}
	want := record{hash: h, key: key}
	// The key is in the last block that does not begin with a greater one. Of those that begin with its hash, which are
	// many only if somebody has made them, the first key has to be read.
	from, _ := slices.BinarySearch(r.first, h)
	from = max(from-1, 0)
	for end := r.after(h); end-from > 1; {
		mid := from + (end-from)/2
		if buf, err = r.block(mid, buf); err != nil {
			return rec, false, buf, err
		}
		if rec.take(buf); rec.compare(&want) <= 0 {
			from = mid
		} else {
			end = mid
		}
	}
	if buf, err = r.block(from, buf); err != nil {
		return rec, false, buf, err
	}
	for rest := buf; len(rest) > 0; {
		rest = rec.take(rest)
		if c := rec.compare(&want); c >= 0 {
			return rec, c == 0, buf, nil
		}
	}
	return rec, false, buf, nil
}

// after gives the first block that begins with a hash greater than h.
func (r *run) after(h uint64) int {
	if h == math.MaxUint64 {
		return len(r.first)
	}
	i, _ := slices.BinarySearch(r.first, h+1)
	return i
}

// resident is the memory that r takes.
func (r *run) resident() int64 { return int64(24*r.Blocks + 8*r.Bloom) }

// tables lists what stands behind the blocks.
func (r *run) tables() [][]uint64 { return [][]uint64{r.first, r.at, r.sums, r.bloom} }

func openRun(fsys vfs.FS, dir string, info runInfo) (*run, error) {
	f, err := fsys.Open(filepath.Join(dir, info.Name))
	if err != nil {
		return nil, err
	}
	r := &run{
		runInfo: info, f: f,
		first: make([]uint64, info.Blocks), at: make([]uint64, info.Blocks+1), sums: make([]uint64, info.Blocks),
		bloom: make(bloom, info.Bloom),
	}
	if err := r.readTables(); err != nil {
		f.Close()
		return nil, fmt.Errorf("state run %s: %w: %v", info.Name, ErrDamaged, err)
	}
	return r, nil
}

func (r *run) readTables() error {
	n := int64(8 * (3*r.Blocks + 1 + r.Bloom))
	size, err := r.f.Size()
	if err != nil {
		return err
	}
	if size != r.Data+n {
		return errors.New("its length is not that of the manifest")
	}
	sum := xxh3.New()
	rd := bufio.NewReaderSize(io.TeeReader(io.NewSectionReader(r.f, r.Data, n), sum), 64<<10)
	var word [8]byte
	for _, t := range r.tables() {
		for i := range t {
			if _, err := io.ReadFull(rd, word[:]); err != nil {
				return err
			}
			t[i] = binary.LittleEndian.Uint64(word[:])
		}
	}
	if sum.Sum64() != r.Sum {
		return errors.New("checksum")
	}
	return nil
}

// runWriter makes a run of records that come sorted.
type runWriter struct {
	run
	fsys  vfs.FS
	full  string
	w     *bufio.Writer
	block []byte
}

// newRunWriter begins a run of up to n keys.
func newRunWriter(fsys vfs.FS, dir, name string, n int) (*runWriter, error) {
	full := filepath.Join(dir, name)
	f, err := fsys.Create(full)
	if err != nil {
		return nil, err
	}
	w := &runWriter{fsys: fsys, full: full, w: bufio.NewWriterSize(f, 256<<10)}
	w.run = run{runInfo: runInfo{Name: name}, f: f, at: []uint64{0}, bloom: newBloom(n)}
	return w, nil
}

func (w *runWriter) put(r *record) error {
	if len(w.block) == 0 {
		w.first = append(w.first, r.hash)
	}
	w.block = r.append(w.block)
	w.bloom.add(r.hash)
	w.Keys++
	if len(w.block) < blockBytes {
		return nil
	}
	return w.flush()
}

func (w *runWriter) flush() error {
	if len(w.block) == 0 {
		return nil
	}
	w.sums = append(w.sums, xxh3.Hash(w.block))
	w.Data += int64(len(w.block))
	w.at = append(w.at, uint64(w.Data))
	_, err := w.w.Write(w.block)
	w.block = w.block[:0]
	return err
}

// finish writes the tables, syncs the file and opens it for reading.
func (w *runWriter) finish() (*run, error) {
	err := w.flush()
	if err == nil {
		err = w.writeTables()
	}
	if err == nil {
		err = w.f.Sync()
	}
	if err = errors.Join(err, w.f.Close()); err == nil {
		w.f, err = w.fsys.Open(w.full)
	}
	if err != nil {
		_ = w.fsys.Remove(w.full) // what cannot be removed is debris that no manifest names
		return nil, err
	}
	r := w.run
	return &r, nil
}

func (w *runWriter) writeTables() error {
	sum := xxh3.New()
	out := io.MultiWriter(w.w, sum)
	buf := make([]byte, 0, 8<<10)
	w.Blocks, w.Bloom = len(w.first), len(w.bloom)
	for _, t := range w.tables() {
		for chunk := range slices.Chunk(t, 1<<10) {
			buf = buf[:0]
			for _, word := range chunk {
				buf = binary.LittleEndian.AppendUint64(buf, word)
			}
			if _, err := out.Write(buf); err != nil {
				return err
			}
		}
	}
	w.Sum = sum.Sum64()
	return w.w.Flush()
}

func (w *runWriter) discard() {
	_ = w.f.Close()
	_ = w.fsys.Remove(w.full)
}
