// Package merge decides what a change does to the row of its key: the rules of AUTO CDC as pure code, with no I/O and
// no clock.
//
// SCD type 1 needs the newest event of a key alone: SCD1 takes the facts of the key's current version and of the change,
// and the engine carries the verdict out. Where a row depends on more, Rules work on rows in parts form: Join makes one
// event of those of one sequence, Fold the versions of SCD type 2, and Apply the row of SCD type 1 with
// ignore_null_updates, by Registers. Rule numbers (R1, R5, …) are those of docs/reference/apply_changes.md.
package merge

import "bytes"

// Change is one event of an apply_changes flow, beside the row itself. Generated code fills it; its slices are reused
// for the next event.
type Change struct {
	Key     []byte // canonical bytes of the key columns (package value); comparable with bytes.Equal
	Seq     []byte // order-preserving bytes of the sequence; bytes.Compare is the order of events
	Delete  bool   // apply_as_deletes is TRUE (R6, R10)
	NullKey string // the key column that is NULL, "" for none (R4)
	NullSeq bool   // the sequence is NULL (R3)
	// Truncate is apply_as_truncates being TRUE (R28): a delete of every key below Seq. The key may be NULL.
	Truncate bool
}

// Reset makes c empty and keeps its memory.
func (c *Change) Reset() {
	*c = Change{Key: c.Key[:0], Seq: c.Seq[:0]}
}

// Current is what is known of a key before a change. Exists without Tombstone is a row; with Tombstone the key was
// deleted at Seq (R7).
type Current struct {
	Exists    bool
	Tombstone bool
	Seq       []byte
	Hash      uint64 // of the row's canonical encoding; 0 is unknown
}

// Verdict is what a change does.
type Verdict uint8

const (
	Insert    Verdict = iota + 1 // the key had no row and no tombstone: the change's row is stored
	Replace                      // the change's row takes the place of an older row
	Revive                       // the change's row is newer than the key's tombstone (R8)
	Delete                       // the row dies and a tombstone stays (R6, R7)
	Tombstone                    // no row: the tombstone is made or moves up (R7)
	Late                         // older than what the key has: nothing changes (R1, R7, R9)
	Duplicate                    // the very same event: nothing changes (R2)
	Tie                          // same sequence, and the rows are or may be different: see Resolve (R5)
	TieWon                       // same sequence as the tombstone: the upsert wins over it (R5)
	TieLost                      // a delete of the row's own sequence: the upsert wins over it (R5)
)

var verdictNames = [...]string{
	Insert: "insert", Replace: "replace", Revive: "revive", Delete: "delete", Tombstone: "tombstone", Late: "late",
	Duplicate: "duplicate", Tie: "tie", TieWon: "tie won", TieLost: "tie lost",
}

func (v Verdict) String() string { return verdictNames[v] }

// Stores reports whether the change's row is to be stored.
func (v Verdict) Stores() bool {
	return v == Insert || v == Replace || v == Revive || v == TieWon
}

// SCD1 judges ch against cur. hash is that of ch's row, never 0; a delete's is not looked at.
func SCD1(cur Current, ch *Change, hash uint64) Verdict {
	if !cur.Exists {
		if ch.Delete {
			return Tombstone
		}
		return Insert
	}
	switch c := bytes.Compare(ch.Seq, cur.Seq); {
	case c < 0:
		return Late
	case c > 0:
		return newer(cur.Tombstone, ch.Delete)
	case cur.Tombstone && ch.Delete:
		return Duplicate
	case cur.Tombstone:
		return TieWon
	case ch.Delete:
		return TieLost
	case cur.Hash == hash:
		return Duplicate
	}
	return Tie
}

func newer(tombstone, deletes bool) Verdict {
	switch {
	case tombstone && deletes:
		return Tombstone
	case tombstone:
		return Revive
	case deletes:
		return Delete
	}
	return Replace
}

// Resolve settles a Tie by the canonical encodings of the two rows: it reports whether the challenger takes the
// holder's place. same means that the rows are equal, so that the tie was a duplicate all along.
func Resolve(holder, challenger []byte) (wins, same bool) {
	c := bytes.Compare(challenger, holder)
	return c > 0, c == 0
}
