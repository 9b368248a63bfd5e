package keywords

import (
	"testing"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
)

func TestKeywords(t *testing.T) {
	w := roundtrip.Way[Interface, Type]{Decode: (*Interface).DecodeJSON, Flow: goFlow, NewRows: newTypeRows, Schema: typeSchema()}
	text := `{"range": "r", "select": 3, "type": "t", "func": true, "map": {"chan": "c", "default": null}, "nil": ["a", ""], "len": 1.5,
		"init": "i", "Reset": "x", "decode_json": "j", "DecodeCSV": "c", "seen": "s", "s": "s", "r": null, "error": "iota"}`
	rows, _ := w.JSON(t, text, `{"range": "r", "select": -1}`)
	w.Stored(t, rows)
	if r := &rows[0]; r.Reset_.V != "x" || r.Error.V != InterfaceErrorIota || r.Nil.V[0] != "a" || r.Map.V.Chan.V != "c" {
		t.Errorf("%+v", r)
	}
	w.Steady(t, text)
	if len(Pipeline().Tables) != 2 {
		t.Error("tables are missing")
	}
}
