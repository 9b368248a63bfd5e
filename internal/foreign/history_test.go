package foreign_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
)

// TestHistoryOfOurVersions: Spark names our operations with their metrics, and Spark and delta-rs read at each version the
// rows of that moment.
func TestHistoryOfOurVersions(t *testing.T) {
	readers.Start(t, readers.Spark)
	for _, keyed := range []bool{true, false} {
		w := newWorld(t, keyed)
		random := rand.New(rand.NewPCG(9, 9))
		at := map[int64][]string{}
		for range 4 {
			w.put(w.events(random)...)
			w.run()
			at[w.open().Version()] = w.want()
		}
		operation := map[bool]string{true: "SEAMFLOW APPLY CHANGES", false: "SEAMFLOW APPEND"}[keyed]
		history := w.history()
		for _, version := range slices.Sorted(maps.Keys(at)) {
			for _, e := range []readers.Engine{readers.Spark, readers.DeltaRS} {
				if diff := cmp.Diff(at[version], readers.ReadVersion(t, e, w.table(), version)); diff != "" {
					t.Errorf("%s at version %d: %s", e, version, diff)
				}
			}
			if h := history[version]; h.Operation != operation || h.metric("rowsRead") != "30" {
				t.Errorf("version %d is told as %+v", version, h)
			}
		}
	}
}

// told is what Spark says of a version.
type told struct {
	Version          int64
	Operation        string
	OperationMetrics []struct{ Key, Value string }
}

func (h told) metric(name string) string {
	for _, m := range h.OperationMetrics {
		if m.Key == name {
			return m.Value
		}
	}
	return fmt.Sprintf("none of %d metrics", len(h.OperationMetrics))
}

func (w *world) history() map[int64]told {
	w.t.Helper()
	lines, err := readers.Do(readers.Spark, w.table(), "DESCRIBE HISTORY "+readers.TablePath)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[int64]told{}
	for _, line := range lines {
		var h told
		if err := json.Unmarshal([]byte(line), &h); err != nil {
			w.t.Fatal(err)
		}
		out[h.Version] = h
	}
	return out
}
