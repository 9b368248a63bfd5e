package merge_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/merge"
	"pgregory.net/rapid"
)

// applyAll applies events one after the other, through the bytes of the registers each time.
func applyAll(t interface{ Fatal(...any) }, rules *merge.Rules, events []merge.Event) (merge.Row, []byte) {
	var reg merge.Registers
	var row merge.Row
	var stored []byte
	for _, e := range events {
		got := rules.Apply(&reg, row, e)
		now := merge.AppendRegisters(nil, &reg)
		if !got.Changed && (!bytes.Equal(now, stored) || !bytes.Equal(got.Row, row)) && stored != nil {
			t.Fatal("the event changed what it says it did not")
		}
		if reg.Alive() != (got.Row != nil) {
			t.Fatal("alive without a row, or a row of a dead key")
		}
		if seq, err := merge.RegistersSequence(now); err != nil || !bytes.Equal(seq, reg.Sequence()) {
			t.Fatal("sequence", seq, err)
		}
		row, stored = got.Row, now
		if err := merge.ReadRegisters(slices.Clone(stored), &reg); err != nil {
			t.Fatal(err)
		}
	}
	return row, stored
}

func events(facts []fact) []merge.Event {
	var es []merge.Event
	for _, f := range facts {
		es = append(es, f.event())
	}
	return es
}

// TestApplyIsTheModel: whatever the order and the grouping, rows are those of R5a, and registers are equal too. (Where no
// part ignores NULL, a delete that ties with an upsert may be left out by Join: it means nothing then.)
func TestApplyIsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := drawParts(t)
		rules := merge.NewRules(ps)
		facts := drawFacts(t, ps, 1)
		want := model(ps, facts)
		row, stored := applyAll(t, rules, events(facts))
		if (row == nil) != (want == nil) || row != nil && !bytes.Equal(values(t, row, len(ps)), want) {
			t.Fatalf("got %v, want %v", row, want)
		}
		shuffled := rapid.Permutation(facts).Draw(t, "order")
		row2, stored2 := applyAll(t, rules, events(shuffled))
		if !bytes.Equal(row, row2) || !bytes.Equal(stored, stored2) {
			t.Fatalf("in another order: row %v, registers %v, want %v, %v", row2, stored2, row, stored)
		}
		cut := rapid.IntRange(0, len(facts)).Draw(t, "cut")
		batches := slices.Concat(joined(rules, shuffled[:cut]), joined(rules, shuffled[cut:]))
		row3, stored3 := applyAll(t, rules, batches)
		ignores := slices.ContainsFunc(ps, func(p merge.Part) bool { return p.Ignore })
		if !bytes.Equal(row, row3) || ignores && !bytes.Equal(stored, stored3) {
			t.Fatalf("in batches: row %v, registers %v, want %v, %v", row3, stored3, row, stored)
		}
	})
}

// TestOpenVersionIsTheRow: SCD type 2's open version is SCD type 1's row.
func TestOpenVersionIsTheRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := drawParts(t)
		rules := merge.NewRules(ps)
		facts := drawFacts(t, ps, 1)
		row, _ := applyAll(t, rules, events(facts))
		var open merge.Row
		versions := rules.Fold(nil, nil, joined(rules, facts), nil)
		if n := len(versions); n > 0 && versions[n-1].End == nil {
			open = versions[n-1].Row
		}
		if !bytes.Equal(row, open) {
			t.Fatalf("row %v, open version %v", row, open)
		}
	})
}

// TestSecondTimeChangesNothing: events that were applied are no ties of themselves, and say that they were there.
func TestSecondTimeChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := drawParts(t)
		rules := merge.NewRules(ps)
		facts := drawFacts(t, ps, 1)
		var reg merge.Registers
		var row merge.Row
		for _, e := range joined(rules, facts) {
			row = rules.Apply(&reg, row, e).Row
			if again := rules.Apply(&reg, row, e); again.Changed || again.Tied || !again.Same || !bytes.Equal(again.Row, row) {
				t.Fatalf("%v again: %+v", e, again)
			}
		}
	})
}

func TestRowsWithNullsIgnored(t *testing.T) {
	tests := []struct {
		name         string
		parts        []merge.Part
		events, want string // want "" is no row
	}{
		{"all_null", ignoring, "10 - -", "- -"},
		{"delete_resets", ignoring, "10 a 1, 20 D, 30 - 5", "- 5"},
		{"delete_resets_late", ignoring, "30 - 5, 20 D, 10 a 1", "- 5"},
		{"late_delete_under_the_row", ignoring, "10 a 1, 30 - 5, 20 D", "- 5"},
		{"late_fills_gap", ignoring, "50 - 2, 30 l 9", "l 2"},
		{"late_does_not_overwrite", ignoring, "50 a 2, 30 l 9", "a 2"},
		{"same_batch", ignoring, "10 a -, 20 - 2, 30 c -", "c 2"},
		{"subset", ignoreName, "10 a 1, 20 - -", "a -"},
		{"below_the_tombstone", ignoring, "20 D, 10 a 1", ""},
		{"value_beats_delete_of_its_sequence", ignoring, "10 a 1, 20 - 2, 20 D", "- 2"},
		{"tie_by_leaf", ignoring, "10 a 3, 10 b 2", "b 3"},
		{"tie_authors_what_the_other_left", ignoring, "10 a -, 10 - 2", "a 2"},
		{"tie_of_others", ignoreName, "10 a 3, 10 b 2", "b 3"},
		{"no_part_ignores", everything, "10 a 1, 20 - 2", "- 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			row, _ := applyAll(t, merge.NewRules(tt.parts), events(read(tt.parts, tt.events)))
			got := ""
			if row != nil {
				got = payload(values(t, row, len(tt.parts)))
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestWhatAnEventDid has what the last of the events did.
func TestWhatAnEventDid(t *testing.T) {
	tests := []struct {
		name, events        string
		changed, same, tied bool
	}{
		{"first", "10 a 1", true, false, false},
		{"newer", "10 a 1, 20 b 2", true, false, false},
		{"newer_and_equal", "10 a 1, 20 - 1", true, false, false},
		{"repeat", "10 a 1, 10 a 1", false, true, false},
		{"older", "20 a 1, 10 b 2", false, false, false},
		{"older_fills", "20 a -, 10 b 2", true, false, false},
		{"older_authored_nothing_new", "20 a 1, 10 - -", false, false, false},
		{"tie_wins", "10 a 1, 10 b 1", true, false, true},
		{"tie_loses", "10 b 1, 10 a 1", false, false, true},
		{"tie_authors_less", "10 b 1, 10 b -", false, true, true},
		{"tie_authors_more", "10 b -, 10 b 1", true, false, true},
		{"tie_in_an_older_leaf", "10 a 1, 20 - 2, 10 b 1", true, false, true},
		{"delete", "10 a 1, 20 D", true, false, false},
		{"delete_again", "10 a 1, 20 D, 20 D", false, true, false},
		{"delete_below_delete", "20 D, 10 D", false, false, false},
		{"delete_below_row", "20 a 1, 10 D", true, false, false},
		{"delete_ties_with_row", "10 a 1, 10 D", true, false, true},
		{"upsert_ties_with_delete", "10 D, 10 a 1", true, false, true},
		{"upsert_below_delete", "20 D, 10 a 1", false, false, false},
		{"revived", "20 D, 30 a 1", true, false, false},
	}
	ps := []merge.Part{{Key: true}, {Ignore: true}, {Ignore: true}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rules := merge.NewRules(ps)
			var reg merge.Registers
			var got merge.Applied
			for _, f := range read(ps, tt.events) {
				got = rules.Apply(&reg, got.Row, f.event())
			}
			if got.Changed != tt.changed || got.Same != tt.same || got.Tied != tt.tied {
				t.Errorf("got changed %v, same %v, tied %v", got.Changed, got.Same, got.Tied)
			}
		})
	}
}

// TestRegistersHaveOneLength: whatever is known of a key.
func TestRegistersHaveOneLength(t *testing.T) {
	lengths := map[int]bool{}
	rapid.Check(t, func(t *rapid.T) {
		ps := ignoring
		_, stored := applyAll(t, merge.NewRules(ps), events(drawFacts(t, ps, 1)))
		lengths[len(stored)] = true
	})
	if len(lengths) != 1 {
		t.Errorf("lengths %v", lengths)
	}
}

func TestRegistersOfAnyWidth(t *testing.T) {
	long := bytes.Repeat([]byte{7}, 300)
	want := merge.Registers{Row: long, Delete: []byte{1, 2}, Authors: [][]byte{{5}, nil, long}}
	var got merge.Registers
	if err := merge.ReadRegisters(merge.AppendRegisters(nil, &want), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDamagedRegisters(t *testing.T) {
	whole := merge.AppendRegisters(nil, &merge.Registers{Delete: []byte{1, 2, 3}, Row: nil, Authors: [][]byte{{1, 2, 4}}})
	var reg merge.Registers
	for n := range len(whole) {
		err := merge.ReadRegisters(whole[:n], &reg)
		if complete := n == len(whole)-4; (err == nil) != complete { // before the author
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	for _, damaged := range [][]byte{{200}, {0, 200}, {1, 0, 9}, {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1}, {255, 255, 255, 255, 255, 255, 255, 255, 127, 0}} {
		if err := merge.ReadRegisters(damaged, &reg); err == nil {
			t.Errorf("%v passes", damaged)
		}
		if _, err := merge.RegistersSequence(damaged); err == nil {
			t.Errorf("the sequence of %v passes", damaged)
		}
	}
}

// TestPartsAddedSince: registers and rows of before a column was added go on.
func TestPartsAddedSince(t *testing.T) {
	old := merge.NewRules(ignoring[:3])
	var reg merge.Registers
	row := old.Apply(&reg, nil, fact{1, []byte{1, 2, 3}}.event()).Row
	wide := merge.NewRules(ignoring)
	row = wide.Apply(&reg, row, fact{2, []byte{1, 0, 0, 9}}.event()).Row
	if got := values(t, row, 4); !bytes.Equal(got, []byte{1, 2, 3, 9}) {
		t.Errorf("got %v", got)
	}
}

// TestKeysAreNeverInherited: a NULL inside a struct key is part of the key.
func TestKeysAreNeverInherited(t *testing.T) {
	var reg merge.Registers
	merge.NewRules([]merge.Part{{Key: true, Ignore: true}, {Ignore: true}}).Apply(&reg, nil, fact{1, []byte{1, 2}}.event())
	if len(reg.Authors) != 1 {
		t.Errorf("%d authors, want that of the second part", len(reg.Authors))
	}
}
