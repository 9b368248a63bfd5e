package state

import (
	"bytes"
	"encoding/binary"
)

// Newest tells of many offers which is the newest of its key. It is made for a batch and thrown away after it: unlike an
// Index it knows no rows, no files and no disk, and takes no more memory than it is given.
//
// Keys are told apart by their bytes. Hashes are seeded per process, so that nobody can make keys that collide; no verdict
// depends on the seed.
type Newest struct {
	slots slots
	slabs slabs
	limit int64
	sum   uint64 // of what was touched: the loads must not be optimised away
}

// Verdict is what an offer is to what was offered of its key before.
type Verdict uint8

const (
	First   Verdict = iota // there was none
	Newer                  // Previous has a smaller sequence, and this one stands in its place
	Older                  // Previous has a greater sequence
	Same                   // Previous has the same sequence, and stands
	Refused                // nothing is known: there is no room, or key or sequence are too long
)

// Judged is the answer to an offer. Previous is the ordinal of the offer that stood for the key when this one came; it has
// none if it is First or Refused.
type Judged struct {
	Verdict  Verdict
	Previous uint64
}

// What a Newest takes. Anything longer is refused.
const (
	MaxOfferKey = 1<<keyLenBits - 1
	MaxOfferSeq = 1<<seqLenBits - 1
	MaxOrdinal  = 1<<(64-keyLenBits-2*seqLenBits) - 1
)

// An offer is held as a word of its ordinal and of lengths, sequence and key.
const (
	keyLenBits = 12
	seqLenBits = 6
	offerHead  = 8
)

// NewNewest gives an empty one that takes up to limit bytes.
func NewNewest(limit int64) *Newest { return &Newest{limit: limit} }

// Len is the number of keys.
func (n *Newest) Len() int { return n.slots.count }

// Bytes is the memory held.
func (n *Newest) Bytes() int64 { return n.slots.bytes + n.slabs.bytes }

// pipeline is how many offers are looked up together, so that their waits for memory overlap.
const pipeline = 32

// Offer judges all offers, in order, and appends the answers to into.
func (n *Newest) Offer(o *Offers, into []Judged) []Judged {
	for from := 0; from < len(o.ends); from += pipeline {
		end := min(from+pipeline, len(o.ends))
		n.sum += touchAll(&n.slots, &n.slabs, o.hashes[from:end])
		for i := from; i < end; i++ {
			key, seq := o.At(i)
			into = append(into, n.offer(key, seq, o.hashes[i], o.ordinals[i]))
		}
	}
	return into
}

func (n *Newest) offer(key, seq []byte, hash, ordinal uint64) Judged {
	if len(key) > MaxOfferKey || len(seq) > MaxOfferSeq || ordinal > MaxOrdinal {
		return Judged{Verdict: Refused}
	}
	s := n.slots.seek(hash)
	for ref, ok := s.next(); ok; ref, ok = s.next() {
		if o := offered(n.slabs.get(ref)); bytes.Equal(o.key(), key) {
			return n.compare(&s, o, seq, hash, ordinal)
		}
	}
	ref := n.hold(hash, key, seq, ordinal)
	if ref == 0 {
		return Judged{Verdict: Refused}
	}
	n.slots.insert(hash, ref)
	return Judged{Verdict: First}
}

// compare judges an offer of a key that o stands for; s has just found it.
func (n *Newest) compare(s *seek, o offered, seq []byte, hash, ordinal uint64) Judged {
	was := Judged{Previous: o.ordinal()}
	switch c := bytes.Compare(seq, o.seq()); {
	case c < 0:
		was.Verdict = Older
	case c > 0 && len(seq) <= o.seqRoom():
		was.Verdict = Newer
		o.set(o.keyLen(), len(seq), o.seqRoom(), ordinal)
		copy(o.seq(), seq)
	case c > 0:
		was.Verdict = Newer
		ref := n.hold(hash, o.key(), seq, ordinal)
		if ref == 0 {
			return Judged{Verdict: Refused}
		}
		s.point(ref)
	default:
		was.Verdict = Same
	}
	return was
}

// hold makes an offer that stands, 0 without room.
func (n *Newest) hold(hash uint64, key, seq []byte, ordinal uint64) uint32 {
	size := offerHead + len(seq) + len(key)
	if n.slots.bytes+n.slots.room(hash)+n.slabs.bytes+n.slabs.room(size) > n.limit {
		return 0
	}
	ref, rec := n.slabs.add(size)
	if ref != 0 {
		o := offered(rec)
		o.set(len(key), len(seq), len(seq), ordinal)
		copy(o.seq(), seq)
		copy(o.key(), key)
	}
	return ref
}

// offered is an offer as it is held; others may stand behind it.
type offered []byte

func (o offered) word() uint64    { return binary.LittleEndian.Uint64(o) }
func (o offered) keyLen() int     { return int(o.word() & MaxOfferKey) }
func (o offered) seqLen() int     { return int(o.word() >> keyLenBits & MaxOfferSeq) }
func (o offered) seqRoom() int    { return int(o.word() >> (keyLenBits + seqLenBits) & MaxOfferSeq) }
func (o offered) ordinal() uint64 { return o.word() >> (keyLenBits + 2*seqLenBits) }
func (o offered) seq() []byte     { return o[offerHead : offerHead+o.seqLen()] }

func (o offered) key() []byte {
	at := offerHead + o.seqRoom()
	return o[at : at+o.keyLen()]
}

func (o offered) set(key, seq, room int, ordinal uint64) {
	word := ordinal<<(keyLenBits+2*seqLenBits) | uint64(room)<<(keyLenBits+seqLenBits) | uint64(seq)<<keyLenBits | uint64(key)
	binary.LittleEndian.PutUint64(o, word)
}
