package merge_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/merge"
	"pgregory.net/rapid"
)

func TestSCD1Verdicts(t *testing.T) {
	seq := func(n byte) []byte { return []byte{n} }
	row := merge.Current{Exists: true, Seq: seq(5), Hash: 7}
	unknownHash := merge.Current{Exists: true, Seq: seq(5)}
	deleted := merge.Current{Exists: true, Tombstone: true, Seq: seq(5)}
	tests := []struct {
		name    string
		cur     merge.Current
		seq     byte
		deletes bool
		hash    uint64
		want    merge.Verdict
	}{
		{"first_event", merge.Current{}, 1, false, 7, merge.Insert},
		{"delete_of_unknown_key", merge.Current{}, 1, true, 0, merge.Tombstone},
		{"newer_upsert", row, 6, false, 8, merge.Replace},
		{"newer_upsert_same_row", row, 6, false, 7, merge.Replace},
		{"newer_delete", row, 6, true, 0, merge.Delete},
		{"late_upsert", row, 4, false, 8, merge.Late},
		{"late_delete", row, 4, true, 0, merge.Late},
		{"exact_duplicate", row, 5, false, 7, merge.Duplicate},
		{"tie_of_upserts", row, 5, false, 8, merge.Tie},
		{"same_sequence_hash_unknown", unknownHash, 5, false, 7, merge.Tie},
		{"delete_ties_with_row", row, 5, true, 0, merge.TieLost},
		{"upsert_ties_with_tombstone", deleted, 5, false, 7, merge.TieWon},
		{"upsert_below_tombstone", deleted, 4, false, 7, merge.Late},
		{"upsert_above_tombstone", deleted, 6, false, 7, merge.Revive},
		{"second_delete_later", deleted, 6, true, 0, merge.Tombstone},
		{"second_delete_earlier", deleted, 4, true, 0, merge.Late},
		{"second_delete_same", deleted, 5, true, 0, merge.Duplicate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := merge.SCD1(tt.cur, &merge.Change{Seq: seq(tt.seq), Delete: tt.deletes}, tt.hash)
			if got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// event is one change of a single key; row stands for the canonical encoding.
type event struct {
	seq, row byte
	deletes  bool
}

// fold applies events in order, as the engine does.
func fold(events []event) (row []byte, seq byte, tombstone bool) {
	var cur merge.Current
	for _, e := range events {
		enc := []byte{e.row}
		ch := merge.Change{Seq: []byte{e.seq}, Delete: e.deletes}
		v := merge.SCD1(cur, &ch, uint64(e.row)+1)
		if v == merge.Tie {
			if wins, _ := merge.Resolve(row, enc); wins {
				v = merge.Replace
			}
		}
		switch {
		case v.Stores():
			row = enc
			cur = merge.Current{Exists: true, Seq: ch.Seq, Hash: uint64(e.row) + 1}
		case v == merge.Delete || v == merge.Tombstone:
			row = nil
			cur = merge.Current{Exists: true, Tombstone: true, Seq: ch.Seq}
		}
	}
	return row, cur.Seq[0], cur.Tombstone
}

// TestOrderNeverMatters is R15 with R5: the end depends on the set of events alone.
func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.Custom(func(t *rapid.T) event {
			return event{
				seq:     rapid.ByteRange(1, 4).Draw(t, "seq"),
				row:     rapid.ByteRange(0, 3).Draw(t, "row"),
				deletes: rapid.Bool().Draw(t, "delete"),
			}
		})
		events := rapid.SliceOfN(gen, 1, 12).Draw(t, "events")
		shuffled := rapid.Permutation(append(slices.Clone(events), events[0])).Draw(t, "shuffled")
		row, seq, dead := fold(events)
		row2, seq2, dead2 := fold(shuffled)
		if !bytes.Equal(row, row2) || seq != seq2 || dead != dead2 {
			t.Fatalf("%v gives (%v, %d, %v), %v gives (%v, %d, %v)", events, row, seq, dead, shuffled, row2, seq2, dead2)
		}
	})
}

func TestResetKeepsMemory(t *testing.T) {
	ch := merge.Change{Key: make([]byte, 3, 64), Seq: make([]byte, 2, 64), Delete: true, NullKey: "id", NullSeq: true}
	ch.Reset()
	if diff := cmp.Diff(merge.Change{Key: []byte{}, Seq: []byte{}}, ch); diff != "" {
		t.Error(diff)
	}
	if cap(ch.Key) != 64 || cap(ch.Seq) != 64 {
		t.Errorf("capacities %d, %d", cap(ch.Key), cap(ch.Seq))
	}
}
