package app

import (
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/observe"
)

// TestWhatAnExtractEndedIsTold: no column of the counts has it, as no record is to be blamed.
func TestWhatAnExtractEndedIsTold(t *testing.T) {
	s := &flow.Summary{Tables: []flow.TableSummary{{Name: "t", Flows: []flow.FlowSummary{
		{Name: "f", Run: observe.Counts{Read: 1, Upserted: 1, Removed: 12345}}, {Name: "g", Run: observe.Counts{Read: 1, Upserted: 1}},
	}}}}
	var b strings.Builder
	writeSummary(&b, s)
	if got := b.String(); !strings.Contains(got, "f: 12,345 rows of t were ended") || strings.Contains(got, "g: ") {
		t.Error(got)
	}
}
