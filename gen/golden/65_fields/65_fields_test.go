package fields_65

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
)

// wide is a record without the field left out of it or out of its inner struct.
func wide(without string) string {
	var b strings.Builder
	b.WriteString("{")
	for i := 64; i > 0; i-- {
		if name := fmt.Sprintf("f%02d", i); name != without {
			fmt.Fprintf(&b, "%q: %d, ", name, i)
		}
	}
	b.WriteString(`"inner": {"x": null`)
	for i := range 64 {
		if name := fmt.Sprintf("i%02d", i); name != without {
			fmt.Fprintf(&b, ", %q: %q", name, name)
		}
	}
	b.WriteString("}}")
	return b.String()
}

func TestEveryRequiredFieldIsMissed(t *testing.T) {
	w := roundtrip.Way[Wide, WideRow]{Decode: (*Wide).DecodeJSON, Flow: wideFlow, NewRows: newWideRowRows, Schema: wideRowSchema()}
	rows, _ := w.JSON(t, wide(""))
	w.Stored(t, rows)
	if rows[0].F64 != 64 || rows[0].Inner.I63 != "i63" {
		t.Errorf("%+v", rows[0])
	}
	for i := range 64 {
		for _, name := range []string{fmt.Sprintf("f%02d", i+1), fmt.Sprintf("i%02d", i)} {
			if err := w.Bad(t, wide(name)); !strings.Contains(err.Error(), name) {
				t.Errorf("without %s: %v", name, err)
			}
		}
	}
	without := strings.Replace(wide(""), `"inner"`, `"outer"`, 1)
	if err := w.Bad(t, without); !strings.Contains(err.Error(), "inner") {
		t.Errorf("without inner: %v", err)
	}
	w.Steady(t, wide(""))
}
