package flow

import (
	"bytes"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/state"
	"github.com/seamflow/seamflow/runtime/value"
)

// keyed is what a batch into a table of apply_changes knows beside the rows: which of them hold their key, which died.
//
// The index is changed as records come. Until the commit it therefore tells of rows that nobody else may see; a batch
// that is abandoned takes the index with it (see worker.abandon).
type keyed struct {
	index  *state.Index
	counts *observe.Counts
	owners []state.ID    // key of each buffered row
	live   column.Bitset // of the buffered rows
	killed int
	graves map[uint32]*grave // by the index's number of the file
	first  uint32            // the index's number of the batch's first file
	mark   uint32            // what tombstones of this batch carry, see mine
	part   uint64            // of the batch: it grows when the index is paged out
	tombs  []state.ID        // keys that a record of this part of the batch deleted; see buried
	ties   []tie
	failOn bool      // a tie stops the batch
	broken *position // the first such tie
	at     position  // of the record at hand

	truncated       []byte // sequence of the greatest truncate of the batch, nil for none
	truncatedBefore []byte // and of the table before it
}

// Numbers of files that are none. The index's own numbers count from 0.
const (
	buffered  = math.MaxUint32     // the row is in the buffers
	entombed  = math.MaxUint32 - 1 // Loc of a tombstone that a batch made: Row is the batch's mark, Hash the part
	firstNone = math.MaxUint32 - 2
)

// closed owns rows that no key leads to: versions of extracts that have an end.
const closed = state.ID(math.MaxUint32)

// newKeyed begins a batch on top of a version of the table. The version marks its tombstones: the index does not come to
// the same one twice with what a batch has told it.
func newKeyed(index *state.Index, version int64, counts *observe.Counts, failOnTie bool) *keyed {
	return &keyed{
		index: index, counts: counts, graves: map[uint32]*grave{}, first: firstNone, failOn: failOnTie,
		mark: uint32(version),
	}
}

// mine reports whether e was set by this batch.
func (k *keyed) mine(e *state.Entry) bool {
	if e.HasRow {
		return e.Loc.File == buffered || e.Loc.File >= k.first
	}
	return e.Tombstone && e.Loc == state.Loc{File: entombed, Row: k.mark}
}

// rowHash is the hash of a row's canonical encoding; 0 stands for unknown and is never one.
func rowHash(enc []byte) uint64 {
	if h := value.Hash(enc); h != 0 {
		return h
	}
	return 1
}

// older reports whether ch cannot change anything, so that its row need not be hashed.
func older(e *state.Entry, ch *merge.Change) bool {
	return (e.HasRow || e.Tombstone) && bytes.Compare(ch.Seq, e.Seq) < 0
}

// judge applies ch to the index and reports whether its row is to be appended to the buffers.
func (k *keyed) judge(id state.ID, e *state.Entry, ch *merge.Change, hash uint64) (stores bool) {
	v := merge.SCD1(merge.Current{Exists: e.HasRow || e.Tombstone, Tombstone: e.Tombstone, Seq: e.Seq, Hash: e.Hash}, ch, hash)
	mine := k.mine(e)
	switch v {
	case merge.Late:
		k.pass(mine)
	case merge.Duplicate:
		k.counts.Deduplicated++
	case merge.TieLost:
		k.tie(k.at)
		k.pass(mine)
	case merge.Tie:
		k.candidate(id, ch.Seq, hash)
		return true
	case merge.TieWon:
		k.tie(k.at)
		fallthrough
	case merge.Insert, merge.Replace, merge.Revive:
		k.replaced(e, mine)
		k.counts.Upserted++
		k.index.Set(id, state.Entry{Seq: ch.Seq, Hash: hash, HasRow: true, Loc: k.push(id)})
		return true
	case merge.Delete, merge.Tombstone:
		k.replaced(e, mine)
		k.counts.Deleted++
		if !mine || !k.buried(e) { // else the key is among them
			k.tombs = append(k.tombs, id)
		}
		k.index.Set(id, state.Entry{Seq: ch.Seq, Tombstone: true, Loc: state.Loc{File: entombed, Row: k.mark}, Hash: k.part})
	}
	return false
}

// pass counts a record that changes nothing because of what its key holds.
func (k *keyed) pass(mine bool) {
	if mine {
		k.counts.Deduplicated++
	} else {
		k.counts.Late++
	}
}

// replaced takes e's row away, and back the count of the record that made e if this batch read it.
func (k *keyed) replaced(e *state.Entry, mine bool) {
	if mine {
		k.counts.Deduplicated++
		if e.HasRow {
			k.counts.Upserted--
		} else {
			k.counts.Deleted--
		}
	}
	if e.HasRow {
		k.kill(e.Loc)
	}
}

func (k *keyed) kill(loc state.Loc) {
	if loc.File == buffered {
		k.live.Clear(int(loc.Row))
		k.killed++
		return
	}
	g := k.graves[loc.File]
	if g == nil {
		g = &grave{}
		k.graves[loc.File] = g
	}
	g.add(loc.Row)
}

// grave is the rows of a file that died. They come in any order, and a bitmap wants them sorted.
type grave struct {
	rows   roaring.Bitmap
	recent []uint32 // that are not in rows yet
}

const mostRecent = 1 << 16

func (g *grave) add(row uint32) {
	if g.recent = append(g.recent, row); len(g.recent) == mostRecent {
		g.all()
	}
}

// all gives the rows. The bitmap is the grave's own, and changes with it.
func (g *grave) all() *roaring.Bitmap {
	slices.Sort(g.recent)
	g.rows.AddMany(g.recent)
	g.recent = g.recent[:0]
	return &g.rows
}

// push makes id the owner of the row that is appended next.
func (k *keyed) push(id state.ID) state.Loc {
	row := len(k.owners)
	k.owners = append(k.owners, id)
	k.live.Append(true)
	return state.Loc{File: buffered, Row: uint32(row)}
}

func (k *keyed) tie(at position) {
	k.counts.Tied++
	if k.failOn && k.broken == nil {
		k.broken = &at
	}
}

// buried reports whether e is a tombstone that this part of the batch made, and whose key is among tombs therefore.
func (k *keyed) buried(e *state.Entry) bool {
	return e.Tombstone && k.mine(e) && e.Hash == k.part
}
