package flow

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/stream"
)

// Exit codes of a compiled pipeline.
const (
	ExitFine        = 0
	ExitData        = 1 // failed data, or a table that somebody else changed
	ExitUsage       = 2 // wrong usage, or a spec that does not fit the table
	ExitEnvironment = 3 // disk, permission, table owned
)

// ExitCode gives the exit code that err stands for. An error that says nothing of itself is the environment's.
func ExitCode(err error) int {
	if err == nil {
		return ExitFine
	}
	var coded interface{ exitCode() int }
	if errors.As(err, &coded) {
		return coded.exitCode()
	}
	var upgraded *delta.ProtocolError // by somebody else: it is their commit that stops us
	if errors.As(err, &upgraded) {
		return ExitData
	}
	return ExitEnvironment
}

// UsageError is a command that cannot be carried out as it was given.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }
func (e *UsageError) exitCode() int { return ExitUsage }

func usage(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// ContractError is a spec that does not fit the rows that a table holds.
type ContractError struct {
	Table       string
	Path        string
	Differences []contract.Difference
}

func (e *ContractError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "table %s (%s) was built by a spec that this one does not continue:", e.Table, e.Path)
	for _, d := range e.Differences {
		fmt.Fprintf(&b, "\n  %s: %s", d.Field, d.Message)
		if d.WayOut != "" {
			fmt.Fprintf(&b, "\n    way out: %s", d.WayOut)
		}
	}
	return b.String()
}

func (e *ContractError) exitCode() int { return ExitUsage }

// ForeignError is a commit of somebody else that changed a table's rows, schema or protocol.
type ForeignError struct {
	Table     string
	Path      string
	Version   int64
	Engine    string
	Operation string
	Keyed     bool
}

func (e *ForeignError) Error() string {
	by := e.Engine
	if by == "" {
		by = "an engine that did not name itself"
	}
	return fmt.Sprintf("table %s (%s): version %d was made by %s (%s) and changes rows or schema, which this pipeline does not know of; "+
		"way out: %s, or restore a copy of the table from before version %d",
		e.Table, e.Path, e.Version, by, e.Operation, wayOut(e.Table, e.Keyed), e.Version)
}

// wayOut of a table that is not as it was left.
func wayOut(table string, keyed bool) string {
	reset := "`reset " + table + "` wipes the table and reads its sources again"
	if keyed {
		return reset
	}
	return "`adopt " + table + "` takes its rows as they are and goes on, " + reset
}

func (e *ForeignError) exitCode() int { return ExitData }

// HistoryError is a table of which it cannot be told what others did to it.
type HistoryError struct {
	Table   string
	Path    string
	Last    int64 // the last version of ours
	Missing int64 // a version after it that the log does not have any more
	Keyed   bool
}

func (e *HistoryError) Error() string {
	return fmt.Sprintf("table %s (%s): others have made versions since this pipeline's last one (%d), and the log does not tell any more what version %d was; "+
		"way out: %s; keep the table's log (delta.logRetentionDuration) for longer than the pipeline stands still",
		e.Table, e.Path, e.Last, e.Missing, wayOut(e.Table, e.Keyed))
}

func (e *HistoryError) exitCode() int { return ExitData }

// BadRecordsError is a batch with records that cannot be rows, into a table with `on_bad_record: fail`.
type BadRecordsError struct {
	Table, Flow string
	Total       int64
	ByColumn    map[string]int64 // "" holds those of no single column
	First       string           // where the first one is, and why it is bad
}

func (e *BadRecordsError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "flow %s: %d bad records, and table %s has on_bad_record: fail; nothing of the batch was applied", e.Flow, e.Total, e.Table)
	for _, column := range slices.Sorted(maps.Keys(e.ByColumn)) {
		name := column
		if name == "" {
			name = "(whole record)"
		}
		fmt.Fprintf(&b, "\n  %s: %d", name, e.ByColumn[column])
	}
	fmt.Fprintf(&b, "\n  the first: %s", e.First)
	b.WriteString("\n  way out: repair the file, or set on_bad_record: quarantine, which sets such records aside; the next run goes on")
	return b.String()
}

func (e *BadRecordsError) exitCode() int { return ExitData }

// TieError is a tie in a table with `on_tie: fail`.
type TieError struct {
	Table, Flow string
	Record      string // where the later one is
}

func (e *TieError) Error() string {
	return fmt.Sprintf("flow %s: %s has the key and the sequence of another event and differs from it, and table %s has on_tie: fail; nothing of the batch was applied; "+
		"way out: repair the file, or set on_tie: count, which lets the same one of the two win whatever their order; the next run goes on",
		e.Flow, e.Record, e.Table)
}

func (e *TieError) exitCode() int { return ExitData }

// LostOffsetsError is a stream that does not have what a flow would read next.
type LostOffsetsError struct {
	Flow, Source string
	Reset        string // what a reset has to name
	Err          *stream.LostError
}

func (e *LostOffsetsError) Error() string {
	way := "run `reset " + e.Reset + "` to read the topic as it is now from its start"
	if e.Err.Removed {
		way = "on_lost_offsets: earliest on the source goes on with the first record that is there, without those that are lost, or " + way
	}
	return "flow " + e.Flow + ", source " + e.Source + ": " + e.Err.Error() + "; nothing was read past it; way out: " + way
}
func (e *LostOffsetsError) Unwrap() error { return e.Err }
func (e *LostOffsetsError) exitCode() int { return ExitData }

// SourceError is a source that cannot be read as it is.
type SourceError struct {
	Flow, Source string
	Err          error
}

func (e *SourceError) Error() string {
	return "flow " + e.Flow + ", source " + e.Source + ": " + e.Err.Error()
}
func (e *SourceError) Unwrap() error { return e.Err }
func (e *SourceError) exitCode() int { return ExitEnvironment }
