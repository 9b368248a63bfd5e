package conformance_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta"
)

// TestReadersSkipByStatistics: conditions on every type that has bounds must lose no row.
func TestReadersSkipByStatistics(t *testing.T) {
	tb := newTable(t, delta.NewTable{Schema: slices.Concat(plainTypes, nestedTypes[2:3]), Keyed: true})
	for range 5 {
		tb.commit(&delta.Tx{Adds: []delta.AddFile{tb.file(tb.Schema(), 3)}})
	}
	for _, e := range readers.OfDelta {
		t.Run(string(e), func(t *testing.T) {
			for where, take := range skipping(t, tb) {
				if e == readers.Polars && strings.HasPrefix(where, "ts ") {
					continue // its SQL has no literal of an instant
				}
				if diff := cmp.Diff(tb.want(take), readers.ReadWhere(t, e, tb.Dir(), where)); diff != "" {
					t.Errorf("where %s: %s", where, diff)
				}
			}
		})
	}
}

// skipping makes, of each row's own values, the condition that finds it: as often as not they are a file's bounds.
func skipping(t *testing.T, tb *table) map[string]func(map[string]any) bool {
	t.Helper()
	out := map[string]func(map[string]any) bool{
		"s IS NULL":     func(r map[string]any) bool { return r["s"] == nil },
		"s IS NOT NULL": func(r map[string]any) bool { return r["s"] != nil },
	}
	told := map[string]int{} // of each column a few are enough
	for _, text := range tb.want(nil) {
		var row map[string]any
		must(t, json.Unmarshal([]byte(text), &row))
		for name, literal := range map[string]func(v any) string{
			"s":     func(v any) string { return "'" + fmt.Sprint(v) + "'" },
			"i":     func(v any) string { return fmt.Sprintf("%.0f", v) },
			"day":   func(v any) string { return fmt.Sprintf("DATE '%v'", v) },
			"ts":    func(v any) string { return fmt.Sprintf("TIMESTAMP '%v'", v) },
			"dec9":  func(v any) string { return fmt.Sprintf("CAST('%v' AS DECIMAL(9, 2))", v) },
			"dec38": func(v any) string { return fmt.Sprintf("CAST('%v' AS DECIMAL(38, 9))", v) },
		} {
			if v := row[name]; v != nil && told[name] < 2 {
				told[name]++
				out[name+" = "+literal(v)] = func(r map[string]any) bool { return r[name] == v }
			}
		}
	}
	return out
}
