package readers

import (
	"encoding/json"
	"strings"
	"testing"
)

// Records returns the rows of a Delta table by column, for tests that look into them. Numbers are json.Number, so that
// no digit is lost.
func Records(t testing.TB, e Engine, table string) []map[string]any {
	t.Helper()
	lines := Read(t, e, table)
	out := make([]map[string]any, len(lines))
	for i, line := range lines {
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&out[i]); err != nil {
			t.Fatalf("%s: %s: %v", e, line, err)
		}
	}
	return out
}
