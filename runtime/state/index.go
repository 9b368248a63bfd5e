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
	"encoding/binary"
	"errors"
	"math/rand/v2"

	"github.com/zeebo/xxh3"
)

// ID names a key of one Index. It is not 0; a key that was put later has a greater one.
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

// Index maps key bytes to entries by open addressing over hashes, each hit verified against the key's bytes. Hashes are
// seeded, so that nobody can make keys that collide; nothing that an index tells depends on the seed. It takes about 40
// bytes a key beside the key itself, for sequences of up to 8 bytes.
type Index struct {
	slots   slots
	slabs   slabs // of entries; an ID is a reference
	long    slabs // of sequences that are too long for their room
	seed    uint64
	room    int // for a sequence, in the next entry
	files   []string
	fileIDs map[string]uint32
	moved   redirects
	pages   pages
	kept    kept
	sum     uint64 // of what was touched: the loads must not be optimised away
}

// New gives an empty index.
func New() *Index {
	x := &Index{}
	x.Clear()
	return x
}

// Clear forgets every key and file.
func (x *Index) Clear() { *x = Index{seed: rand.Uint64(), room: 8, fileIDs: map[string]uint32{}} }

// Len is the number of keys, deleted ones included.
func (x *Index) Len() int { return x.slots.count + x.pages.only }

// Bytes is the memory held, in bytes.
func (x *Index) Bytes() int64 {
	return x.slots.bytes + x.slabs.bytes + x.long.bytes + x.kept.resident() + x.pages.resident()
}

func (x *Index) at(id ID) entry { return entry(x.slabs.get(uint32(id))) }

// Key gives the bytes of id's key; they alias the index.
func (x *Index) Key(id ID) []byte { return x.at(id).key() }

// Find gives the ID of key.
func (x *Index) Find(key []byte) (ID, bool) {
	h := xxh3.HashSeed(key, x.seed)
	id, ok := x.probe(key, h)
	if ok || len(x.pages.runs) == 0 {
		return id, ok
	}
	return x.fetch(key, h)
}

// Put gives the ID of key, making an entry (no row, no tombstone, no sequence) for a key that is new.
func (x *Index) Put(key []byte) (id ID, fresh bool) {
	return x.put(key, xxh3.HashSeed(key, x.seed))
}

func (x *Index) put(key []byte, h uint64) (id ID, fresh bool) {
	id, ok := x.probe(key, h)
	if ok {
		return id, false
	}
	if len(x.pages.runs) > 0 {
		if id, ok := x.fetch(key, h); ok {
			return id, false
		}
	}
	return x.insert(key, h), true
}

// ErrTooLarge is an index that has more keys than it can name in memory, and no place to page them to.
var ErrTooLarge = errors.New("the key index holds 16 GiB in memory, which is all that it can")

// insert adds a key that is not there.
func (x *Index) insert(key []byte, h uint64) ID {
	ref, rec := x.slabs.add(entrySize(x.room, len(key)))
	if ref == 0 {
		x.pages.fail(ErrTooLarge)
		return 0
	}
	entry(rec).begin(x.room, key)
	x.slots.insert(h, ref)
	return ID(ref)
}

// probe looks for a key in memory.
func (x *Index) probe(key []byte, h uint64) (ID, bool) {
	s := x.slots.seek(h)
	for ref, ok := s.next(); ok; ref, ok = s.next() {
		if id := ID(ref); bytes.Equal(x.at(id).key(), key) {
			return id, true
		}
	}
	return 0, false
}

// Get gives the entry of id.
func (x *Index) Get(id ID) Entry {
	e := x.at(id)
	w := e.word()
	out := Entry{Hash: e.hash(), Loc: e.loc(), HasRow: w&flagRow != 0, Tombstone: w&flagTombstone != 0, Seq: x.seq(e)}
	if x.moved.count > 0 && out.HasRow {
		out.Loc = x.moved.follow(out.Loc)
	}
	return out
}

func (x *Index) seq(e entry) []byte {
	n := e.seqLen()
	if n != seqElsewhere {
		return e[entryHead : entryHead+n : entryHead+n]
	}
	return e.longSeq(&x.long)
}

// Set replaces the entry of id. The sequence is copied.
func (x *Index) Set(id ID, v Entry) {
	x.set(id, v)
	x.touched(id, x.at(id))
}

func (x *Index) set(id ID, v Entry) {
	e := x.at(id)
	x.setSeq(e, v.Seq)
	w := e.word() &^ (flagRow | flagTombstone)
	if v.HasRow {
		w |= flagRow
	}
	if v.Tombstone {
		w |= flagTombstone
	}
	e.setWord(w)
	e.setHash(v.Hash)
	e.setLoc(v.Loc)
}

// SetLoc moves id's row.
func (x *Index) SetLoc(id ID, loc Loc) {
	e := x.at(id)
	e.setLoc(loc)
	x.touched(id, e)
}

// touched notes that an entry is not what it is on disk.
func (x *Index) touched(id ID, e entry) {
	if e.word()&flagChanged == 0 && x.kept.lists(x, id) {
		e.flag(flagChanged)
	}
	e.flag(flagDirty)
}

func (x *Index) setSeq(e entry, seq []byte) {
	w := e.word()
	was := e.seqLen()
	w &^= seqLenMask << seqLenShift
	if len(seq) <= e.room() {
		copy(e[entryHead:], seq)
		e.setWord(w | uint32(len(seq))<<seqLenShift)
		return
	}
	if len(seq) <= maxRoom {
		x.room = padded(len(seq)) // sequences of one table mostly have one width: the next key has room for it
	}
	if was == seqElsewhere {
		if held := x.seq(e); len(held) == len(seq) {
			copy(held, seq) // no garbage
			return
		}
	}
	ref, s := x.long.add(longLen + len(seq))
	if ref == 0 {
		x.pages.fail(ErrTooLarge)
		return
	}
	binary.LittleEndian.PutUint32(s, uint32(len(seq)))
	copy(s[longLen:], seq)
	binary.LittleEndian.PutUint32(e[entryHead:], ref)
	e.setWord(w | seqElsewhere<<seqLenShift)
}

// each visits every entry in memory, in the order in which keys were put.
func (x *Index) each(visit func(ID, entry) bool) {
	x.eachFrom(0, visit)
}

// eachFrom is each for the references that are not smaller than one.
func (x *Index) eachFrom(from uint64, visit func(ID, entry) bool) {
	for i, slab := range x.slabs.all {
		skip := min(offsetIn(from, i), len(slab))
		if i == 0 {
			skip = max(skip, min(noRecord, len(slab)))
		}
		more := walk(slab[skip:], func(at int, e entry) bool {
			return visit(ID(i<<(slabBits-unitBits)|(skip+at)>>unitBits), e)
		})
		if !more {
			return
		}
	}
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
