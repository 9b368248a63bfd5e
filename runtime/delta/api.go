// Package delta is the table store: Delta tables on a local disk, written and read without an engine. It holds the log,
// commits, deletion vectors, data files, the merge log's files and row fetch; package column has the columns.
//
// A commit is one atomic step of rows, domains (where the engine keeps its progress) and merge log: everything it names
// is on disk before link(2) puts its file into the log, and a commit that was acknowledged survives a crash of the machine.
//
// A Table is a handle of one goroutine. Data files of one handle may be written at the same time.
package delta

import (
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// Version is the release that stands in engineInfo of every commit.
const Version = "0.1.0"

// NewTable is what Create makes a table of.
type NewTable struct {
	Schema        column.Schema
	Name, Comment string
	Keyed         bool // rows are updated: deletion vectors, protocol (3,7); else appended only, (1,7)
	Rewrite       bool // keyed, and where rows die their files are written anew: no deletion vectors, (1,7)
	PartitionBy   []string
	Domains       map[string]string
	Configuration map[string]string
	Operation     string // of the first commit; "" is CREATE TABLE
}

// File is a data file of the table's present state.
type File struct {
	Path    string // relative to the table, slash-separated, decoded
	Size    int64
	Rows    int64 // dead ones included; -1 when whoever wrote it left it out
	Dead    int64 // rows that the deletion vector takes away
	Stats   string
	ModTime time.Time
	// Partition holds a value for each of the table's partition columns, nil where it has none.
	Partition Partition

	raw    string // as the log spells it
	tags   map[string]string
	vector *dvDescriptor
	dead   *roaring.Bitmap // vector, once it was read
}

// AddFile is a written and synced file that a commit may add. It is plain data: it can be stored in a domain and
// committed later, by another process too.
type AddFile struct {
	Path      string    `json:"path"`
	Size      int64     `json:"size"`
	Rows      int64     `json:"rows"`
	Stats     string    `json:"stats,omitempty"`
	ModTime   time.Time `json:"modTime"`
	Partition Partition `json:"partition,omitempty"`

	// Deleted are rows that are dead before the commit. A file with no other rows is not added at all.
	Deleted *roaring.Bitmap `json:"-"`
}

// Tx is one commit. Everything in it happens, or nothing.
type Tx struct {
	// Adds are files of DataFile.Close. One whose path the table has or once had is left out: committing a stored
	// AddFile twice adds its rows once.
	Adds []AddFile
	// Deletes are further dead rows by path. A file whose every row is dead is removed.
	Deletes map[string]*roaring.Bitmap
	Removes []string
	// Domains are set; "" removes one.
	Domains map[string]string
	// Expect are configurations that domains must still have, "" for absent, whatever versions came in between.
	Expect map[string]string
	// MergeAdds go to the merge log. With MergeReplace they are all of it.
	MergeAdds    []MergeFile
	MergeReplace bool
	AddColumns   column.Schema
	// Widen are columns with wider types than they have: see Table.Widen, which is its only maker.
	Widen column.Schema
	// Reset makes the table as if new: no rows, no domains but those given here and in Domains, this schema. Its ID
	// stays. Adds of the same commit are in.
	Reset *NewTable
	// EnableVectors makes of a table whose files are written anew (NewTable.Rewrite) one with deletion vectors.
	EnableVectors bool
	// Guarded is for tables that other engines work on as well: the commit leaves a Mark, and is not made (ErrConflict)
	// when a file of Adds is gone. Rows of a keyed table were compared with those that are there: such a commit does not
	// follow a version, unseen, that brings rows or merge log entries.
	Guarded   bool
	Operation string
	Metrics   map[string]string
	Timestamp time.Time // zero is now

	// Moved is set by Commit: where the rows went of files that were written anew, some of Adds among them.
	Moved []Move

	rearranges bool // no row changes: dataChange is false
}

// Commit is a version of the log, as Refresh reports it.
type Commit struct {
	Version   int64
	UUID      string // of ours; of others a hash of the log file
	Ours      bool   // made by a Seamflow handle
	Engine    string
	Operation string
	Timestamp time.Time
	Adds      []*File                    // new files
	Removes   []string                   // files that are gone
	Deletes   map[string]*roaring.Bitmap // rows that died in files that stay
	Domains   map[string]string          // that were set; "" was removed
	Metadata  bool                       // schema or configuration were set
	Protocol  bool
	Reshaped  bool // the table's Shape changed; not known of a version by itself (CommitAt)
	// DataChange is false for a commit that only rearranges rows (OPTIMIZE) or holds none.
	DataChange bool
}

// MergeKind says what a merge log entry is of.
type MergeKind uint8

// The kinds. The first three are of a key: of its entries the one with the greatest (Seq, Gen, Kind) wins. The others are
// of an event, which is a sequence of a key: there the greatest (Gen, Kind) wins.
const (
	Tombstone   MergeKind = iota + 1 // the key was deleted at Seq
	Sequence                         // the key's row has this sequence, which is not among its columns
	Registers                        // Payload says who authored what of the key's row, whose sequence is Seq
	EventUpsert                      // the key was upserted at Seq
	EventDelete                      // it was deleted at Seq
	EventBoth                        // both
)

// MergeEntry is what the merge log remembers of a key. Its slices are valid during the call that gets it.
type MergeEntry struct {
	Key, Seq []byte
	Kind     MergeKind
	Payload  []byte // empty for none
	Gen      int64  // orders the batches that wrote of the same thing; 0 where that does not matter
	At       int64  // when its commit was made, in microseconds since 1970; 0 is unknown
}

// MergeFile names a file of the merge log.
type MergeFile struct {
	Name  string `json:"name"` // within _seamflow/merge
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
	Sum   string `json:"sum"` // xxh3-128 of the content, in hex
}
