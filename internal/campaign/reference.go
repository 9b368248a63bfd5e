package campaign

import (
	"cmp"
	"slices"
	"strings"
)

// This file is the rules of apply_changes (docs/reference/apply_changes.md) as a program that is slow and short. It is
// written from the rules; it shares nothing with the engine, which is compared with it.

// Value is a column's value: nil is NULL; else a bool, an int64 (an integer, a decimal without its point, microseconds
// since 1970, days), a string, a Struct or a List.
type Value any

// Struct is the fields of a struct in order, List the elements of a list.
type (
	Struct []Value
	List   []Value
)

// Row is a record of a source or a row of a table, by column.
type Row map[string]Value

// Rules is what the flows of a table say.
type Rules struct {
	Keys      []string
	Sequence  []string // one column, or several that compare one after the other (R13)
	Columns   []string // that the table has, in order (R14)
	SCDType   int
	Deletes   string   // the op of deletes; "" for none
	Truncates string   // the op of truncates; "" for none
	Tracked   []string // whose change begins a version (R24, R25)
	Ignored   []string // where a NULL is no news (R16)

	// Tie orders values of one sequence; nil is Compare. Only tests of the tests set it.
	Tie func(a, b Value) int
}

// change is what an event does to its key.
type change struct {
	seq    Value
	delete bool
	row    Row
}

// Table gives the rows that the events make, in whatever order they came, and how many events it cannot take.
func (r *Rules) Table(events []Row) (rows []Row, refused int) {
	changes := map[string][]change{}
	var truncate Value
	for _, e := range events {
		seq, op := r.sequence(e), e["op"]
		switch {
		case seq == nil: // R3
			refused++
		case r.Truncates != "" && op == r.Truncates: // its keys may be NULL
			if Compare(seq, truncate) > 0 {
				truncate = seq
			}
		case slices.ContainsFunc(r.Keys, func(k string) bool { return e[k] == nil }): // R4
			refused++
		default: // R10: an op that is NULL is no delete
			key := r.key(e)
			changes[key] = append(changes[key], change{seq, r.Deletes != "" && op == r.Deletes, e})
		}
	}
	for _, of := range changes {
		if truncate != nil { // R28: a delete of every key
			of = append(of, change{seq: truncate, delete: true})
		}
		if r.SCDType == 2 {
			rows = append(rows, r.history(of)...)
		} else if row := r.newest(of); row != nil {
			rows = append(rows, row)
		}
	}
	return rows, refused
}

// sequence is NULL where its only column is; one of several columns, or of a struct's fields, may be NULL in it (R13).
func (r *Rules) sequence(e Row) Value {
	if len(r.Sequence) == 1 {
		return e[r.Sequence[0]]
	}
	return values(e, r.Sequence)
}

// newest gives the row of a key, nil for none: R6 to R9 and R19. The columns that do not ignore NULL are taken together
// (R5a).
func (r *Rules) newest(changes []change) Row {
	whole := slices.DeleteFunc(slices.Clone(r.Columns), func(c string) bool { return slices.Contains(r.Ignored, c) })
	winner := r.latest(changes, func(e change) Value { return values(e.row, whole) })
	if winner.delete {
		return nil
	}
	row := Row{}
	for _, c := range r.Columns {
		row[c] = winner.row[c]
		if slices.Contains(r.Ignored, c) {
			row[c] = r.authored(changes, func(e change) Value { return e.row[c] })
		}
	}
	return row
}

// authored gives the newest value of a column, or of a field, that is not NULL and is newer than the last delete: R16 to
// R18. of gives what a change says of it.
func (r *Rules) authored(changes []change, of func(change) Value) Value {
	for _, e := range changes {
		if s, ok := of(e).(Struct); ok { // each field by itself; a struct of nothing but NULLs is NULL
			fields := make(Struct, len(s))
			for i := range fields {
				fields[i] = r.authored(changes, func(e change) Value {
					if s, ok := of(e).(Struct); ok {
						return s[i]
					}
					return nil
				})
			}
			if slices.ContainsFunc(fields, func(v Value) bool { return v != nil }) {
				return fields
			}
			return nil
		}
	}
	authors := slices.DeleteFunc(slices.Clone(changes), func(e change) bool { return !e.delete && of(e) == nil })
	if len(authors) == 0 {
		return nil
	}
	author := r.latest(authors, of)
	if author.delete {
		return nil
	}
	return of(author)
}

// latest gives the change of the greatest sequence: R1. Of one sequence an upsert beats a delete, and the greater value the
// other: R5.
func (r *Rules) latest(changes []change, of func(change) Value) change {
	tie := Compare
	if r.Tie != nil {
		tie = r.Tie
	}
	return slices.MaxFunc(changes, func(a, b change) int {
		return cmp.Or(Compare(a.seq, b.seq), Compare(!a.delete, !b.delete), tie(of(a), of(b)))
	})
}

// history gives the versions of a key: what the key's row was after each sequence, R20 to R26.
func (r *Rules) history(changes []change) (versions []Row) {
	slices.SortFunc(changes, func(a, b change) int { return Compare(a.seq, b.seq) })
	var open Row
	for i, last := range changes {
		if i+1 < len(changes) && Compare(changes[i+1].seq, last.seq) == 0 {
			continue
		}
		row := r.newest(changes[:i+1])
		if row != nil && open != nil && Compare(values(row, r.Tracked), values(open, r.Tracked)) == 0 {
			for _, c := range r.Columns { // R24: it is the same version, R25: with the latest values
				open[c] = row[c]
			}
			continue
		}
		if open != nil {
			open[EndAt] = last.seq
		}
		if row != nil {
			row[StartAt], row[EndAt] = last.seq, nil
			versions = append(versions, row)
		}
		open = row
	}
	return versions
}

// Compare orders values of one type as their canonical encodings order bytewise (package runtime/value): NULL first, false
// before true, numbers and instants by size, strings by their bytes, structs field by field, lists element by element and
// a list before those that it begins.
func Compare(a, b Value) int {
	if a == nil || b == nil {
		return cmp.Compare(btoi(a != nil), btoi(b != nil))
	}
	switch a := a.(type) {
	case bool:
		return cmp.Compare(btoi(a), btoi(b.(bool)))
	case int64:
		return cmp.Compare(a, b.(int64))
	case string:
		return strings.Compare(a, b.(string))
	case Struct:
		return slices.CompareFunc(a, b.(Struct), Compare)
	}
	return slices.CompareFunc(a.(List), b.(List), Compare)
}
