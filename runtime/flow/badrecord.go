package flow

import (
	"errors"

	"github.com/seamflow/seamflow/runtime/csvr"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/parquetr"
)

// badRecord wraps the reason why a record cannot be a row, to tell it from what stops a batch.
type badRecord struct{ err error }

func (e *badRecord) Error() string { return e.err.Error() }

var (
	errTooLong      = errors.New("the record is longer than the limit; only its start was kept")
	errNullSequence = errors.New("the sequence (sequence_by) is NULL")
)

type nullKeyError struct{ column string }

func (e *nullKeyError) Error() string { return "the key column " + e.column + " is NULL" }

// columnOf gives the column or field that a record is bad for, "" where it is no single one.
func columnOf(err error) string {
	switch e := err.(type) {
	case *nullKeyError:
		return e.column
	case *columnError:
		return e.column
	case *jsonr.Error:
		return e.Path
	case *csvr.Error:
		return e.Column
	case *parquetr.Error:
		return e.Path
	}
	return ""
}
