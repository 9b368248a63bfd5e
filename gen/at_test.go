package gen

import "testing"

const placesSpec = `pipeline: p
schemas: {Order: order.schema.json}

sources:
  # about orders
  orders:
    schema: Order
    files: {path: "data/*.json", format: json}

views:
  done: >-
    SELECT *

    FROM orders
trigger: {interval: 1s}
targets: {dev: {sources.orders.files.path: x}, prod: {sources.orders.files.path: y}}
tables:
	broken`

func TestAtFindsTheEntryThatHoldsTheLine(t *testing.T) {
	text := placesSpec[:len(placesSpec)-len("tables:\n\tbroken")]
	for line, want := range map[int]string{
		1: "", 2: "schema Order", 4: "", 5: "", 6: "source orders", 8: "source orders", 9: "source orders",
		10: "", 11: "view done", 13: "view done", 14: "view done", 15: "", 16: "target prod", 99: "",
	} {
		got := ""
		if p := At("p.yaml", []byte(text), line, nil); p != nil {
			got = p.Kind + " " + p.Name
		}
		if got != want {
			t.Errorf("line %d: %q, want %q", line, got, want)
		}
	}
	if p := At("p.yaml", []byte(placesSpec), 6, nil); p != nil {
		t.Errorf("broken YAML has a place: %v", p)
	}
}
