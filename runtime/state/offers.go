package state

import (
	"math/rand/v2"

	"github.com/zeebo/xxh3"
)

// Offers are offers to a Newest, in arrays. They can be added by another goroutine than the one that owns the Newest, and
// carry the hashes of their keys from there.
type Offers struct {
	bytes    []byte // key and sequence, one offer after another
	ends     []offerEnds
	hashes   []uint64 // of keys
	ordinals []uint64
}

type offerEnds struct{ key, seq uint32 }

// Len is the number of offers.
func (o *Offers) Len() int { return len(o.ends) }

// Bytes is how much the keys and sequences take.
func (o *Offers) Bytes() int { return len(o.bytes) }

// Begin adds from to the ordinals of all offers: whoever adds offers may count them from 0.
func (o *Offers) Begin(from uint64) {
	for i := range o.ordinals {
		o.ordinals[i] += from
	}
}

// Ordinal gives the ordinal of an offer.
func (o *Offers) Ordinal(i int) uint64 { return o.ordinals[i] }

// Reset forgets all offers and keeps the memory.
func (o *Offers) Reset() {
	o.bytes, o.ends, o.hashes, o.ordinals = o.bytes[:0], o.ends[:0], o.hashes[:0], o.ordinals[:0]
}

// Add appends an offer: key and sequence, which are copied, and a number that tells it from the others.
func (o *Offers) Add(key, seq []byte, ordinal uint64) {
	o.bytes = append(append(o.bytes, key...), seq...)
	end := uint32(len(o.bytes))
	o.ends = append(o.ends, offerEnds{end - uint32(len(seq)), end})
	o.hashes = append(o.hashes, xxh3.HashSeed(key, seed))
	o.ordinals = append(o.ordinals, ordinal)
}

// At gives key and sequence of an offer; they alias it.
func (o *Offers) At(i int) (key, seq []byte) {
	from := uint32(0)
	if i > 0 {
		from = o.ends[i-1].seq
	}
	e := o.ends[i]
	return o.bytes[from:e.key], o.bytes[e.key:e.seq]
}

// seed is that of the hashes which offers carry.
var seed = rand.Uint64()
