package unicode

import (
	"bytes"
	"testing"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
)

func TestUnicodeNames(t *testing.T) {
	w := roundtrip.Way[Size, Sizes]{Decode: (*Size).DecodeJSON, Flow: sizesFlow, NewRows: newSizesRows, Schema: sizesSchema()}
	text := `{"注文": "七", "naïve": 1, "größe in cm": 1.5, "2fa": true, "🙂": "x", "ß": "y", "Ωmega": "🙂", "étéList": [{"ключ": "k"}, {}]}`
	rows, changes := w.JSON(t, text, `{"\u6ce8\u6587": "八", "nai\u0308ve": 0, "na\u00efve": -2, "Ωmega": ""}`)
	w.Stored(t, rows)
	if r := &rows[0]; r.X注文 != "七" || !r.X2fa.V || r.X.V != "x" || len(r.ÉtéList.V) != 2 {
		t.Errorf("%+v", r)
	}
	if bytes.Compare(changes[0].Seq, changes[1].Seq) <= 0 || bytes.Equal(changes[0].Key, changes[1].Key) {
		t.Error("keys or sequences are wrong")
	}
}
