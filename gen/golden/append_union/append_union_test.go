package append_union

import (
	"testing"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
)

func TestBothShapesFitOneTable(t *testing.T) {
	a := roundtrip.Way[A, Both]{Decode: (*A).DecodeJSON, Flow: fromAFlow, NewRows: newBothRows, Schema: bothSchema()}
	rows, _ := a.JSON(t, `{"id": "1", "n": 7, "price": 1.25, "colour": "BLUE", "only_a": true, "where_": {"shop": "s", "shelf": 3}, "counts": [1, 2], "places": {"p": {"shop": "q", "shelf": 4}}}`)
	a.Stored(t, rows)
	r := &rows[0]
	if r.ID.V != "1" || r.N != 7 || r.Price.String() != "1.2500" || r.Colour != "BLUE" || !r.OnlyA.V || r.OnlyB.Valid {
		t.Errorf("%+v", r)
	}
	if r.Where.V.Shop.V != "s" || r.Where.V.Shelf != 3 || len(r.Counts) != 2 || r.Counts[1].V != 2 || r.Places[0].Value.Shelf != 4 {
		t.Errorf("%+v", r)
	}
	b := roundtrip.Way[B, Both]{Decode: (*B).DecodeJSON, Flow: fromBFlow, NewRows: newBothRows, Schema: bothSchema()}
	rows, _ = b.JSON(t,
		`{"n": 0, "price": "0.0001", "colour": "x", "counts": [], "places": {}}`,
		`{"ID": "2", "n": 9000000000, "price": "0.0001", "colour": "PINK", "counts": [null, 5], "places": {}, "where_": {"shelf": 9000000000}}`)
	b.Stored(t, rows)
	if r := &rows[0]; len(rows) != 1 || r.ID.V != "2" || r.N != 9000000000 || r.Colour != "PINK" || r.Counts[0].Valid || r.Where.V.Shop.Valid || r.OnlyA.Valid {
		t.Errorf("%+v", rows)
	}
}
