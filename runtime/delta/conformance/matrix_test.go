package conformance_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta"
)

var update = flag.Bool("update", false, "write docs/reference/engines.md as the engines are")

// reading is how an engine comes by the rows of a table, and those that it should see. later are those of a newer version,
// which a reader may go on with.
type reading struct {
	want, later []string
	read        func(e readers.Engine) ([]string, error)
}

func newest(tb *table) reading {
	return reading{tb.want(nil), nil, func(e readers.Engine) ([]string, error) { return readers.TryRead(e, tb.Dir(), nil, false) }}
}

// features are what a table can be made of: a row of the matrix each.
var features = []struct {
	name string
	make func(t *testing.T) reading
}{
	{"every plain type", func(t *testing.T) reading {
		tb := newTable(t, delta.NewTable{Schema: plainTypes})
		tb.commit(&delta.Tx{Adds: []delta.AddFile{tb.file(plainTypes, 150)}})
		return newest(tb)
	}},
	{"structs, lists, maps, odd column names", func(t *testing.T) reading {
		tb := newTable(t, delta.NewTable{Schema: nestedTypes})
		tb.commit(&delta.Tx{Adds: []delta.AddFile{tb.file(nestedTypes, 150)}})
		return newest(tb)
	}},
	{"updates and deletes (deletion vectors)", func(t *testing.T) reading { return newest(updated(t, delta.NewTable{Schema: narrow, Keyed: true})) }},
	{"`updates: rewrite`", func(t *testing.T) reading {
		return newest(updated(t, delta.NewTable{Schema: narrow, Keyed: true, Rewrite: true}))
	}},
	{"columns added later", func(t *testing.T) reading {
		tb := newTable(t, delta.NewTable{Schema: narrow})
		tb.commit(&delta.Tx{Adds: []delta.AddFile{tb.file(narrow, 20)}})
		tb.commit(&delta.Tx{AddColumns: plainTypes[2:], Adds: []delta.AddFile{tb.file(plainTypes, 20)}})
		return newest(tb)
	}},
	{"`partition_by`", func(t *testing.T) reading {
		tb := newTable(t, delta.NewTable{Schema: narrow, Keyed: true, PartitionBy: []string{"s"}})
		adds := tb.partitions(fill(narrow, 0, 60, 7), 1)
		tb.commit(&delta.Tx{Adds: adds})
		r := newest(tb)
		r.want = emptyIsNull(r.want) // as the protocol has it
		return r
	}},
	{"a checkpoint, and the log before it gone", func(t *testing.T) reading {
		tb := updated(t, delta.NewTable{Schema: narrow, Keyed: true})
		must(t, tb.Checkpoint(context.Background()))
		dropLogBefore(t, tb.Dir(), tb.Version())
		return newest(tb)
	}},
	{"compacted files", func(t *testing.T) reading {
		tb := updated(t, delta.NewTable{Schema: narrow, Keyed: true})
		tb.compact(nil)
		return newest(tb)
	}},
	{"time travel to a version", func(t *testing.T) reading {
		tb := updated(t, delta.NewTable{Schema: narrow, Keyed: true})
		version, want := tb.Version(), tb.want(nil)
		tb.compact(nil)
		tb.commit(&delta.Tx{Adds: []delta.AddFile{tb.file(narrow, 5)}})
		return reading{want, nil, func(e readers.Engine) ([]string, error) { return readers.TryRead(e, tb.Dir(), &version, false) }}
	}},
	{"a reader that goes on while rows die and files are compacted", func(t *testing.T) reading {
		tb := updated(t, delta.NewTable{Schema: narrow, Keyed: true})
		r := reading{want: tb.want(nil)}
		held := map[readers.Engine]error{}
		for _, e := range readers.OfDelta {
			_, held[e] = readers.Do(e, tb.Dir(), "hold")
		}
		tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{tb.Files()[0].Path: roaring.BitmapOf(10, 11)}, Adds: []delta.AddFile{tb.file(narrow, 9)}})
		tb.compact(nil)
		r.later = tb.want(nil)
		r.read = func(e readers.Engine) ([]string, error) {
			if held[e] != nil {
				return nil, held[e]
			}
			return readers.TryRead(e, tb.Dir(), nil, true)
		}
		return r
	}},
}

// updated is a table in which rows have died twice.
func updated(t *testing.T, m delta.NewTable) *table {
	t.Helper()
	tb := newTable(t, m)
	a, b := tb.file(m.Schema, 200), tb.file(m.Schema, 50)
	tb.commit(&delta.Tx{Adds: []delta.AddFile{a, b}})
	tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{b.Path: roaring.BitmapOf(1, 7)}, Adds: []delta.AddFile{tb.file(m.Schema, 5)}})
	tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{a.Path: roaring.BitmapOf(3, 99)}})
	return tb
}

func emptyIsNull(rows []string) (out []string) {
	for _, r := range rows {
		out = append(out, strings.Replace(r, `"s":""`, `"s":null`, 1))
	}
	slices.Sort(out)
	return out
}

// TestMatrix has each engine read a table of each feature. What it finds is what docs/reference/engines.md says.
func TestMatrix(t *testing.T) {
	var b strings.Builder
	b.WriteString("| a table with |")
	for _, e := range readers.OfDelta {
		fmt.Fprintf(&b, " %s %s |", e, readers.Version(t, e))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(readers.OfDelta)) + "\n")
	for _, f := range features {
		r := f.make(t)
		fmt.Fprintf(&b, "| %s |", f.name)
		for _, e := range readers.OfDelta {
			rows, err := r.read(e)
			fmt.Fprintf(&b, " %s |", verdict(t, f.name, e, r, rows, err))
		}
		b.WriteString("\n")
	}
	inDocs(t, "reads", b.String())
}

// verdict is "yes", or says why not.
func verdict(t *testing.T, feature string, e readers.Engine, r reading, got []string, err error) string {
	t.Helper()
	if err != nil {
		t.Logf("%s, %s: %v", feature, e, err)
		return "no: it says so"
	}
	diff := cmp.Diff(r.want, got)
	switch {
	case diff == "":
		return "yes"
	case r.later != nil && cmp.Equal(r.later, got):
		return "yes, with the newest version"
	case cmp.Equal(r.want, emptyIsNull(got)):
		return "yes, but it shows `''` where the log has NULL"
	}
	t.Logf("%s, %s: %s", feature, e, diff)
	return "**other rows**"
}

// inDocs compares a part of the page of engines with what was found, or writes it there.
func inDocs(t *testing.T, part, found string) {
	t.Helper()
	page := filepath.Join(readers.Root(), "docs", "reference", "engines.md")
	data, err := os.ReadFile(page)
	must(t, err)
	begin, end := "<!-- begin "+part+" -->\n", "<!-- end "+part+" -->"
	is := regexp.MustCompile("(?s)" + regexp.QuoteMeta(begin) + "(.*?)" + regexp.QuoteMeta(end)).FindStringSubmatch(string(data))
	if is == nil {
		t.Fatalf("%s has no part %s", page, part)
	}
	if *update {
		must(t, os.WriteFile(page, []byte(strings.Replace(string(data), is[0], begin+found+end, 1)), 0o644))
	} else if diff := cmp.Diff(is[1], found); diff != "" {
		t.Errorf("docs/reference/engines.md is not what the engines do (run this test with -update): %s", diff)
	}
}
