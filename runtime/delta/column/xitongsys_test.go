package column_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// TestReadXitongsys reads the files that tools/xitongsys wrote, by both ways to read them. pyarrow finds the same rows.
func TestReadXitongsys(t *testing.T) {
	files, err := filepath.Glob("testdata/xitongsys/*.parquet")
	if err != nil || len(files) != 4 {
		t.Fatal(files, err)
	}
	schema := columns("id i32 i64 f64 b s u day ts d9 d18 l ls m", true)
	s := column.NewScan(schema, noRules(schema))
	for _, file := range files {
		text, err := os.ReadFile(strings.TrimSuffix(file, ".parquet") + ".rows")
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if diff := cmp.Diff(want, readFile(t, file, schema)); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
		if diff := cmp.Diff(plainRows(t, want), plainRows(t, scanned(t, s, file))); diff != "" {
			t.Errorf("%s, scanned: %s", file, diff)
		}
	}
}

// scanned gives the rows of a file as a scan prints them.
func scanned(t *testing.T, s *column.Scan, file string) (rows []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Open(bytes.NewReader(data), int64(len(data))); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for s.Next() {
		for row := range s.Rows() {
			rows = append(rows, string(s.AppendJSON(nil, row)))
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// plainRows are the columns, by id, that look the same in every JSON.
func plainRows(t *testing.T, rows []string) map[float64]map[string]any {
	t.Helper()
	out := map[float64]map[string]any{}
	for _, text := range rows {
		var row map[string]any
		if err := json.Unmarshal([]byte(text), &row); err != nil {
			t.Fatal(err)
		}
		maps.DeleteFunc(row, func(name string, v any) bool {
			return v == nil || !strings.Contains(" id i32 i64 b s u l ls ", " "+name+" ")
		})
		out[row["id"].(float64)] = row
	}
	return out
}
