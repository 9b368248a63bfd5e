package injection

import (
	"encoding/json"
	"testing"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
)

func TestTextStaysText(t *testing.T) {
	w := roundtrip.Way[Evil, EvilRow]{Decode: (*Evil).DecodeJSON, Flow: evilFlow, NewRows: newEvilRowRows, Schema: evilRowSchema()}
	kinds := []string{"a\"b", "`", "*/", "\n", "%d", "\u2028", "//go:embed", "x\\"}
	for _, kind := range kinds {
		text, err := json.Marshal(map[string]any{"id": "1", "kind": kind, "say \"hi\"": "v", "line\nbreak": kind, "$(id)": map[string]any{"\"; panic(\"x\"); //": 3}})
		if err != nil {
			t.Fatal(err)
		}
		rows, _ := w.JSON(t, string(text))
		w.Stored(t, rows)
		r := &rows[0]
		if string(r.Kind.V) != kind || r.LineBreak.V != kind || r.SayHi.V != "v" || r.WithDefault != "\"`\n*/%d\u2028\\" {
			t.Errorf("%+v", r)
		}
		if r.Quoted != "\"; panic(\"x\") //" || r.Ticked != "back`tick */" || r.Directive != "\n//go:embed x" {
			t.Errorf("%+v", r)
		}
	}
	if rows, _ := w.JSON(t, `{"id": "*/ \"`+"`"+`%d"}`, `{"id": "\u2028"}`); len(rows) != 0 {
		t.Errorf("WHERE took %+v", rows)
	}
}
