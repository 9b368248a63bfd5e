package deep_nesting

import (
	"bytes"
	"testing"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
	"pgregory.net/rapid"
)

var way = roundtrip.Way[Deep, DeepRow]{Decode: (*Deep).DecodeJSON, Flow: deepFlow, NewRows: newDeepRowRows, Schema: deepRowSchema()}

// texts hold what is empty, NULL and absent at every depth.
var texts = []string{
	`{"id": 1, "key": {"a": null, "b": 1}, "seq": 1, "cube": [], "index": {}, "last": "x"}`,
	`{"id": 2, "key": {"b": 1, "a": "k"}, "seq": 2, "cube": [[]], "cube_n": [null], "index": {"a": {}}, "tree": null, "last": "x"}`,
	`{"id": 3, "key": {"b": -1}, "seq": 3, "cube": [[[]], [[1], [], [2, 3]], []], "cube_n": [[], [null], [[]], [[null, 4]]],
	  "tree": {"name": "t", "right": {"leaves": []}}, "index": {"a": {"b": []}, "c": {"d": [null]}}, "last": "x"}`,
	`{"id": 4, "key": {"b": 2}, "seq": 4, "cube": [[[7]]], "last": "end", "tree": {"name": "t", "left": {"age": 3, "leaves": [
	  {"veins": [1.5, -2], "marks": {"m": null, "a": [], "z": ["x", "y"]}}, {"colour": "red", "veins": [], "marks": {}}]},
	  "right": {"leaves": [{"veins": [0], "marks": {}}], "age": null}},
	  "index": {"k": {"l": [{"veins": [1], "marks": {"q": ["r"]}}, null, {"veins": [], "marks": {}, "colour": ""}]}}}`,
}

func TestDeepNesting(t *testing.T) {
	rows, changes := way.JSON(t, texts...)
	way.Stored(t, rows)
	if leaf := &rows[3].Tree.V.Left.V.Leaves[0]; leaf.Marks[0].Key != "a" || leaf.Marks[2].Value.V[1] != "y" || len(rows[2].Cube[1][2]) != 2 {
		t.Errorf("%+v", rows[3])
	}
	if bytes.Equal(changes[0].Key, changes[2].Key) || len(changes[0].Key) == 0 {
		t.Error("the keys are wrong")
	}
	for _, text := range texts {
		way.Steady(t, text)
	}
}

func TestReusedRecordsKeepNothing(t *testing.T) {
	// One record decodes all texts in turn, forward and back: what an earlier text left must not show.
	want, _ := way.JSON(t, texts...)
	rows := way.NewRows()
	one := way.Reused(t)
	for _, i := range []int{3, 2, 1, 0, 1, 2, 3, 0} {
		row := one(texts[i])
		rows.Append(row)
		roundtrip.Same(t, deepRowAppendRow(nil, &want[i]), deepRowAppendRow(nil, row))
	}
}

func TestAnyRowSurvives(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		way.Stored(t, rapid.SliceOfN(roundtrip.Random[DeepRow](0), 1, 4).Draw(r, "rows"))
	})
}
