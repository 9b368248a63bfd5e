package truncates

import (
	"testing"
	"time"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
	"github.com/seamflow/seamflow/runtime/value"
)

var (
	live    = roundtrip.Way[Event, Latest]{Decode: (*Event).DecodeJSON, Flow: liveFlow, NewRows: newLatestRows, Schema: latestSchema()}
	merging = roundtrip.Way[Event, Merged]{Decode: (*Event).DecodeJSON, Flow: mergingFlow, NewRows: newMergedRows, Schema: mergedSchema()}
)

// TestTruncatesAreTold: a truncate needs a sequence and no key; what is not TRUE is none.
func TestTruncatesAreTold(t *testing.T) {
	for text, want := range map[string]struct {
		delete, truncate, mergedTruncate bool
		nullKey                          string
		nullSeq                          bool
	}{
		`{"op": "U", "id": "a", "at": 1, "total": 2}`:          {},
		`{"op": "D", "id": "a", "at": 2, "total": null}`:       {delete: true},
		`{"op": "T", "id": null, "at": 3, "total": null}`:      {truncate: true, mergedTruncate: true, nullKey: "id"},
		`{"op": "T", "id": "a", "at": 4, "total": null}`:       {mergedTruncate: true}, // the predicate of latest is FALSE
		`{"op": null, "id": null, "at": 5, "total": null}`:     {nullKey: "id"},
		`{"op": "T", "id": null, "at": null, "total": null}`:   {truncate: true, mergedTruncate: true, nullKey: "id", nullSeq: true},
		`{"op": null, "id": "a", "at": null, "total": 0}`:      {nullSeq: true},
		`{"op": "", "id": "", "at": -1, "total": -2147483648}`: {},
	} {
		_, changes := live.JSON(t, text)
		if ch := changes[0]; ch.Delete != want.delete || ch.Truncate != want.truncate || ch.NullKey != want.nullKey || ch.NullSeq != want.nullSeq {
			t.Errorf("%s is %+v", text, ch)
		}
		_, changes = merging.JSON(t, text)
		if ch := changes[0]; ch.Delete || ch.Truncate != want.mergedTruncate || ch.NullSeq != want.nullSeq {
			t.Errorf("%s, where NULL is ignored, is %+v", text, ch)
		}
		live.Steady(t, text)
	}
}

// TestTruncatesAreInTheContract: which events are truncates is a fact that rows depend on.
func TestTruncatesAreInTheContract(t *testing.T) {
	c := latestContract()
	if c.Flows[0].Truncates != "((op = 'T') AND (id IS NULL))" || c.Flows[0].Deletes != "(op = 'D')" || c.Flows[1].Truncates != "" {
		t.Errorf("%+v", c.Flows)
	}
	if c.TombstoneRetention != 90*time.Minute {
		t.Errorf("tombstones are kept %v", c.TombstoneRetention)
	}
}

func TestPartsOfMergedRows(t *testing.T) {
	rows := []Merged{{}, {ID: value.Some("a"), Total: value.Some[int32](-1)}, {ID: value.Some("")}}
	roundtrip.Parts(t, mergedFold(), true, rows)
	if got := roundtrip.Flags(mergedFold().Parts); got != "k ti" {
		t.Errorf("the parts are %s", got)
	}
}
