package merge_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/merge"
	"pgregory.net/rapid"
)

// shown is versions as the model has them.
func shown(t interface{ Fatal(...any) }, versions []merge.Version, n int) []modelVersion {
	var out []modelVersion
	for _, v := range versions {
		m := modelVersion{Start: v.Start[0], Row: values(t, v.Row, n)}
		if v.End != nil {
			m.End = v.End[0]
		}
		out = append(out, m)
	}
	return out
}

func TestFoldIsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := drawParts(t)
		rules := merge.NewRules(ps)
		facts := drawFacts(t, ps, 0)
		got := rules.Fold(nil, nil, joined(rules, rapid.Permutation(facts).Draw(t, "order")), nil)
		if diff := cmp.Diff(history(ps, facts), shown(t, got, len(ps))); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestFoldInWindows: a history folded in two goes is the history folded in one.
func TestFoldInWindows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := drawParts(t)
		rules := merge.NewRules(ps)
		events := joined(rules, drawFacts(t, ps, 1))
		whole := rules.Fold(nil, nil, events, nil)
		cut := rapid.IntRange(0, len(events)).Draw(t, "cut")
		got := rules.Fold(nil, nil, events[:cut], nil)
		var base *merge.Version
		if n := len(got); n > 0 && got[n-1].End == nil {
			open := got[n-1]
			base, got = &open, got[:n-1]
		}
		got = rules.Fold(got, base, events[cut:], nil)
		if diff := cmp.Diff(shown(t, whole, len(ps)), shown(t, got, len(ps))); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestFoldNamesItsEvents: First and Last are the events that made a version.
func TestFoldNamesItsEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := drawParts(t)
		rules := merge.NewRules(ps)
		events := joined(rules, drawFacts(t, ps, 1))
		cut := rapid.IntRange(0, len(events)).Draw(t, "cut")
		before := rules.Fold(nil, nil, events[:cut], nil)
		var base *merge.Version
		if n := len(before); n > 0 && before[n-1].End == nil {
			base = &before[n-1]
		}
		next := 0
		for i, v := range rules.Fold(nil, base, events[cut:], nil) {
			if v.First == -1 {
				if i > 0 || base == nil || string(v.Start) != string(base.Start) || v.Last >= 0 && v.Last < next {
					t.Fatalf("version %d: %+v", i, v)
				}
			} else if string(events[cut+v.First].Seq) != string(v.Start) || v.First < next || v.Last < v.First {
				t.Fatalf("version %d: %+v", i, v)
			}
			next = v.Last + 1
		}
	})
}

func TestUntilClosesWhatIsOpen(t *testing.T) {
	rules := merge.NewRules([]merge.Part{{Key: true}, {Tracked: true}})
	base := &merge.Version{Start: []byte{1}, End: []byte{7}, Row: parts([]byte{1, 1})}
	got := shown(t, rules.Fold(nil, base, nil, []byte{5}), 2)
	if diff := cmp.Diff([]modelVersion{{1, 5, []byte{1, 1}}}, got); diff != "" {
		t.Error(diff)
	}
	gone := []merge.Event{fact{seq: 3}.event()}
	got = shown(t, rules.Fold(nil, base, gone, []byte{5}), 2)
	if diff := cmp.Diff([]modelVersion{{1, 3, []byte{1, 1}}}, got); diff != "" {
		t.Error(diff)
	}
}

var (
	// name, amt and v, the sequence, beside the key
	everything = []merge.Part{{Key: true}, {Tracked: true}, {Tracked: true}, {Tracked: true}}
	unkept     = []merge.Part{{Key: true}, {Tracked: true}, {Tracked: true}}
	nameOnly   = []merge.Part{{Key: true}, {Tracked: true}, {}, {}}
	ignoring   = []merge.Part{{Key: true}, {Tracked: true, Ignore: true}, {Tracked: true, Ignore: true}, {Tracked: true, Ignore: true}}
	ignoreName = []merge.Part{{Key: true}, {Tracked: true, Ignore: true}, {Tracked: true}, {Tracked: true}}
	nameAlone  = []merge.Part{{Key: true}, {Tracked: true, Ignore: true}, {Ignore: true}, {Ignore: true}}
)

// read reads events like "10 a 1, 20 D, 30 - 2": a sequence, then D or name (a letter) and amt (a digit, 1 or more); - is
// NULL. The sequence is a part too where the table keeps it.
func read(ps []merge.Part, text string) []fact {
	var facts []fact
	for item := range strings.SplitSeq(text, ", ") {
		words := strings.Fields(item)
		seq, _ := strconv.Atoi(words[0])
		f := fact{seq: byte(seq)}
		if words[1] != "D" {
			f.values = []byte{1, 0, 0}
			if words[1] != "-" {
				f.values[1] = words[1][0]
			}
			if words[2] != "-" {
				f.values[2] = words[2][0] - '0'
			}
			if len(ps) == 4 {
				f.values = append(f.values, f.seq)
			}
		}
		facts = append(facts, f)
	}
	return facts
}

// write is versions like "10-20 a 1, 20- b 1".
func write(versions []modelVersion) string {
	var items []string
	for _, v := range versions {
		item := strconv.Itoa(int(v.Start)) + "-"
		if v.End != 0 {
			item += strconv.Itoa(int(v.End))
		}
		items = append(items, item+" "+payload(v.Row))
	}
	return strings.Join(items, ", ")
}

func payload(row []byte) string {
	name, amt := "-", "-"
	if row[1] != 0 {
		name = string(row[1:2])
	}
	if row[2] != 0 {
		amt = strconv.Itoa(int(row[2]))
	}
	return name + " " + amt
}

// TestHistories has the cases of the vectors that were produced by Spark, and those that follow from a rule.
func TestHistories(t *testing.T) {
	tests := []struct {
		name         string
		parts        []merge.Part
		events, want string
	}{
		{"insert", everything, "10 a 1", "10- a 1"},
		{"three_in_batch", everything, "10 a 1, 20 b 1, 30 c 1", "10-20 a 1, 20-30 b 1, 30- c 1"},
		{"late_between", everything, "10 a 1, 30 c 1, 20 b 1", "10-20 a 1, 20-30 b 1, 30- c 1"},
		{"late_before_first", everything, "20 b 1, 10 a 1", "10-20 a 1, 20- b 1"},
		{"double_delete", everything, "10 a 1, 20 D, 30 D", "10-20 a 1"},
		{"double_delete_earlier_late", everything, "10 a 1, 30 D, 20 D", "10-20 a 1"},
		{"delete_first", everything, "20 D, 10 a 1", "10-20 a 1"},
		{"gap_until_reinsert", everything, "10 a 1, 20 D, 30 a 1", "10-20 a 1, 30- a 1"},
		{"delete_alone", everything, "10 D", ""},
		{"exact_duplicate", everything, "10 a 1, 10 a 1, 10 a 1", "10- a 1"},
		{"tie_of_upserts", everything, "10 a 1, 10 b 1", "10- b 1"},
		{"tie_upsert_delete", everything, "10 a 1, 20 b 1, 20 D", "10-20 a 1, 20- b 1"},
		{"identical_sequence_kept", everything, "10 a 1, 20 a 1", "10-20 a 1, 20- a 1"},
		{"identical_sequence_left_out", unkept, "10 a 1, 20 a 1, 30 b 1", "10-30 a 1, 30- b 1"},
		{"there_and_back", unkept, "10 a 1, 20 b 1, 30 a 1", "10-20 a 1, 20-30 b 1, 30- a 1"},
		{"null_equals_null", unkept, "10 - 1, 20 - 1", "10- - 1"},
		{"track_subset", nameOnly, "10 a 1, 20 a 2, 30 b 3", "10-30 a 2, 30- b 3"},
		{"track_subset_late_older", nameOnly, "20 a 2, 10 a 1", "10- a 2"},
		{"track_subset_bisect", nameOnly, "5 a 1, 10 a 2, 15 a 3, 20 c 4, 12 b 5", "5-12 a 2, 12-15 b 5, 15-20 a 3, 20- c 4"},
		{"ignull_inherit", ignoring, "10 a 1, 20 - 2, 30 c -", "10-20 a 1, 20-30 a 2, 30- c 2"},
		{"ignull_noop_coalesces", nameAlone, "10 a 1, 20 - 2", "10- a 2"},
		{"ignull_delete_resets", ignoring, "10 a 1, 20 D, 30 - 5", "10-20 a 1, 30- - 5"},
		{"ignull_late_changes_what_follows", ignoring, "10 a 1, 30 - 3, 40 d -, 20 b -", "10-20 a 1, 20-30 b 1, 30-40 b 3, 40- d 3"},
		{"ignull_subset", ignoreName, "10 a 1, 20 - -", "10-20 a 1, 20- a -"},
		{"ignull_delete_ties_with_upsert", ignoring, "10 a 1, 20 D, 20 - 5", "10-20 a 1, 20- - 5"},
		{"ignull_tie_without_change_makes_no_gap", nameAlone, "10 a 1, 20 D, 20 a -", "10- a -"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rules := merge.NewRules(tt.parts)
			facts := read(tt.parts, tt.events)
			got := write(shown(t, rules.Fold(nil, nil, joined(rules, facts), nil), len(tt.parts)))
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if by := write(history(tt.parts, facts)); by != tt.want {
				t.Errorf("the model gives %s, want %s", by, tt.want)
			}
		})
	}
}
