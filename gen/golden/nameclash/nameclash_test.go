package nameclash

import (
	"testing"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
)

func TestNamesThatClashKeepTheirValues(t *testing.T) {
	w := roundtrip.Way[Order, OrderRow]{Decode: (*Order).DecodeJSON, Flow: orderFlow, NewRows: newOrderRowRows, Schema: orderRowSchema()}
	rows, _ := w.JSON(t, `{"id": "1", "customer_id": "a", "customerId": "b", "customer-id": "c", "lines": [{"sku": "x", "s_k_u": "y"}], "line": {"sku": 1}, "state": "in_work", "state_in_work": "a"}`)
	w.Stored(t, rows)
	r := &rows[0]
	if r.CustomerID.V != "a" || r.CustomerID_.V != "b" || r.CustomerID_2.V != "c" {
		t.Errorf("%+v", r)
	}
	if len(r.Lines.V) != 1 || r.Lines.V[0].SKU != "x" || r.Line.V.SKU.V != 1 {
		t.Errorf("%+v", r)
	}
}
