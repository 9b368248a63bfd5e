package readers

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEngines reads a table that delta-rs wrote with all engines: what they disagree on here is no fault of ours.
func TestEngines(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "t")
	Python(t, "internal/readers/testdata/table.py", dir)
	want := []string{
		`{"b":"00ff","d":"12.30","day":"1969-12-31","f":"0.10000000149011612","id":1,"l":[{"x":1,"y":["q"]}],"m":[{"key":"a","value":null},{"key":"k","value":1}],"s":"x","ts":"2024-05-14T03:12:06.123456Z"}`,
		`{"b":"","d":null,"day":null,"f":null,"id":2,"l":[],"m":[],"s":"ü","ts":"1901-01-01T00:00:00.000000Z"}`,
		`{"b":null,"d":"-1.00","day":"2024-02-29","f":"nan","id":3,"l":null,"m":null,"s":null,"ts":null}`,
	}
	for _, e := range OfDelta {
		t.Run(string(e), func(t *testing.T) {
			if diff := cmp.Diff(sorted(want), Read(t, e, dir)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(want[1:2], ReadWhere(t, e, dir, "id = 2")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func sorted(rows []string) []string {
	rows = slices.Clone(rows)
	slices.Sort(rows)
	return rows
}
