package delta

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/value"
)

// Partition is what all rows of a file have in the table's partition columns, as Delta writes it, by column; nil is NULL.
//
// Our files hold the partition columns too, and there the values are exact. As partition values an empty text and NULL
// are one: Delta has no way to tell them apart.
type Partition map[string]*string

// Key is equal for equal partitions.
func (p Partition) Key() string {
	text, _ := json.Marshal(p) // sorted by column; texts always have a JSON
	return string(text)
}

// values are p as file actions have it, which is never null.
func (p Partition) values() map[string]*string {
	if p == nil {
		return map[string]*string{}
	}
	return p
}

// partitionOf reads what an action says. Others write an empty text for NULL.
func partitionOf(values map[string]*string) Partition {
	if len(values) == 0 {
		return nil
	}
	p := Partition{}
	for name, v := range values {
		if v != nil && *v == "" {
			v = nil
		}
		p[name] = v
	}
	return p
}

// partitionable reports whether Delta has a text for each value of a type: binaries and what holds other values have none,
// and of floats no two engines write the same.
func partitionable(t column.Type) bool {
	switch t.Kind {
	case column.Bool, column.Int32, column.Int64, column.Decimal, column.String, column.Date, column.Timestamp:
		return true
	}
	return false
}

// checkPartition says why a table cannot be partitioned by columns. Some column must be left for the rows themselves:
// engines refuse a table without.
func checkPartition(schema column.Schema, columns []string) error {
	for i, name := range columns {
		at := slices.IndexFunc(schema, func(f column.Field) bool { return f.Name == name })
		switch {
		case at < 0:
			return fmt.Errorf("partition column %s is not a column of the table", name)
		case slices.Contains(columns[:i], name):
			return fmt.Errorf("partition column %s is named twice", name)
		case !partitionable(schema[at].Type):
			return fmt.Errorf("partition column %s is %s: tables are partitioned by booleans, integers, decimals, strings, dates and timestamps", name, schema[at].Type)
		}
	}
	if len(columns) > 0 && len(columns) == len(schema) {
		return fmt.Errorf("all columns are partition columns: one at least must not be")
	}
	return nil
}

// PartitionColumns gives the names of the columns that the table is partitioned by, in order.
func (t *Table) PartitionColumns() []string { return t.meta.PartitionColumns }

// PartitionOf gives the partition of the first row of leaves, nil where the table has none. It rewinds the leaves that it
// reads.
func (t *Table) PartitionOf(leaves *column.Leaves) Partition {
	if len(t.meta.PartitionColumns) == 0 {
		return nil
	}
	p := Partition{}
	for _, name := range t.meta.PartitionColumns {
		p[name] = nil
		if leaf := leafNamed(leaves, name); leaf != nil {
			leaf.Rewind()
			p[name] = partitionText(leaf)
			leaf.Rewind()
		}
	}
	return p
}

// checkFilePartition refuses a partition that is not one of a table's.
func checkFilePartition(p Partition, columns []string) error {
	ok := len(p) == len(columns)
	for _, name := range columns {
		_, has := p[name]
		ok = ok && has
	}
	if !ok {
		return fmt.Errorf("a file of partition %s in a table that is partitioned by [%s]", p.Key(), strings.Join(columns, ", "))
	}
	return nil
}

// leafNamed is the buffer of a plain column, nil where there is none.
func leafNamed(leaves *column.Leaves, name string) column.Leaf {
	for i := range leaves.Len() {
		if path := leaves.At(i).Column().Path; len(path) == 1 && path[0] == name {
			return leaves.At(i)
		}
	}
	return nil
}

// partitionText is the value at the cursor as Delta's protocol writes it.
func partitionText(leaf column.Leaf) *string {
	if leaf.Def() < leaf.Column().MaxDef {
		return nil
	}
	var text string
	switch l := leaf.(type) {
	case *column.Bools:
		text = strconv.FormatBool(l.Take())
	case *column.Int32s:
		if n := l.Take(); l.Column().Type.Kind == column.Date {
			text = string(value.Date(n).AppendText(nil))
		} else {
			text = strconv.Itoa(int(n))
		}
	case *column.Int64s:
		if n := l.Take(); l.Column().Type.Kind == column.Timestamp {
			text = timestampText(value.Timestamp(n))
		} else {
			text = strconv.FormatInt(n, 10)
		}
	case *column.Decimals:
		text = l.Take().String()
	case *column.Strings:
		text = strings.Clone(l.Take())
	}
	if text == "" {
		return nil
	}
	return &text
}

func timestampText(t value.Timestamp) string { return t.Time().Format("2006-01-02 15:04:05.000000") }

// putPartition adds rows of a partition's text to an empty buffer: the column is not in the file.
func putPartition(leaf column.Leaf, text *string, rows int) error {
	if text == nil {
		for range rows {
			leaf.Null(0, 0)
		}
		return nil
	}
	ok := true
	def := leaf.Column().MaxDef
	switch l := leaf.(type) {
	case *column.Bools:
		v, err := strconv.ParseBool(*text)
		ok = err == nil
		repeat(l, v, def, rows)
	case *column.Int32s:
		var n int32
		n, ok = int32Of(l.Column().Type.Kind, *text)
		repeat(l, n, def, rows)
	case *column.Int64s:
		var n int64
		n, ok = int64Of(l.Column().Type.Kind, *text)
		repeat(l, n, def, rows)
	case *column.Decimals:
		t := l.Column().Type
		v, err := value.ParseDecimal([]byte(*text), t.Precision, t.Scale)
		ok = err == nil
		for range rows {
			l.Put(v, 0, def)
		}
	case *column.Strings:
		for range rows {
			l.Put(*text, 0, def)
		}
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("partition value %q of column %s is no %s", *text, leaf.Column(), leaf.Column().Type)
	}
	return nil
}

func repeat[T column.Fixed](l *column.Values[T], v T, def uint8, rows int) {
	for range rows {
		l.Put(v, 0, def)
	}
}

func int32Of(kind column.Kind, text string) (int32, bool) {
	if kind == column.Date {
		d, ok := value.ParseDate([]byte(text))
		return int32(d), ok
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return int32(n), err == nil
}

func int64Of(kind column.Kind, text string) (int64, bool) {
	if kind == column.Timestamp {
		ts, ok := value.ParseTimestamp([]byte(text))
		return int64(ts), ok
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// fillPartition puts the partition's values where the file lacks their columns: other engines leave them out. leaves hold
// a row group of the file.
func (t *Table) fillPartition(file *column.File, path string, leaves *column.Leaves, rows int, want func(leaf int) bool) error {
	f := t.files[path]
	if f == nil || len(f.Partition) == 0 {
		return nil
	}
	for i := range leaves.Len() {
		leaf := leaves.At(i)
		names := leaf.Column().Path
		if len(names) != 1 || want != nil && !want(i) || file.HasColumn(names[0]) {
			continue
		}
		if text, ok := f.Partition[names[0]]; ok {
			leaf.Reset()
			if err := putPartition(leaf, text, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// hiveNull stands in a path for NULL.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// partitionFolder is the folder of a partition's files, with a slash at its end: Hive's, one level a column. Values stand
// in the log, and in the files; folders are for people, and for polars, which reads values from them if there are some. It
// takes names as they are, does not find deletion vectors under paths that need an escape, and refuses a table with such
// folders for some files only. So a table has folders if no value of its columns can need an escape, and none otherwise.
func (t *Table) partitionFolder(p Partition) string {
	var b strings.Builder
	for _, name := range t.meta.PartitionColumns {
		if !plainName(name) || !slices.ContainsFunc(t.schema, func(f column.Field) bool { return f.Name == name && plainText(f.Type) }) {
			return ""
		}
		v := hiveNull
		if p[name] != nil {
			v = *p[name]
		}
		b.WriteString(name + "=" + v + "/")
	}
	return b.String()
}

// plainText reports whether the texts of a type are made of letters, digits, dots and dashes.
func plainText(t column.Type) bool {
	return partitionable(t) && t.Kind != column.String && t.Kind != column.Timestamp
}

// plainName reports whether a path can hold a column's name as it is. Names that start with _ are hidden to vacuums.
func plainName(name string) bool {
	for _, c := range []byte(name) {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return name[0] != '_' && len(name) < 200
}
