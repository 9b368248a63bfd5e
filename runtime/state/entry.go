package state

import "encoding/binary"

// entry is what the index holds of a key, in one piece, so that a look waits for memory once: a word of flags and lengths,
// the row's place and hash, room for a sequence, and the key. Others stand behind it.
type entry []byte

// The word that an entry begins with.
const (
	flagRow       = 1 << 31
	flagTombstone = 1 << 30
	flagPaged     = 1 << 29 // a run knows the key
	flagDirty     = 1 << 28 // and what it knows is out of date
	flagChanged   = 1 << 27 // since the last snapshot, and listed as such

	seqLenShift  = 21
	seqLenMask   = 63
	seqElsewhere = 63 // as a length: the sequence is too long for its room, which holds a reference
	roomShift    = 17 // in units of four bytes
	roomMask     = 15
	keyLenMask   = 1<<17 - 1
	keyIsLong    = keyLenMask // as a length: the key begins with its length
)

const (
	entryHead = 20
	longLen   = 4
	maxRoom   = 32
)

func (e entry) word() uint32     { return binary.LittleEndian.Uint32(e) }
func (e entry) setWord(w uint32) { binary.LittleEndian.PutUint32(e, w) }
func (e entry) flag(f uint32)    { e.setWord(e.word() | f) }
func (e entry) hash() uint64     { return binary.LittleEndian.Uint64(e[12:]) }
func (e entry) setHash(h uint64) { binary.LittleEndian.PutUint64(e[12:], h) }

func (e entry) loc() Loc {
	return Loc{File: binary.LittleEndian.Uint32(e[4:]), Row: binary.LittleEndian.Uint32(e[8:])}
}

func (e entry) setLoc(loc Loc) {
	binary.LittleEndian.PutUint32(e[4:], loc.File)
	binary.LittleEndian.PutUint32(e[8:], loc.Row)
}

func (e entry) room() int { return int(e.word()>>roomShift&roomMask) << 2 }

func (e entry) seqLen() int { return int(e.word() >> seqLenShift & seqLenMask) }

// longSeq gives the sequence of an entry that has it elsewhere.
func (e entry) longSeq(long *slabs) []byte {
	s := long.get(binary.LittleEndian.Uint32(e[entryHead:]))
	n := int(binary.LittleEndian.Uint32(s)) + longLen
	return s[longLen:n:n]
}

// key gives the key's bytes.
func (e entry) key() []byte {
	at := entryHead + e.room()
	n := int(e.word() & keyLenMask)
	if n == keyIsLong {
		n = int(binary.LittleEndian.Uint32(e[at:]))
		at += longLen
	}
	return e[at : at+n : at+n]
}

func (e entry) size() int {
	n := int(e.word() & keyLenMask)
	if n == keyIsLong {
		n = int(binary.LittleEndian.Uint32(e[entryHead+e.room():])) + longLen
	}
	return padded(entryHead + e.room() + n)
}

// walk visits the entries that stand one after another in b, with the place of each.
func walk(b []byte, visit func(at int, e entry) bool) bool {
	for at := 0; at < len(b); {
		e := entry(b[at:])
		if !visit(at, e) {
			return false
		}
		at += e.size()
	}
	return true
}

func entrySize(room, key int) int {
	if key >= keyIsLong {
		key += longLen
	}
	return entryHead + room + key
}

// begin makes e an entry of a key that nothing is known of.
func (e entry) begin(room int, key []byte) {
	clear(e[:entryHead+room])
	at, n := entryHead+room, len(key)
	if n >= keyIsLong {
		binary.LittleEndian.PutUint32(e[at:], uint32(n))
		at, n = at+longLen, keyIsLong
	}
	e.setWord(uint32(room>>2<<roomShift | n))
	copy(e[at:], key)
}
