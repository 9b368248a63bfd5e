// Package state is the key index of a keyed table: where each key's row is, and its sequence.
//
// It is a cache: everything in it can be read back from the table and its merge log, and a snapshot that is missing,
// damaged or of another version is thrown away. The engine (package flow) owns one index per table and changes it from
// one goroutine.
//
// An index of a Place with a limit pages to disk what goes past it: see Place and run.
package state

import (
	"bytes"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// ID names a key of one Index, from 0, in the order in which keys were put.
type ID uint32

// Loc is a row's place: a file of the registry (see Index.FileID) and the row's number in it, from 0.
type Loc struct {
	File uint32
	Row  uint32
}

// Entry is what the index knows of a key. Seq is the order-preserving encoding of the newest sequence; it aliases the
// index and is valid until the next Set of the same key.
type Entry struct {
	Seq       []byte
	Hash      uint64 // of the row's canonical encoding; 0 is unknown
	Loc       Loc    // meaningful with HasRow
	HasRow    bool
	Tombstone bool
}

// Index maps key bytes to entries by open addressing over hashes, each hit verified against the key's bytes. It takes
// about 43 bytes a key beside the key itself, for sequences of up to 8 bytes.
type Index struct {
	slots   []uint32 // ID+1, 0 is empty; a power of two
	tags    []uint8  // a byte of the key's hash per slot, so that most misses touch no key
	count   int
	blocks  []*[blockLen]entry
	arena   arena
	files   []string
	fileIDs map[string]uint32
	moved   redirects
	pages   pages
}

const (
	blockLen  = 1 << 12
	firstSlot = 1 << 10
)

// entry is 32 bytes; the flags and the sequence's length share a word with the key's reference.
type entry struct {
	key  uint64 // arena reference
	seq  [8]byte
	hash uint64
	file uint32
	row  uint32
}

// The top byte of entry.key holds the flags and the length of an inline sequence.
const (
	flagRow       = 1 << 63
	flagTombstone = 1 << 62
	flagPaged     = 1 << 61 // a run knows the key
	flagDirty     = 1 << 60 // and what it knows is out of date
	seqLenShift   = 56
	seqLenMask    = 15 << seqLenShift
	seqInArena    = 15 // as a length: seq holds an arena reference
	refMask       = 1<<seqLenShift - 1
)

// New gives an empty index.
func New() *Index {
	x := &Index{}
	x.Clear()
	return x
}

// Clear forgets every key and file.
func (x *Index) Clear() {
	*x = Index{
		slots:   make([]uint32, firstSlot),
		tags:    make([]uint8, firstSlot),
		fileIDs: map[string]uint32{},
	}
}

// Len is the number of keys, deleted ones included.
func (x *Index) Len() int { return x.count + x.pages.only }

// Bytes is the memory held, in bytes.
func (x *Index) Bytes() int64 {
	return int64(len(x.slots))*5 + int64(len(x.blocks))*blockLen*32 + x.arena.bytes + x.pages.resident()
}

func (x *Index) at(id ID) *entry { return &x.blocks[id/blockLen][id%blockLen] }

// Key gives the bytes of id's key; they alias the index.
func (x *Index) Key(id ID) []byte { return x.arena.get(x.at(id).key & refMask) }

// Find gives the ID of key.
func (x *Index) Find(key []byte) (ID, bool) {
	h := xxh3.Hash(key)
	_, id, ok := x.probe(key, h)
	if ok || len(x.pages.runs) == 0 {
		return id, ok
	}
	return x.fetch(key, h)
}

// Put gives the ID of key, making an entry (no row, no tombstone, no sequence) for a key that is new.
func (x *Index) Put(key []byte) (id ID, fresh bool) {
	h := xxh3.Hash(key)
	slot, id, ok := x.probe(key, h)
	if ok {
		return id, false
	}
	if len(x.pages.runs) > 0 {
		if id, ok := x.fetch(key, h); ok {
			return id, false
		}
	}
	return x.insert(key, h, slot), true
}

// insert adds a key that is not there; slot is what probe gave for it.
func (x *Index) insert(key []byte, h, slot uint64) ID {
	if (x.count+1)*4 > len(x.slots)*3 {
		x.grow()
		slot = x.free(h)
	}
	id := ID(x.count)
	if x.count/blockLen == len(x.blocks) {
		x.blocks = append(x.blocks, new([blockLen]entry))
	}
	x.count++
	*x.at(id) = entry{key: x.arena.put(key)}
	x.slots[slot] = uint32(id) + 1
	x.tags[slot] = tag(h)
	return id
}

func tag(h uint64) uint8 { return uint8(h >> 56) }

// probe gives the slot of key, or the free slot where it belongs.
func (x *Index) probe(key []byte, h uint64) (slot uint64, id ID, ok bool) {
	mask := uint64(len(x.slots) - 1)
	for slot = h & mask; ; slot = (slot + 1) & mask {
		s := x.slots[slot]
		if s == 0 {
			return slot, 0, false
		}
		if x.tags[slot] == tag(h) && bytes.Equal(x.Key(ID(s-1)), key) {
			return slot, ID(s - 1), true
		}
	}
}

func (x *Index) free(h uint64) uint64 {
	mask := uint64(len(x.slots) - 1)
	slot := h & mask
	for x.slots[slot] != 0 {
		slot = (slot + 1) & mask
	}
	return slot
}

func (x *Index) grow() { x.resize(len(x.slots) * 2) }

func (x *Index) resize(n int) {
	x.slots = make([]uint32, n)
	x.tags = make([]uint8, n)
	for id := range ID(x.count) {
		h := xxh3.Hash(x.Key(id))
		slot := x.free(h)
		x.slots[slot] = uint32(id) + 1
		x.tags[slot] = tag(h)
	}
}

// reserve makes room for n keys at once.
func (x *Index) reserve(n int) {
	want := 1 << bits.Len(uint(n*4/3))
	if want > len(x.slots) {
		x.resize(want)
	}
}

// Get gives the entry of id.
func (x *Index) Get(id ID) Entry {
	e := x.at(id)
	out := Entry{
		Hash:      e.hash,
		Loc:       Loc{File: e.file, Row: e.row},
		HasRow:    e.key&flagRow != 0,
		Tombstone: e.key&flagTombstone != 0,
	}
	if x.moved.count > 0 && out.HasRow {
		out.Loc = x.moved.follow(out.Loc)
	}
	if n := e.key & seqLenMask >> seqLenShift; n == seqInArena {
		out.Seq = x.arena.get(le(e.seq))
	} else {
		out.Seq = e.seq[:n]
	}
	return out
}

// Set replaces the entry of id. The sequence is copied.
func (x *Index) Set(id ID, v Entry) {
	x.set(id, v)
	x.at(id).key |= flagDirty
}

func (x *Index) set(id ID, v Entry) {
	e := x.at(id)
	x.setSeq(e, v.Seq)
	e.key &^= flagRow | flagTombstone
	if v.HasRow {
		e.key |= flagRow
	}
	if v.Tombstone {
		e.key |= flagTombstone
	}
	e.hash, e.file, e.row = v.Hash, v.Loc.File, v.Loc.Row
}

// SetLoc moves id's row.
func (x *Index) SetLoc(id ID, loc Loc) {
	e := x.at(id)
	e.file, e.row = loc.File, loc.Row
	e.key |= flagDirty
}

func (x *Index) setSeq(e *entry, seq []byte) {
	old := e.key & seqLenMask >> seqLenShift
	e.key &^= seqLenMask
	if len(seq) <= len(e.seq) {
		copy(e.seq[:], seq)
		e.key |= uint64(len(seq)) << seqLenShift
		return
	}
	e.key |= seqInArena << seqLenShift
	if old == seqInArena {
		if held := x.arena.get(le(e.seq)); len(held) == len(seq) {
			copy(held, seq) // sequences of one table mostly have one width: no garbage
			return
		}
	}
	putLE(&e.seq, x.arena.put(seq))
}

// FileID gives the number of a data file, adding it when it is new. Save may give files other numbers.
func (x *Index) FileID(path string) uint32 {
	if id, ok := x.fileIDs[path]; ok {
		return id
	}
	id := uint32(len(x.files))
	x.files = append(x.files, path)
	x.fileIDs[path] = id
	return id
}

// FilePath is the inverse of FileID, "" for a number that is no file's.
func (x *Index) FilePath(id uint32) string {
	if int(id) >= len(x.files) {
		return ""
	}
	return x.files[id]
}

func le(b [8]byte) (v uint64) {
	for i := range b {
		v |= uint64(b[i]) << (8 * i)
	}
	return v
}

func putLE(b *[8]byte, v uint64) {
	for i := range b {
		b[i] = byte(v >> (8 * i))
	}
}
