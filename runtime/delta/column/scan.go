package column

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// Scan reads the rows of Parquet files as records, batch by batch: a bounded number of rows at a time, whatever the file's
// row groups and pages are. A value that no record may have makes its row bad and no other; a file that is broken, or
// that has other columns than the records, is an error of the file. It is for one goroutine, for one file after the other.
type Scan struct {
	schema  Schema
	leaves  []target
	checks  []*checker
	readers []chunkReader
	allowed allowance

	file  *File
	plans []plan
	group int // of the batch
	left  int // rows of the group that follow the batch
	step  int // rows of a batch
	first int64
	rows  int
	bad   []badRow // of the batch, in order
	isBad Bitset
	open  bool // the group is begun
	end   int  // the group that is read no more
	wants func(from, to int64) bool
	err   error
}

// badRow is why a row is none.
type badRow struct {
	row, leaf, entry int
	null             bool
	fault
}

// NewScan makes a reader of records with the columns of schema, each leaf of which has its rule.
func NewScan(schema Schema, rules []Rule) *Scan {
	s := &Scan{schema: schema}
	for i, c := range schema.Leaves() {
		var leaf target
		if c.Type.Kind == String || c.Type.Kind == Binary {
			leaf = &Texts{levels: levels{col: c}}
		} else {
			leaf = newLeaf(c)
		}
		s.leaves = append(s.leaves, leaf)
		s.checks = append(s.checks, newChecker(c.Type, rules[i]))
	}
	s.readers = make([]chunkReader, len(s.leaves))
	s.allowed.most = maxHeld
	for i := range s.readers {
		s.readers[i].allowance = &s.allowed
	}
	return s
}

// Bools returns leaf i, which is of Bool; the other getters likewise.
func (s *Scan) Bools(i int) *Bools { return s.leaves[i].(*Bools) }

// Int32s returns leaf i, of Int32 or Date.
func (s *Scan) Int32s(i int) *Int32s { return s.leaves[i].(*Int32s) }

// Int64s returns leaf i, of Int64 or Timestamp.
func (s *Scan) Int64s(i int) *Int64s { return s.leaves[i].(*Int64s) }

// Float32s returns leaf i.
func (s *Scan) Float32s(i int) *Float32s { return s.leaves[i].(*Float32s) }

// Float64s returns leaf i.
func (s *Scan) Float64s(i int) *Float64s { return s.leaves[i].(*Float64s) }

// Decimals returns leaf i.
func (s *Scan) Decimals(i int) *Decimals { return s.leaves[i].(*Decimals) }

// Texts returns leaf i, of String or Binary.
func (s *Scan) Texts(i int) *Texts { return s.leaves[i].(*Texts) }

// Advance moves the cursors of the leaves [from, to) over one entry.
func (s *Scan) Advance(from, to int) {
	for _, leaf := range s.leaves[from:to] {
		leaf.entries().Advance()
	}
}

// SkipRows moves all cursors, which are at the start of a row, n rows on.
func (s *Scan) SkipRows(n int) {
	if n == 0 {
		return
	}
	for _, leaf := range s.leaves {
		leaf.entries().SkipRows(n)
	}
}

// Absent reports whether the file lacks a leaf: it reads as NULL.
func (s *Scan) Absent(leaf int) bool { return s.plans[leaf].absent }

// Open begins a file of size bytes.
func (s *Scan) Open(r io.ReaderAt, size int64) (err error) {
	defer recovered(&err)
	s.Close()
	f, err := OpenFile(r, size)
	if err != nil {
		return err
	}
	m := matcher{file: f, checks: s.checks, wanted: true}
	for _, field := range s.schema {
		if err := m.unique(f.root, field.Name); err != nil {
			return fmt.Errorf("parquet: %w", err)
		}
		if err := m.match(field.Type, f.root.child(field.Name), nil, above{path: field.Name}); err != nil {
			return fmt.Errorf("parquet: %w", err)
		}
	}
	s.file, s.plans, s.end = f, m.plans, f.RowGroups()
	return nil
}

// Only makes Next give the rows of one row group of the file, before it was called.
func (s *Scan) Only(group int) {
	for g := s.group; g < group; g++ {
		s.first += int64(s.file.Rows(g))
	}
	s.group, s.end = group, group+1
}

// Wants makes Next pass over row groups of which wants says that none of their rows, numbered in the file, is wanted.
func (s *Scan) Wants(wants func(from, to int64) bool) { s.wants = wants }

// RowGroups is the number of row groups of the file.
func (s *Scan) RowGroups() int { return s.file.RowGroups() }

// GroupBytes is how much of the file a row group is, as far as the footer tells.
func (s *Scan) GroupBytes(group int) (n int64) {
	for i := range s.file.meta.RowGroups[group].Columns {
		n += s.file.meta.RowGroups[group].Columns[i].MetaData.TotalCompressedSize
	}
	return n
}

// Footer is a hash of the file's footer: that of another file is another one.
func (s *Scan) Footer() uint64 { return s.file.footer }

// Close lets go of the file. The memory stays for the next.
func (s *Scan) Close() {
	s.file, s.plans, s.err = nil, nil, nil
	s.group, s.left, s.first, s.rows, s.open, s.end, s.wants = 0, 0, 0, 0, false, 0, nil
	s.bad = s.bad[:0]
	for _, leaf := range s.leaves {
		leaf.Reset()
	}
}

// NumRows is the number of rows that the file says it has.
func (s *Scan) NumRows() int64 { return s.file.NumRows() }

// Rows is the number of rows of the batch.
func (s *Scan) Rows() int { return s.rows }

// First is the number in the file, from 0, of the batch's first row.
func (s *Scan) First() int64 { return s.first }

// Group is the row group that the batch is of.
func (s *Scan) Group() int { return s.group }

// Err is the error that ended Next, nil at the file's end.
func (s *Scan) Err() error { return s.err }

// Next reads the next batch and puts the cursors at its first row. It reports false at the end and after an error.
func (s *Scan) Next() bool {
	if s.err != nil || s.file == nil {
		return false
	}
	more, err := s.next()
	if err != nil {
		s.err, more = err, false
	}
	return more
}

func (s *Scan) next() (more bool, err error) {
	defer recovered(&err)
	s.first += int64(s.rows)
	s.rows, s.bad = 0, s.bad[:0]
	for s.left == 0 {
		if s.open {
			s.group++
		}
		if s.group >= s.end {
			s.group = max(s.end-1, 0)
			s.open = false
			s.file = nil
			return false, nil
		}
		s.open = true
		if rows := int64(s.file.Rows(s.group)); s.wants != nil && !s.wants(s.first, s.first+rows) {
			s.first += rows
			continue
		}
		if err := s.begin(); err != nil {
			return false, fmt.Errorf("parquet: row group %d, %w", s.group, err)
		}
	}
	n := min(s.step, s.left)
	for i, leaf := range s.leaves {
		leaf.Reset()
		shed(leaf)
		s.readers[i].batch()
	}
	for i := range s.leaves {
		if err := s.read(i, n); err != nil {
			return false, fmt.Errorf("parquet: row group %d, column %s: %w", s.group, s.leaves[i].Column(), err)
		}
	}
	for i := 1; i < len(s.leaves); i++ {
		if err := agreeing(s.leaves[i-1].entries(), s.leaves[i].entries()); err != nil {
			return false, err
		}
	}
	s.left -= n
	s.rows = n
	s.judge()
	return true, nil
}

// Entries of a leaf that a batch has at most, on an average.
const batchEntries = 128 << 10

// begin begins the row group at hand.
func (s *Scan) begin() error {
	g := &s.file.meta.RowGroups[s.group]
	s.left, s.step = int(g.NumRows), block
	if s.allowed.held > s.allowed.most/4 {
		s.allowed.held = 0
		for i := range s.readers {
			s.readers[i].shed()
		}
	}
	var bytes int64
	for i := range s.leaves {
		p := &s.plans[i]
		if p.leaf == nil {
			continue
		}
		c := &g.Columns[p.leaf.leaf]
		if err := s.readers[i].open(s.file, c, p, s.leaves[i]); err != nil {
			return fmt.Errorf("column %s: %w", s.leaves[i].Column(), err)
		}
		if n := c.MetaData.NumValues; n > 0 && s.left > 0 {
			s.step = min(s.step, int(max(1, batchEntries*int64(s.left)/n)))
		}
		bytes += min(max(c.MetaData.TotalUncompressedSize, 0), math.MaxInt64>>16)
	}
	// Texts are in their pages until the batch's end: of long ones it has few.
	if bytes > 0 && s.left > 0 {
		s.step = min(s.step, int(max(1, int64(s.allowed.most/16)*int64(s.left)/bytes)))
	}
	return nil
}

// read makes leaf i hold n rows.
func (s *Scan) read(i, n int) error {
	leaf, k := s.leaves[i], s.checks[i]
	k.faults, k.null = k.faults[:0], k.null[:0]
	if s.plans[i].leaf == nil {
		leaf.entries().nulls(n)
		return nil
	}
	r := &s.readers[i]
	if err := r.rows(n); err != nil {
		return err
	}
	if got := leaf.Rows(); got != n {
		return errors.New("it has fewer rows than the footer says")
	}
	if n == s.left {
		return r.finish()
	}
	return nil
}

// nulls takes down the entries from one on at which something is NULL that must not be.
func (k *checker) nulls(l *levels, from int) {
	for e := from; e < l.n; e++ {
		if d := l.level(e); k.rule.Null>>d&1 != 0 && d < l.col.MaxDef {
			k.null = append(k.null, e)
		}
	}
}

// judge finds the rows of the batch that are bad.
func (s *Scan) judge() {
	for i, k := range s.checks {
		if len(k.null) > 0 || len(k.faults) > 0 {
			s.faulty(i, k)
		}
	}
	if len(s.bad) == 0 {
		return
	}
	slices.SortStableFunc(s.bad, func(a, b badRow) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.leaf, b.leaf)) })
	s.isBad.Fill(s.rows, false)
	for i := range s.bad {
		s.isBad.Set(s.bad[i].row)
	}
}

// faulty finds the rows of a leaf's faults.
func (s *Scan) faulty(leaf int, k *checker) {
	l := s.leaves[leaf].entries()
	slices.SortStableFunc(k.faults, func(a, b fault) int { return cmp.Compare(a.value, b.value) })
	null, faults := k.null, k.faults
	row, val := -1, 0
	for e := range l.n {
		if len(l.rep) == 0 || l.rep[e] == 0 {
			row++
		}
		if len(null) > 0 && null[0] == e {
			s.bad = append(s.bad, badRow{row: row, leaf: leaf, entry: e, null: true})
			null = null[1:]
		}
		if l.level(e) == l.col.MaxDef {
			for len(faults) > 0 && faults[0].value == val {
				s.bad = append(s.bad, badRow{row: row, leaf: leaf, entry: e, fault: faults[0]})
				faults = faults[1:]
			}
			val++
		}
	}
}

// AnyBad reports whether a row of the batch is bad.
func (s *Scan) AnyBad() bool { return len(s.bad) > 0 }

// Bad reports whether a row of the batch is none that a record can be.
func (s *Scan) Bad(row int) bool { return len(s.bad) > 0 && s.isBad.Has(row) }

// badAt gives the faults of a row.
func (s *Scan) badAt(row int) []badRow {
	from, _ := slices.BinarySearchFunc(s.bad, row, func(b badRow, row int) int { return cmp.Compare(b.row, row) })
	to := from
	for to < len(s.bad) && s.bad[to].row == row {
		to++
	}
	return s.bad[from:to]
}

// Why gives the first fault of a row: the path of its value, such as lineItems[2].price, and what is wrong with it.
func (s *Scan) Why(row int) (path, why string) {
	faults := s.badAt(row)
	if len(faults) == 0 {
		return "", ""
	}
	b := &faults[0]
	l := s.leaves[b.leaf].entries()
	if b.null {
		path = s.path(l, b.entry, int(l.level(b.entry)))
		return path, "it is NULL, which the schema does not allow"
	}
	return s.path(l, b.entry, -1), b.why
}

// path is where an entry's value is; or what is NULL there, at a level.
func (s *Scan) path(l *levels, entry, level int) string {
	index := make([]int, l.col.MaxRep+1)
	start := entry
	for start > 0 && len(l.rep) > 0 && l.rep[start] != 0 {
		start--
	}
	for e := start + 1; e <= entry; e++ {
		index[l.rep[e]]++
		clear(index[l.rep[e]+1:])
	}
	t := s.schema[l.col.Column].Type
	path, rest, def := l.col.Path[0], l.col.Path[1:], 0
	list := 1
	for def != level {
		switch t.Kind {
		case List:
			path += "[" + strconv.Itoa(index[list]) + "]"
			t, rest = *t.Elem, rest[2:]
			def += 2
			list++
		case Map:
			path += "[" + strconv.Itoa(index[list]) + "]." + rest[1]
			if rest[1] == "key" {
				return path
			}
			t, rest = *t.Elem, rest[2:]
			def += 2
			list++
		case Struct:
			i := slices.IndexFunc(t.Fields, func(f Field) bool { return f.Name == rest[0] })
			path += "." + rest[0]
			t, rest = t.Fields[i].Type, rest[1:]
			def++
		default:
			return path
		}
	}
	return path
}
