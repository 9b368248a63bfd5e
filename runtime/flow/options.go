package flow

import (
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/stream"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// Options say how to run a pipeline.
type Options struct {
	Data         string        // the folder that relative paths start from; "" is the working folder
	AvailableNow bool          // read what is there, commit, and return
	Wait         time.Duration // for other processes to give up a table
	Standby      bool          // wait for ever, and keep up with the owner meanwhile
	// Shared makes this process one of several that append to the tables that streams feed: a consumer group deals the
	// streams' partitions out among them.
	Shared bool
	// Drain is how long a run that was cancelled may take to commit what it has read; 0 is DefaultDrain. What goes on for
	// longer is for the caller to cut off.
	Drain    time.Duration
	Memory   int64        // bytes for buffers and key indexes, over all tables; 0 is DefaultMemory
	Target   string       // whose connection values to use
	FS       vfs.FS       // where tables and state are; nil is the machine's
	Observer observe.Sink // nil discards
	// Streams are read instead of those that sources of these names declare; nothing stands around their payloads.
	Streams map[string]stream.Source
	// Backlog is from how many bytes of files on a batch is read twice (ADR 23); 0 is DefaultBacklog, and what is negative
	// reads none twice. What tables hold does not depend on it.
	Backlog int64

	now        func() time.Time // tests set it, and:
	compaction delta.CompactPolicy
	lag        int64 // keys that snapshots of indexes may be behind, of whatever size
	partBytes  int   // of a part of a first pass
	surveyed   int64 // bytes that one may remember
	between    func(*batch)
}

// DefaultDrain is within the 30 s that a process is given by most who stop one.
const DefaultDrain = 25 * time.Second

// DefaultMemory is Options.Memory when it is 0.
const DefaultMemory = 1 << 30
