package flow

import (
	"time"

	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// Options say how to run a pipeline.
type Options struct {
	Data         string        // the folder that relative paths start from; "" is the working folder
	AvailableNow bool          // read what is there, commit, and return
	Wait         time.Duration // for another process to give up a table
	Memory       int64         // bytes for buffers and key indexes, over all tables; 0 is DefaultMemory
	Target       string        // whose connection values to use
	FS           vfs.FS        // where tables and state are; nil is the machine's
	Observer     observe.Sink  // nil discards
}

// DefaultMemory is Options.Memory when it is 0.
const DefaultMemory = 1 << 30

// Summary is what a run did.
type Summary struct {
	Pipeline string         `json:"pipeline"`
	Took     time.Duration  `json:"took_ns"`
	Tables   []TableSummary `json:"tables"`
}

// TableSummary is one table as it stands, with what the run did by flow.
type TableSummary struct {
	Name        string        `json:"name"`
	Path        string        `json:"path"`
	Version     int64         `json:"version"` // -1: not created
	Rows        int64         `json:"rows"`
	Files       int           `json:"files"`
	Bytes       int64         `json:"bytes"`
	Commits     int           `json:"commits"`     // made by this run
	Quarantined int64         `json:"quarantined"` // records in the quarantine table
	Flows       []FlowSummary `json:"flows"`
}
