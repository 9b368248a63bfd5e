package history

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

var (
	every, status, stages, authored, paths = everyChangeFold(), statusChangesFold(), byStageFold(), authoredFold(), byPathFold()

	everyWay    = roundtrip.Way[Reading, EveryChange]{Decode: (*Reading).DecodeJSON, Flow: everyFlow, NewRows: newEveryChangeRows, Schema: everyChangeSchema()}
	authoredWay = roundtrip.Way[Reading, Authored]{Decode: (*Reading).DecodeJSON, Flow: authorsFlow, NewRows: newAuthoredRows, Schema: authoredSchema()}
)

const scale = 4

func TestAnyRowSurvives(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rows := []EveryChange{roundtrip.Random[EveryChange](scale).Draw(r, "row")}
		everyWay.Stored(t, rows)
		roundtrip.Parts(t, every, false, rows)
		roundtrip.Intervals(t, every, rows)
	})
	rapid.Check(t, func(r *rapid.T) {
		rows := []StatusChanges{roundtrip.Random[StatusChanges](scale).Draw(r, "row")}
		roundtrip.Parts(t, status, false, rows)
		roundtrip.Intervals(t, status, rows)
	})
	rapid.Check(t, func(r *rapid.T) {
		rows := []ByStage{roundtrip.Random[ByStage](scale).Draw(r, "row")}
		roundtrip.Parts(t, stages, false, rows)
		roundtrip.Intervals(t, stages, rows)
	})
	rapid.Check(t, func(r *rapid.T) {
		rows := []ByPath{roundtrip.Random[ByPath](scale).Draw(r, "row")}
		roundtrip.Parts(t, paths, false, rows)
		roundtrip.Intervals(t, paths, rows)
	})
	rapid.Check(t, func(r *rapid.T) {
		rows := []Authored{roundtrip.Random[Authored](scale).Draw(r, "row")}
		roundtrip.Parts(t, authored, true, rows)
		roundtrip.Intervals(t, authored, rows)
	})
}

// texts are one reading whole, and one of which all is NULL that may be.
var texts = []string{
	`{"id": "m", "place": {"x": -0.0, "y": 2.5}, "serial": 7, "at": "2024-05-14T03:12:06.123456Z", "day": "2024-05-14", "stage": "OPEN", "value": "12.5",
	  "where_at": {"file": "f", "pos": 9, "stage": "NEW"}, "gone": true, "path": [1, 2], "detail": {"note": "n", "raw": "AQI=", "unit": "123e4567-e89b-12d3-a456-426614174000",
	  "seen": [null, {"by": "b", "marks": {"k": [1.5], "n": null}, "steps": [{"n": 1, "to": []}, {"n": null, "to": ["x"]}]}], "inner": {"a": 3, "b": {"s": "DONE"}}, "firm": {"name": "f", "since": "2020-02-29"}}}`,
	`{"id": "", "place": {"x": 0, "y": null}, "serial": -1, "at": null, "day": null, "stage": null, "value": null, "where_at": {"file": "", "pos": null, "stage": null}, "gone": null, "path": [], "detail": null}`,
}

// TestChangeIsTheInterval sets a version to begin at the change that its row came with.
func TestChangeIsTheInterval(t *testing.T) {
	rows, changes := everyWay.JSON(t, texts...)
	for i := range rows {
		if rows[i].StartAt.Valid || rows[i].EndAt.Valid {
			t.Errorf("a flow sets an interval: %+v", rows[i])
		}
		if err := everyChangeSetInterval(&rows[i], changes[i].Seq, nil); err != nil {
			t.Fatal(err)
		}
		at := rows[i].StartAt.V
		if at.T != rows[i].At || at.Serial != value.Some(rows[i].Serial) || at.Col3 != value.Some(rows[i].Serial%2) {
			t.Errorf("the version begins at %+v, the reading is of %+v", at, rows[i])
		}
	}
	if !changes[0].Delete || changes[1].Delete || changes[1].NullSeq || bytes.Equal(changes[0].Key, changes[1].Key) {
		t.Errorf("%+v", changes)
	}
	for _, text := range texts {
		everyWay.Steady(t, text)
	}
	roundtrip.SteadyParts(t, every, rows[0])
}

func TestStructSequence(t *testing.T) {
	rows, changes := authoredWay.JSON(t, texts...)
	for i := range rows {
		if err := authoredSetInterval(&rows[i], changes[i].Seq, changes[i].Seq); err != nil {
			t.Fatal(err)
		}
		if rows[i].StartAt != value.Some(rows[i].WhereAt) || rows[i].EndAt != rows[i].StartAt {
			t.Errorf("%+v", rows[i])
		}
	}
	roundtrip.SteadyParts(t, authored, rows[0])
}

// TestWhatIsTracked holds what the runtime and the contract get against what the spec says.
func TestWhatIsTracked(t *testing.T) {
	for name, c := range map[string]struct {
		table     contract.Table
		parts     []merge.Part
		untracked []string
		ignored   []string
		flags     string
	}{
		"every":    {everyChangeContract(), every.Parts, nil, nil, "k k t t t t t t t t t"},
		"status":   {statusChangesContract(), status.Parts, []string{"place", "serial", "at", "day", "value", "where_at", "detail"}, nil, "k - - - - t - - -"},
		"stages":   {byStageContract(), stages.Parts, []string{"value", "detail"}, nil, "k t t t t t - t t t -"},
		"authored": {authoredContract(), authored.Parts, nil, []string{"value", "detail"}, "k t t t t t ti t t t" + strings.Repeat(" ti", 8)},
	} {
		last := c.table.Columns[len(c.table.Columns)-2:]
		if c.table.Kind != contract.SCD2 || !slices.Equal(c.table.Untracked, c.untracked) || !slices.Equal(c.table.IgnoreNulls, c.ignored) ||
			last[0].Name != "__START_AT" || last[1].Name != "__END_AT" || c.table.Flows[0].Columns != nil {
			t.Errorf("%s: %+v", name, c.table)
		}
		if got := roundtrip.Flags(c.parts); got != c.flags {
			t.Errorf("%s: the parts are %s, want %s", name, got, c.flags)
		}
	}
}
