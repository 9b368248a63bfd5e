package evolve_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/internal/evolve"
	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/runtime/contract"
)

// many are pipelines of ten records of 30 fields each, of which one feeds a table; odd ones changed.
func many(pipelines int, changed bool) []byte {
	file := new(lock.File)
	for i := range pipelines {
		f := &lock.Facts{Pipeline: fmt.Sprintf("p%03d", i), Package: "p", Out: "p"}
		for r := range 10 {
			rec := lock.Record{Name: fmt.Sprintf("Record%d", r)}
			for c := range 30 {
				typ := []string{"STRING", "BIGINT", "TIMESTAMP", "DECIMAL(10,2)", "ENUM('a', 'b')"}[c%5]
				if changed && i%2 == 1 && c == 7 {
					typ = "STRING"
				}
				rec.Fields = append(rec.Fields, lock.Field{Path: fmt.Sprintf("field%02d", c), Tag: c + 1, Type: typ, Nullable: c > 2, Optional: c > 2, Doc: "0123456789ab"})
			}
			f.Records = append(f.Records, rec)
		}
		f.Sources = []lock.Source{{Name: "live", Record: "Record0", Path: "data/*.json", Format: "json", OnChange: "report"}}
		t := lock.Table{Name: "rows", Path: "tables/rows", Kind: contract.SCD1, Keys: []string{"field00"}, SequenceBy: []string{"field01"}, Sequence: []string{"bigint"}, OnBadRecord: "quarantine", OnTie: "count"}
		for c := range 30 {
			t.Columns = append(t.Columns, lock.Column{Name: fmt.Sprintf("field%02d", c), Type: []string{"string", "bigint", "timestamp", "decimal(10,2)", "string"}[c%5], Nullable: c > 2})
		}
		f.Tables = []lock.Table{t}
		where := "(field00 != 'x')"
		if changed && i%2 == 1 {
			where = "(field00 != 'y')"
		}
		f.Flows = []lock.Flow{{Name: "upsert", Kind: "apply_changes", Target: "rows", Source: "live", Keys: t.Keys, SequenceBy: t.SequenceBy, Where: where, Inputs: []lock.Input{{Source: "live", Where: []string{where}}}}}
		file.PinFacts(f)
		file.Set(f)
	}
	return file.Format()
}

// BenchmarkLocks reviews 100 pipelines with 1,000 records of 30 fields, from the text of two lock files to a comment.
func BenchmarkLocks(b *testing.B) {
	old, now := many(100, false), many(100, true)
	b.SetBytes(int64(len(old) + len(now)))
	for b.Loop() {
		r := review(b, old, now)
		text := string(r.Format("markdown"))
		if len(r.Findings) < 500 || !strings.Contains(text, "seamflow review: backfill") {
			b.Fatalf("%d findings\n%.300s", len(r.Findings), text)
		}
	}
}

func review(b *testing.B, old, now []byte) *evolve.Report {
	r := &evolve.Report{Against: "old.lock", FailOn: contract.Refresh}
	var files [2]*lock.File
	for i, text := range [][]byte{old, now} {
		file, diags := lock.Parse("l", text)
		if len(diags) > 0 {
			b.Fatal(diags)
		}
		files[i] = file
	}
	for _, name := range files[1].Pipelines() {
		var sides [2]*evolve.Side
		for i, file := range files {
			facts, diags := file.Facts(name)
			if len(diags) > 0 {
				b.Fatal(diags)
			}
			sides[i] = &evolve.Side{Facts: facts}
		}
		r.Pipelines = append(r.Pipelines, name)
		r.Findings = append(r.Findings, evolve.Compare(sides[0], sides[1])...)
	}
	evolve.Sort(r.Findings)
	return r
}
