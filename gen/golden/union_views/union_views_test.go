package union_views

import (
	"testing"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
)

func TestEachBranchTakesItsOwn(t *testing.T) {
	big := roundtrip.Way[Event, Everything]{Decode: (*Event).DecodeJSON, Flow: everythingFlow_1, NewRows: newEverythingRows, Schema: everythingSchema()}
	small := big
	small.Flow = everythingFlow_2
	texts := []string{
		`{"id": "a", "amount": 2000, "kind": "sale", "at": "2024-05-14T03:12:06Z"}`,
		`{"id": "b", "amount": 5, "kind": "gone", "at": "2024-05-14T03:12:07Z"}`,
		`{"id": "c", "amount": 5}`,
		`{"id": "d", "amount": 2147483647, "kind": "sale", "at": null}`,
	}
	rows, changes := big.JSON(t, texts...)
	if len(rows) != 2 || rows[0].ID.V != "a" || rows[0].Amount != 2000 || changes[0].Delete || changes[0].NullSeq || !changes[1].NullSeq {
		t.Errorf("big: %+v %+v", rows, changes)
	}
	big.Stored(t, rows)
	rows, changes = small.JSON(t, texts...)
	if len(rows) != 1 || rows[0].ID.V != "b" || rows[0].Amount != -5 || !changes[0].Delete {
		t.Errorf("small: %+v %+v", rows, changes)
	}
	old := roundtrip.Way[OldEvent, Everything]{Flow: everythingFlow_3, NewRows: newEverythingRows, Schema: everythingSchema()}
	rows, changes = old.CSV(t, (*OldEvent).DecodeCSV, []string{"id", "amount", "at"}, "at,amount,id,unknown\n2024-05-14,9000000000,x,1\n2024-05-14,-1,,2\n")
	if len(rows) != 2 || rows[0].ID.V != "x" || rows[0].Amount != 9000000000 || changes[0].NullKey != "" || changes[1].NullKey != "id" {
		t.Errorf("old: %+v %+v", rows, changes)
	}
}
