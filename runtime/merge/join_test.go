package merge_test

import (
	"bytes"
	"testing"

	"github.com/seamflow/seamflow/runtime/merge"
	"pgregory.net/rapid"
)

func equalEvents(a, b merge.Event) bool {
	return a.Upsert == b.Upsert && a.Delete == b.Delete && bytes.Equal(a.Row, b.Row) && bytes.Equal(a.Seq, b.Seq)
}

func TestJoinIsALattice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := drawParts(t)
		rules := merge.NewRules(ps)
		join := func(a, b merge.Event) merge.Event {
			j, same, tied := rules.Join(a, b)
			if same == tied {
				t.Fatalf("same %v, tied %v", same, tied)
			}
			return j
		}
		draw := func() merge.Event {
			f := drawFacts(t, ps, 1)
			e := f[0].event()
			e.Seq = []byte{1}
			for _, g := range f[1:] {
				more := g.event()
				more.Seq = e.Seq
				e = join(e, more)
			}
			return e
		}
		a, b, c := draw(), draw(), draw()
		if x, same, _ := rules.Join(a, a); !same || !equalEvents(x, a) {
			t.Fatalf("not idempotent: %v gives %v", a, x)
		}
		if x, y := join(a, b), join(b, a); !equalEvents(x, y) {
			t.Fatalf("not commutative: %v, %v", x, y)
		}
		if x, y := join(join(a, b), c), join(a, join(b, c)); !equalEvents(x, y) {
			t.Fatalf("not associative: %v, %v", x, y)
		}
		if x := join(join(a, b), b); !equalEvents(x, join(a, b)) {
			t.Fatalf("%v is not in its join", b)
		}
	})
}

func TestJoinOfTies(t *testing.T) {
	whole := []merge.Part{{Key: true}, {Tracked: true}, {Tracked: true}}
	leaves := []merge.Part{{Key: true}, {Tracked: true, Ignore: true}, {Tracked: true, Ignore: true}}
	some := []merge.Part{{Key: true}, {Tracked: true, Ignore: true}, {Tracked: true}}
	tests := []struct {
		name  string
		parts []merge.Part
		a, b  []byte // nil is a delete
		want  []byte
		also  bool // the delete stays beside the upsert
	}{
		{"greater_first_column", whole, []byte{1, 2, 3}, []byte{1, 3, 1}, []byte{1, 3, 1}, false},
		{"null_is_least", whole, []byte{1, 0, 3}, []byte{1, 1, 0}, []byte{1, 1, 0}, false},
		{"upsert_beats_delete", whole, nil, []byte{1, 1, 0}, []byte{1, 1, 0}, false},
		{"leaf_by_leaf", leaves, []byte{1, 2, 3}, []byte{1, 3, 1}, []byte{1, 3, 3}, false},
		{"value_over_null", leaves, []byte{1, 0, 3}, []byte{1, 1, 0}, []byte{1, 1, 3}, false},
		{"delete_beside_leaves", leaves, []byte{1, 0, 3}, nil, []byte{1, 0, 3}, true},
		{"others_together", some, []byte{1, 0, 3}, []byte{1, 3, 1}, []byte{1, 3, 3}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, same, tied := merge.NewRules(tt.parts).Join(fact{1, tt.a}.event(), fact{1, tt.b}.event())
			want := merge.Event{Seq: []byte{1}, Upsert: true, Delete: tt.also, Row: parts(tt.want)}
			if same || !tied || !equalEvents(got, want) {
				t.Errorf("got %+v, same %v, tied %v", got, same, tied)
			}
		})
	}
}

// TestDeleteCarriesNoRow: what a delete's record holds never reaches a row.
func TestDeleteCarriesNoRow(t *testing.T) {
	rules := merge.NewRules([]merge.Part{{Key: true}, {Ignore: true}})
	gone := merge.Event{Seq: []byte{1}, Delete: true, Row: parts([]byte{1, 9})}
	got, _, _ := rules.Join(fact{1, []byte{1, 0}}.event(), gone)
	if !bytes.Equal(got.Row, parts([]byte{1, 0})) {
		t.Errorf("got %v", got.Row)
	}
	other := merge.Event{Seq: []byte{1}, Delete: true, Row: parts([]byte{1, 8})}
	if got, same, _ := rules.Join(gone, other); !same || got.Row != nil {
		t.Errorf("two deletes give %+v, same %v", got, same)
	}
}
