package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// Stamp says which table, at which commit, a snapshot was taken of. The engine compares it with the table: an equal
// one is used, one that lies behind on the same history catches up, any other is thrown away.
type Stamp struct {
	TableID    string `json:"table_id"`
	Path       string `json:"path"` // of the table: a clone elsewhere shares TableID
	Version    int64  `json:"version"`
	CommitUUID string `json:"commit_uuid"`
	Types      string `json:"types"`               // of key, sequence and row, as text: what bytes and hashes were made of
	MergeLog   string `json:"merge_log,omitempty"` // names of the files that were folded in, between spaces
}

// ErrDamaged is wrapped by Load for a snapshot that is cut off, changed or not one at all.
var ErrDamaged = errors.New("damaged state snapshot")

// A flat snapshot is the image of an index, and parts: images of what changed since. Each part names the image that it
// comes after, so that parts of an older snapshot are not taken for this one's; the newest part has the stamp.

// saveFlat writes what the snapshot on disk lacks.
func (x *Index) saveFlat(p Place, st Stamp) error {
	if !x.kept.full(x) {
		if err := x.savePart(p, st); !errors.Is(err, errLengthy) {
			return err
		}
	}
	return x.saveWhole(p, st)
}

func (x *Index) head(st Stamp) imageHead {
	return imageHead{Stamp: st, Seed: x.seed, Room: x.room, Slabs: x.slabs.lens()}
}

func (x *Index) saveWhole(p Place, st Stamp) error {
	x.kept.drop(x)
	x.forgetFiles()
	head := x.head(st)
	head.Files, head.Long = x.files, x.long.lens()
	for i := range x.slots.shards {
		head.Slots = append(head.Slots, x.slots.shards[i].count)
	}
	made, err := writeImage(p.FS, p.Name, head, func(w *imageWriter) {
		for _, slab := range x.long.all[:len(head.Long)] {
			w.memory(slab)
		}
		for _, slab := range x.slabs.all[:len(head.Slabs)] {
			w.memory(slab)
		}
		for i := range x.slots.shards {
			w.shard(&x.slots.shards[i])
		}
	})
	if err != nil {
		return err
	}
	x.kept = kept{id: made.id, whole: made.size, end: x.slabs.end(), used: x.slabs.used, files: len(x.files)}
	return p.removeParts(0)
}

// shard writes the slots of a shard without the empty ones.
func (w *imageWriter) shard(sh *shard) {
	w.buf = w.buf[:0]
	sh.packed(func(v uint64) {
		if w.buf = binary.LittleEndian.AppendUint64(w.buf, v); len(w.buf) == sectionBytes {
			w.section(w.buf)
			w.buf = w.buf[:0]
		}
	})
	if len(w.buf) > 0 {
		w.section(w.buf)
	}
}

// changeBytes is what a changed entry takes in a part, with a key of usual length.
const changeBytes = 64

// errLengthy is a change that does not fit into a section: a part cannot hold it.
var errLengthy = errors.New("an entry is too long for a part")

// savePart writes the entries that the snapshot lacks: new ones as the memory that holds them, changed ones one by one,
// with their references and keys.
func (x *Index) savePart(p Place, st Stamp) error {
	head := x.head(st)
	head.After, head.Files = x.kept.id, x.files[min(x.kept.files, len(x.files)):]
	name := p.part(x.kept.parts + 1)
	made, err := writeImage(p.FS, name, head, func(w *imageWriter) {
		w.newSlabs(x)
		w.changes(x)
	})
	if err != nil {
		return err
	}
	x.kept.forgetChanges(x)
	k := &x.kept
	k.id, k.end, k.used, k.files = made.id, x.slabs.end(), x.slabs.used, len(x.files)
	k.parts++
	k.bytes += made.size
	return nil
}

// newSlabs writes what was appended to the slabs.
func (w *imageWriter) newSlabs(x *Index) {
	for i, slab := range x.slabs.all[:len(w.head.Slabs)] {
		w.memory(slab[min(offsetIn(x.kept.end, i), len(slab)):])
	}
}

// offsetIn gives where in the i-th slab what is at end or behind it begins.
func offsetIn(end uint64, i int) int {
	switch at := int(end >> (slabBits - unitBits)); {
	case i < at:
		return math.MaxInt
	case i > at:
		return 0
	}
	return int(end&(1<<(slabBits-unitBits)-1)) << unitBits
}

func (w *imageWriter) changes(x *Index) {
	for _, ref := range x.kept.changed {
		w.change(x, ID(ref), x.at(ID(ref)))
	}
	x.eachFrom(x.kept.end, func(id ID, e entry) bool {
		if e.seqLen() == seqElsewhere { // its place in memory is not kept
			w.change(x, id, e)
		}
		return true
	})
	if len(w.buf) > 0 {
		w.section(w.buf)
	}
}

func (w *imageWriter) change(x *Index, id ID, e entry) {
	w.head.Changed++
	at := len(w.buf)
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(id))
	w.buf = append(w.buf, e[:e.size()]...)
	in := entry(w.buf[at+4:])
	in.setWord(in.word() &^ flagChanged)
	if e.seqLen() == seqElsewhere {
		seq := x.seq(e)
		w.buf = append(binary.LittleEndian.AppendUint32(w.buf, uint32(len(seq))), seq...)
	}
	if len(w.buf)-at > sectionBytes {
		w.err = errors.Join(w.err, errLengthy)
		return
	}
	if len(w.buf) > sectionBytes {
		w.section(w.buf[:at])
		w.buf = append(w.buf[:0], w.buf[at:]...)
	}
}

// image is an open file of a snapshot.
type image struct {
	vfs.File
	imageHead
	name string
}

func (p Place) open(name string) (*image, error) {
	f, err := p.FS.Open(name)
	if err != nil {
		return nil, err
	}
	h, err := readHead(f)
	if err != nil {
		f.Close()
		return nil, damaged(name, err)
	}
	return &image{f, h, name}, nil
}

func damaged(name string, why error) error { return fmt.Errorf("%s: %w: %v", name, ErrDamaged, why) }

// images opens the files of the snapshot: the whole, and the parts that follow on it.
func (p Place) images() (all []*image, err error) {
	whole, err := p.open(p.Name)
	if err != nil {
		return nil, err
	}
	if all = append(all, whole); whole.After != 0 {
		return all, damaged(p.Name, errors.New("it is a part"))
	}
	for {
		last := all[len(all)-1]
		part, err := p.open(p.part(len(all)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return all, nil
		case err != nil:
			return all, err
		case part.After != last.id:
			return all, part.Close() // of an older snapshot
		}
		all = append(all, part)
	}
}

// part is the name of the n-th part, from 1.
func (p Place) part(n int) string { return p.Name + "." + strconv.Itoa(n) }

// removeParts removes the parts whose number is greater than n.
func (p Place) removeParts(n int) error {
	dir, prefix := filepath.Dir(p.Name), filepath.Base(p.Name)+"."
	entries, err := p.FS.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		of, ok := strings.CutPrefix(e.Name(), prefix)
		if number, nerr := strconv.Atoi(of); ok && nerr == nil && number > n {
			err = errors.Join(err, remove(p.FS, filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// loadFlat reads a flat snapshot. It takes the memory of the index and little more. One that is larger than the limit is
// paged as it is read. It also gives the number of parts.
func (p Place) loadFlat() (x *Index, st Stamp, parts int, err error) {
	all, err := p.images()
	for _, m := range all {
		defer m.Close()
	}
	if err != nil {
		return nil, Stamp{}, 0, err
	}
	x = p.New()
	last := all[len(all)-1]
	for _, m := range all {
		for _, f := range m.Files {
			x.FileID(f)
		}
	}
	load := x.load
	if p.Limit > 0 && last.memory() > p.Limit {
		load = x.loadPaged
	}
	if err := load(all); err != nil {
		x.Close()
		return nil, Stamp{}, 0, err
	}
	return x, last.Stamp, len(all) - 1, nil
}

// memory is what the index takes that an image leads to.
func (h *imageHead) memory() (n int64) {
	for _, slab := range h.Slabs {
		n += int64(slab) * 5 / 4 // slots
	}
	return n
}

// load reads images into the places where they were.
func (x *Index) load(all []*image) error {
	first, last := all[0], all[len(all)-1]
	x.seed, x.room = first.Seed, last.Room
	for i, n := range last.Slabs {
		size := n
		if i == len(last.Slabs)-1 {
			size = max(n, x.slabs.next(0)) // it is filled on
		}
		x.slabs.take(make([]byte, 0, size))
	}
	for i, m := range all {
		if err := m.fits(last); err != nil {
			return damaged(m.name, err)
		}
		var err error
		if i == 0 {
			err = x.loadWhole(m)
		} else {
			err = x.loadPart(m)
		}
		if err != nil {
			return damaged(m.name, err)
		}
		x.kept.bytes += m.size
	}
	x.slabs.settle()
	x.kept = kept{
		id: last.id, whole: first.size, parts: len(all) - 1, bytes: x.kept.bytes - first.size, end: x.slabs.end(), used: x.slabs.used,
		files: len(x.files),
	}
	return nil
}

// fits fails for an image whose slabs do not grow to those of the last.
func (m *image) fits(last *image) error {
	if len(m.Slabs) > len(last.Slabs) || len(m.Slots) > 1<<shardBits {
		return errShape
	}
	for i, n := range m.Slabs {
		if n < 0 || n > last.Slabs[i] {
			return errShape
		}
	}
	for _, n := range slices.Concat(m.Slots, m.Long) {
		if n < 0 || int64(n) > m.size {
			return errShape
		}
	}
	return nil
}

func (x *Index) loadWhole(m *image) error {
	r := newImageReader(m, &m.imageHead)
	var err error
	for _, n := range m.Long {
		slab := make([]byte, n)
		x.long.take(slab)
		err = errors.Join(err, r.memory(slab))
	}
	x.long.settle()
	err = errors.Join(err, x.appended(r, m))
	for i, n := range m.Slots {
		err = errors.Join(err, r.shard(&x.slots.shards[i], n))
	}
	if err == nil {
		err = errors.Join(r.run(), r.done())
	}
	for i := range x.slots.shards {
		x.slots.count += x.slots.shards[i].count
		x.slots.bytes += x.slots.shards[i].bytes()
	}
	return err
}

// appended has read what an image adds to the slabs.
func (x *Index) appended(r *imageReader, m *image) error {
	for i, n := range m.Slabs {
		slab := x.slabs.all[i]
		x.slabs.all[i] = slab[:n]
		if err := r.memory(slab[len(slab):n]); err != nil {
			return err
		}
	}
	return nil
}

// shard has the slots of a shard read, and put where they belong.
func (r *imageReader) shard(sh *shard, n int) error {
	all, err := r.take(8 * n)
	if err != nil {
		return err
	}
	r.jobs = append(r.jobs, func(buf []byte) error {
		from := sh.begin(n)
		at := from
		for _, l := range all {
			part := buf[:l.Bytes]
			if err := l.read(r.f, part); err != nil {
				return err
			}
			for ; len(part) > 0; part = part[8:] {
				*sh.at(at) = binary.LittleEndian.Uint64(part)
				at++
			}
		}
		sh.spread(from)
		return nil
	})
	return nil
}

func (x *Index) loadPart(m *image) error {
	from := x.slabs.filled()
	r := newImageReader(m, &m.imageHead)
	err := x.appended(r, m)
	if err == nil {
		err = r.run()
	}
	if err != nil {
		return err
	}
	x.insertFrom(from)
	return m.changes(x, r, func(id ID, e entry, seq []byte) error {
		if !x.slabs.has(uint32(id)) {
			return errShape
		}
		at := x.at(id)
		if at.room() != e.room() || string(at.key()) != string(e.key()) {
			return errShape
		}
		copy(at[:entryHead+e.room()], e)
		if e.seqLen() == seqElsewhere {
			at.setWord(at.word() &^ (seqLenMask << seqLenShift))
			x.setSeq(at, seq)
		}
		return nil
	})
}

// insertFrom makes slots for the entries whose references are not smaller than one.
func (x *Index) insertFrom(from uint64) {
	var refs [pipeline]uint32
	var hashes [pipeline]uint64
	n := 0
	flush := func() {
		for _, h := range hashes[:n] {
			x.sum += x.slots.touch(h)
		}
		for i, h := range hashes[:n] {
			x.slots.insert(h, refs[i])
		}
		n = 0
	}
	x.eachFrom(from, func(id ID, e entry) bool {
		refs[n], hashes[n] = uint32(id), xxh3.HashSeed(e.key(), x.seed)
		if n++; n == pipeline {
			flush()
		}
		return true
	})
	flush()
}

// changes visits the changed entries of a part. The sequence is that of an entry that has it elsewhere.
func (m *image) changes(x *Index, r *imageReader, visit func(ID, entry, []byte) error) error {
	buf := make([]byte, sectionBytes)
	var rest []byte
	for range m.Changed {
		if len(rest) == 0 {
			var err error
			if rest, err = r.read(buf); err != nil {
				return err
			}
			x.near(rest)
		}
		id, e, seq, after, ok := takeChange(rest)
		if !ok {
			return errShape
		}
		if err := visit(id, e, seq); err != nil {
			return err
		}
		rest = after
	}
	if len(rest) > 0 {
		return errShape
	}
	return r.done()
}

// near brings near the entries that a section of changes is of, so that the waits for them overlap.
func (x *Index) near(b []byte) {
	for ok := true; ok && len(b) > 0; {
		var id ID
		if id, _, _, b, ok = takeChange(b); ok && x.slabs.has(uint32(id)) {
			x.sum += uint64(x.at(id)[0])
		}
	}
}

func takeChange(b []byte) (id ID, e entry, seq, rest []byte, ok bool) {
	if len(b) < 4+entryHead {
		return 0, nil, nil, nil, false
	}
	id, e = ID(binary.LittleEndian.Uint32(b)), entry(b[4:])
	n := e.size()
	if n > len(e) {
		return 0, nil, nil, nil, false
	}
	e, rest = e[:n:n], e[n:]
	if e.seqLen() != seqElsewhere {
		return id, e, nil, rest, true
	}
	if len(rest) < longLen {
		return 0, nil, nil, nil, false
	}
	long := binary.LittleEndian.Uint32(rest)
	if rest = rest[longLen:]; uint64(long) > uint64(len(rest)) {
		return 0, nil, nil, nil, false
	}
	return id, e, rest[:long:long], rest[long:], true
}
