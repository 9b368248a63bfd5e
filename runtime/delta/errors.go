package delta

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// What callers tell apart with errors.Is.
var (
	// ErrNotExist is a folder that is missing or empty: a table can be made there.
	ErrNotExist = errors.New("no table")
	// ErrExist is what Create fails with where a table is already.
	ErrExist = errors.New("there is a table already")
	// ErrNotDelta is a path that holds something else.
	ErrNotDelta = errors.New("not a Delta table")
	// ErrConflict is a commit that was not made because the table is not what the caller took it for: somebody else's
	// version came first, or a domain of Tx.Expect has another value. Refresh, and derive the commit anew.
	ErrConflict = errors.New("the table has changed")
	// ErrUnclear is a commit that may or may not have been made: the disk failed and could not be asked. The handle
	// stands where it stood before; Refresh shows which it was.
	ErrUnclear = errors.New("it is unclear whether the commit was made")
)

// OwnedError is a table that another process owns, or several others.
type OwnedError struct {
	Dir string
	Owner
	Others int // that share the table with it
}

func (e *OwnedError) Error() string {
	since := ""
	if e.PID != 0 {
		since = " since " + e.Since.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("table %s is owned by %s%s; stop it, or wait for it with --wait", e.Dir, e.Who(), since)
}

// Who names the other process, as far as it has told, and says how many there are beside it.
func (e *OwnedError) Who() string {
	who := e.Owner.String()
	switch {
	case e.Others == 1:
		who += " and another process"
	case e.Others > 1:
		who += fmt.Sprintf(" and %d others", e.Others)
	}
	return who
}

// String names the process.
func (o Owner) String() string {
	if o.PID == 0 {
		return "another process"
	}
	who := fmt.Sprintf("process %d on %s", o.PID, o.Host)
	if o.Pipeline != "" {
		who += " (pipeline " + o.Pipeline + ")"
	}
	return who
}

// ProtocolError is a table that needs what this store does not do.
type ProtocolError struct {
	Dir     string
	Version int64
	Feature string // as Delta names it, or a protocol version
	By      string // who made the version and how, where that is known: "engine (operation)"
}

func (e *ProtocolError) Error() string {
	by := ""
	if e.By != "" {
		by = ", made by " + e.By
	}
	return fmt.Sprintf("table %s needs %s since version %d%s, which Seamflow does not support; "+
		"restore the table from before that version, or write to another path", e.Dir, e.Feature, e.Version, by)
}

// DamagedError is a file of the table that is missing or does not hold what it must.
type DamagedError struct {
	File   string
	Line   int // 0 is the file as a whole
	Reason string
	Err    error
}

func (e *DamagedError) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	return where + ": " + e.Reason + "; restore it from a copy of the table, or rebuild the table with `reset`"
}

func (e *DamagedError) Unwrap() error { return e.Err }

// damaged makes a DamagedError of err, but for a disk that cannot be read: that says nothing of what it holds.
func damaged(file, what string, err error) error {
	var disk *fs.PathError
	if errors.As(err, &disk) && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return &DamagedError{File: file, Reason: what + ": " + err.Error(), Err: err}
}
