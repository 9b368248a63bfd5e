package extracts

import (
	"bytes"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

// TestVersionsAreOfTheFile: what a version function gives is the sequence of every record of the file.
func TestVersionsAreOfTheFile(t *testing.T) {
	m := flow.Meta{FilePath: "data/dumps/2024-05-14.json", FileModTime: 1715656326000001}
	s := Customer{ID: 7}
	var ch merge.Change
	same := func(name string, version func(m *flow.Meta, dst []byte) ([]byte, bool, error), ok bool, err error) {
		t.Helper()
		seq, there, verr := version(&m, []byte("kept"))
		if err != nil || verr != nil || !ok || !there || len(ch.Seq) == 0 || string(seq) != "kept"+string(ch.Seq) {
			t.Errorf("%s: %x, %v, %v; the record's is %x, %v, %v", name, seq, there, verr, ch.Seq, ok, err)
		}
		ch.Reset()
	}
	ok, err := newestFlow(&s, &m, &Customers{}, &ch)
	same("newest", newestFlowVersion, ok, err)
	ok, err = versionsFlow(&s, &m, &CustomerHistory{}, &ch)
	same("versions", versionsFlowVersion, ok, err)

	older, _, _ := versionsFlowVersion(&flow.Meta{FilePath: "data/dumps/2024-05-13b.json"}, nil)
	newer, _, _ := versionsFlowVersion(&m, nil)
	if bytes.Compare(older, newer) >= 0 {
		t.Errorf("%x is not before %x", older, newer)
	}
}

// TestFilesWithoutAVersion: a path that is none is an error or NULL, as version_by says, before a record is read.
func TestFilesWithoutAVersion(t *testing.T) {
	m := flow.Meta{FilePath: "data/dumps/readme.json"}
	if _, ok, err := versionsFlowVersion(&m, nil); ok || err == nil || !strings.Contains(err.Error(), "DATE") {
		t.Errorf("%v, %v", ok, err)
	}
	for _, version := range []func(*flow.Meta, []byte) ([]byte, bool, error){mergingFlow_1Version, mergingFlow_2Version} {
		if seq, ok, err := version(&m, nil); ok || err != nil || len(seq) != 0 {
			t.Errorf("%x, %v, %v", seq, ok, err)
		}
	}
}

func TestAnyRowSurvives(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		roundtrip.Parts(t, customersFold(), false, []Customers{roundtrip.Random[Customers](0).Draw(r, "row")})
		rows := []CustomerHistory{roundtrip.Random[CustomerHistory](0).Draw(r, "version")}
		roundtrip.Parts(t, customerHistoryFold(), false, rows)
		roundtrip.Intervals(t, customerHistoryFold(), rows)
		merged := []Merged{{ID: rows[0].ID, Name: rows[0].Name, StartAt: value.Some(value.Date(7))}}
		roundtrip.Parts(t, mergedFold(), false, merged)
		roundtrip.Intervals(t, mergedFold(), merged)
	})
}

func TestWhatTheRuntimeIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		fold  bool
		parts []merge.Part
		flags string
	}{
		"customers": {customersFold().Snapshot, customersFold().Parts, "k t t"},
		"history":   {customerHistoryFold().Snapshot, customerHistoryFold().Parts, "k t -"},
		"merged":    {mergedFold().Snapshot, mergedFold().Parts, "k t"},
	} {
		if got := roundtrip.Flags(c.parts); got != c.flags || !c.fold {
			t.Errorf("%s: the parts are %s, want %s; full extracts: %v", name, got, c.flags, c.fold)
		}
	}
	if customersFold().SetInterval != nil || customerHistoryFold().SetInterval == nil {
		t.Error("SCD type 1 has intervals, or SCD type 2 has none")
	}
	if c := customersContract(); !c.Snapshot || c.Flows[0].Kind != "apply_changes_from_snapshot" || c.Sequence[0] != "_file_modification_time" {
		t.Errorf("%+v", c)
	}
}
