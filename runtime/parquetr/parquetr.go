// Package parquetr is what generated code and the engine share of Parquet files: records that are filled from columns.
// The reading itself is column.Scan's.
package parquetr

import (
	"strconv"

	"github.com/seamflow/seamflow/runtime/delta/column"
)

// Records fills records from the columns of Parquet files. Generated code has one for each record type that a source of
// such files holds.
type Records[S any] interface {
	Scan() *column.Scan
	// Read sets s to the row at the cursors, and advances. It is good until the next batch.
	Read(s *S)
}

// Error says why a row is no record.
type Error struct {
	Path   string // of the value: lineItems[2].price
	Reason string
	Group  int   // row group, from 0
	Row    int64 // in the file, from 1
}

func (e *Error) Error() string {
	return e.Path + ": " + e.Reason + " (row " + strconv.FormatInt(e.Row, 10) + ", row group " + strconv.Itoa(e.Group) + ")"
}

// Why gives the fault of a row of the scan's batch that is bad.
func Why(s *column.Scan, row int) *Error {
	path, reason := s.Why(row)
	return &Error{Path: path, Reason: reason, Group: s.Group(), Row: s.First() + int64(row) + 1}
}
