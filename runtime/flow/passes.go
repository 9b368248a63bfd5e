package flow

import (
	"errors"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/state"
)

// A backlog is read twice (ADR 23). The first pass makes rows of all records and stores none: it finds those that cannot
// matter, because the batch has a newer one of their key. The second is the same as without a first, over the others.

// parts cuts a file into parts, in the file's order. One goroutine at a time calls it.
type parts interface {
	// next makes p the next part of the file; false at the file's end. With errWhole the file turns out to be one that the
	// second pass has to read whole.
	next(p *part) (bool, error)
	Close() error
}

var errWhole = errors.New("the file is read once")

// scout looks at parts in a goroutine of its own.
type scout interface {
	// look notes each record of p, in the file's order, by offer, leaveOut or keep. An error is one of the file, not of a
	// record.
	look(p *part) error
}

// part is a stretch of a file's records, and what a scout has seen there.
type part struct {
	file   files.File
	number int    // of the part in its file, from 0
	bytes  int64  // of the file that it stands for
	data   []byte // its content, where parts has read it; the memory is used again
	at     int64  // where data begins in the file
	lines  int64  // of data
	hash   uint64 // of data

	kinds  []sight      // by record
	offers state.Offers // of the records that change their key; ordinals are numbers of records in the part
}

// sight is what a first pass sees in a record.
type sight uint8

const (
	unsure  sight = iota // the record is for the second pass
	changes              // it is a row, or a delete, of its key
	leftOut              // WHERE does not take it
)

// mostOffered bounds what a part holds of keys and sequences: a row group of a Parquet file may have any number of rows.
var mostOffered = 64 << 20

// offer notes a valid record that changes its key.
func (p *part) offer(ch *merge.Change) {
	if p.offers.Bytes()+len(ch.Key)+len(ch.Seq) > mostOffered {
		p.keep()
		return
	}
	p.offers.Add(ch.Key, ch.Seq, uint64(len(p.kinds)))
	p.kinds = append(p.kinds, changes)
}

// leaveOut notes a valid record that WHERE does not take.
func (p *part) leaveOut() { p.kinds = append(p.kinds, leftOut) }

// keep notes a record that only the second pass can judge: one that is bad, or a truncate.
func (p *part) keep() { p.kinds = append(p.kinds, unsure) }

// reset forgets what was seen and keeps the memory.
func (p *part) reset() {
	p.kinds = p.kinds[:0]
	p.offers.Reset()
}

// survivors are which records of a file matter after the first pass. nil is all of them.
type survivors struct {
	set      column.Bitset // of records, by their numbers in the file
	filtered int64         // of them, left out by WHERE
	late     int64         // older than what the table has
	lines    int64
	marks    []mark
}

// mark is where a part of a file lies, for a reader that passes over some.
type mark struct {
	at, bytes int64
	records   int   // before the part
	lines     int64 // likewise
	hash      uint64
}

// has reports whether record i, from 0, matters.
func (k *survivors) has(i int) bool { return k == nil || k.set.Has(i) }

// any reports whether one of the records from i up to and without j matters.
func (k *survivors) any(i, j int) bool {
	if k == nil {
		return i < j
	}
	return k.set.Any(i, j)
}

// tally counts the records that the first pass has settled.
func (k *survivors) tally(c *observe.Counts) {
	if k == nil {
		return
	}
	gone := int64(k.set.Len() - k.set.Count())
	c.Read += gone
	c.Filtered += k.filtered
	c.Late += k.late
	c.Deduplicated += gone - k.filtered - k.late
}
