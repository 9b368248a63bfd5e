// Package debezium reads the envelope of Debezium's change events as JSON: what happened, where in the source's log, and
// which part of the record is the row. The row itself is left to the record's own decoder.
//
// It takes the bytes of one record, from whatever source; package flow hands them in.
package debezium

import "github.com/seamflow/seamflow/runtime/value"

// Event is what an envelope says beside the row. Its texts may share the record's memory or the Reader's: they are valid
// until the next Read, and as long as the record's bytes stay as they are.
type Event struct {
	Op               string           // Create, Update, Delete, Snapshot or Truncate
	TsMs, TsUs, TsNs value.Opt[int64] // when the connector took the event
	Source           Source
}

// Source is where an event comes from. Each connector fills its own part; the rest is NULL.
type Source struct {
	TsMs, TsUs, TsNs     value.Opt[int64]  // when the database made the change
	Lsn                  value.Opt[int64]  // PostgreSQL
	File                 value.Opt[string] // MySQL, MariaDB
	Pos, Row             value.Opt[int64]  // MySQL, MariaDB
	Scn, CommitScn       value.Opt[string] // Oracle: digits
	Ssn                  value.Opt[int64]  // Oracle
	ChangeLsn, CommitLsn value.Opt[string] // SQL Server, Db2
	EventSerialNo        value.Opt[int64]  // SQL Server
	Sequence             value.Opt[string]
	TxID                 value.Opt[string]
	Snapshot             value.Opt[string]
	DB, Schema, Table    value.Opt[string]
}

// Values of Event.Op, and Message, which no row comes from.
const (
	Create   = "c"
	Update   = "u"
	Delete   = "d"
	Snapshot = "r"
	Truncate = "t"
	Message  = "m"
)

// Image says what of a row an event has.
type Image uint8

const (
	// None is no event of a row: a tombstone, or a logical message.
	None Image = iota
	// Whole is a row as it is after the event.
	Whole
	// Key is what a delete knows of its row: all of it, or no more than its key.
	Key
	// Empty is a truncate, which speaks of no row.
	Empty
)
