// Package observe holds what a running pipeline says of itself: counts, progress and events. The engine (package flow)
// makes them; package app prints them.
package observe

import "time"

// Counts are one flow's records. Read is the sum of the others but Tied, which counts some of them again.
type Counts struct {
	Read         int64 `json:"rows_read"`
	Filtered     int64 `json:"rows_filtered"`     // WHERE was not TRUE
	Dropped      int64 `json:"rows_dropped"`      // left out by an expectation
	Appended     int64 `json:"rows_appended"`     // append flows
	Upserted     int64 `json:"rows_upserted"`     // stored as the newest of their key
	Deleted      int64 `json:"rows_deleted"`      // newest of their key, and deletes
	Deduplicated int64 `json:"rows_deduplicated"` // exact repeats, and those that a newer one of the same commit replaced
	Late         int64 `json:"rows_late"`         // older than what the table held
	Quarantined  int64 `json:"rows_quarantined"`
	Tied         int64 `json:"rows_tied"` // same key and sequence as another, different row
	// Removed are rows of the table that no record of theirs took away: those that an extract does not have.
	Removed int64 `json:"rows_removed,omitempty"`
}

// Add adds d to c.
func (c *Counts) Add(d Counts) {
	c.Read += d.Read
	c.Filtered += d.Filtered
	c.Dropped += d.Dropped
	c.Appended += d.Appended
	c.Upserted += d.Upserted
	c.Deleted += d.Deleted
	c.Deduplicated += d.Deduplicated
	c.Late += d.Late
	c.Quarantined += d.Quarantined
	c.Tied += d.Tied
	c.Removed += d.Removed
}

// Balanced reports whether every record that was read is accounted for.
func (c Counts) Balanced() bool {
	return c.Read == c.Filtered+c.Dropped+c.Appended+c.Upserted+c.Deleted+c.Deduplicated+c.Late+c.Quarantined
}

// Progress is how far a flow is within what it sees now.
type Progress struct {
	Table, Flow string
	FilesDone   int
	FilesSeen   int
	BytesDone   int64 // as stored, compressed ones too
	BytesSeen   int64
	Rows        int64
	// Of streams: offsets of what this run was to read at first and what came since, and those it has read.
	RecordsDone int64
	RecordsSeen int64
}

// Lag is what is left of streams.
func (p Progress) Lag() int64 { return max(p.RecordsSeen-p.RecordsDone, 0) }

// Commit is one new version of a table.
type Commit struct {
	Table   string
	Version int64
	Flow    string
	Counts  Counts
	// Violated counts records that did not meet an expectation, by "tables.orders.NAME"; those with any.
	Violated map[string]int64
	Judged   []Judged // the expectations of the flow, met or not
	Changes  bool     // the table is one of apply_changes
	Took     time.Duration
	At       time.Time
	Files    int64 // that were read to their end
	Bytes    int64 // of files as stored, and of messages
	Fresh    Freshness
	Ages     *Histogram // what Fresh sums up; nil where the commit has no records. Sinks only read it.
	Backlog  Backlog    // of the flow, after the commit
	Streams  bool       // the flow reads streams
}

// Judged says how many records of a commit met an expectation, and how many did not. Among those that met it are none that
// were filtered, bad for another reason, or left out by an expectation before it.
type Judged struct {
	Owner  string // "views.orders", "tables.orders"
	Name   string
	Passed int64
	Failed int64
}

// Level is an Event's weight.
type Level uint8

const (
	Info Level = iota
	Warn
)

// Event is something that an operator may want to know: a flow that starts or completes, a file that changed, a state
// that is rebuilt.
type Event struct {
	Level   Level
	Table   string
	Flow    string
	Message string
}

// Sink takes what a run says. Its methods are called from several goroutines, must not block, and may be called often
// (Progress about ten times a second).
type Sink interface {
	Progress(Progress)
	Commit(Commit)
	Event(Event)
}

// Discard is the Sink that keeps nothing.
type Discard struct{}

func (Discard) Progress(Progress) {}
func (Discard) Commit(Commit)     {}
func (Discard) Event(Event)       {}

// Tee is the Sink that hands on to each of several.
type Tee []Sink

func (t Tee) Progress(p Progress) {
	for _, s := range t {
		s.Progress(p)
	}
}

func (t Tee) Commit(c Commit) {
	for _, s := range t {
		s.Commit(c)
	}
}

func (t Tee) Event(e Event) {
	for _, s := range t {
		s.Event(e)
	}
}
