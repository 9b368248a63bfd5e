package merge_test

import (
	"bytes"
	"testing"

	"github.com/seamflow/seamflow/runtime/merge"
)

func TestPartsComeBack(t *testing.T) {
	want := []byte{1, 0, 3, 2}
	if got := values(t, parts(want), len(want)); !bytes.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := values(t, parts(want), 6); !bytes.Equal(got, []byte{1, 0, 3, 2, 0, 0}) {
		t.Errorf("parts added since: got %v", got)
	}
}

func TestDamagedRows(t *testing.T) {
	whole := parts([]byte{1, 0, 3})
	rules := merge.NewRules(make([]merge.Part, 3))
	for n := range len(whole) {
		ended := n == 0 || n == len(parts([]byte{1})) || n == len(parts([]byte{1, 0}))
		if err := rules.Check(whole[:n]); (err == nil) != ended {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	if err := rules.Check(whole); err != nil {
		t.Error(err)
	}
	if err := rules.Check(parts([]byte{1, 0, 3, 0})); err == nil {
		t.Error("a row of four parts passes for three")
	}
	if _, _, err := merge.NextPart([]byte{255, 255, 255, 255, 1}); err == nil {
		t.Error("a length past the end passes")
	}
}

// TestRowsStayUntilReset: rows that were put together are not written over by later ones.
func TestRowsStayUntilReset(t *testing.T) {
	rules := merge.NewRules([]merge.Part{{Key: true}, {Ignore: true}, {Ignore: true}})
	var reg merge.Registers
	one := rules.Apply(&reg, nil, fact{1, []byte{1, 200, 0}}.event())
	first := rules.Apply(&reg, one.Row, fact{2, []byte{1, 0, 100}}.event())
	row := first.Row
	for i := range 2000 {
		row = rules.Apply(&reg, row, fact{byte(3 + i%200), []byte{1, byte(i%7) + 1, 0}}.event()).Row
	}
	if got := values(t, first.Row, 3); !bytes.Equal(got, []byte{1, 200, 100}) {
		t.Errorf("got %v", got)
	}
}
