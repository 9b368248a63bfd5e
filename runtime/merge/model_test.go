package merge_test

import (
	"bytes"
	"cmp"
	"slices"
	"testing"

	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

// fact is an event as it is authored: values[i] is the value of part i, 0 is NULL; nil is a delete.
type fact struct {
	seq    byte
	values []byte
}

func (f fact) event() merge.Event {
	if f.values == nil {
		return merge.Event{Seq: []byte{f.seq}, Delete: true}
	}
	return merge.Event{Seq: []byte{f.seq}, Upsert: true, Row: parts(f.values)}
}

// parts is a row in parts form, as generated code writes it.
func parts(values []byte) merge.Row {
	var row []byte
	for _, v := range values {
		at := len(row)
		row = merge.OpenPart(row)
		if v == 0 {
			row = value.AppendNull(row)
		} else {
			row = value.AppendString(value.AppendPresent(row), string(bytes.Repeat([]byte{v}, int(v))))
		}
		merge.ClosePart(row, at)
	}
	return row
}

// values is the inverse of parts, of a row with n parts.
func values(t interface{ Fatal(...any) }, row merge.Row, n int) []byte {
	var vs []byte
	rest := []byte(row)
	for range n {
		part, next, err := merge.NextPart(rest)
		if err != nil {
			t.Fatal(err)
		}
		rest = next
		if merge.IsNull(part) {
			vs = append(vs, 0)
			continue
		}
		vs = append(vs, part[1])
	}
	if len(rest) > 0 {
		t.Fatal("the row has more parts")
	}
	return vs
}

// model is the row that R5a gives a key after facts, nil for none: each register is the greatest of all facts by
// (sequence, value over delete, value).
func model(ps []merge.Part, facts []fact) []byte {
	newest := greatest(facts, func(f fact) []byte { return []byte{} })
	if newest == nil {
		return nil
	}
	row := make([]byte, len(ps))
	others := greatest(facts, func(f fact) []byte {
		var vs []byte
		for i, p := range ps {
			if !p.Ignore {
				vs = append(vs, f.values[i])
			}
		}
		return vs
	})
	for i, p := range ps {
		if !p.Ignore {
			row[i], others = others[0], others[1:]
			continue
		}
		if v := greatest(facts, func(f fact) []byte {
			if f.values[i] == 0 {
				return nil
			}
			return f.values[i : i+1]
		}); v != nil {
			row[i] = v[0]
		}
	}
	return row
}

// greatest is the value of a register, nil where a delete set it or nobody. of is what an upsert has for it, nil for
// nothing.
func greatest(facts []fact, of func(fact) []byte) []byte {
	type set struct {
		seq    byte
		values []byte
	}
	var sets []set
	for _, f := range facts {
		switch {
		case f.values == nil:
			sets = append(sets, set{seq: f.seq})
		case of(f) != nil:
			sets = append(sets, set{f.seq, of(f)})
		}
	}
	if len(sets) == 0 {
		return nil
	}
	return slices.MaxFunc(sets, func(a, b set) int {
		if c := cmp.Compare(a.seq, b.seq); c != 0 {
			return c
		}
		if (a.values == nil) != (b.values == nil) {
			if a.values == nil {
				return -1
			}
			return 1
		}
		return bytes.Compare(a.values, b.values)
	}).values
}

type modelVersion struct {
	Start, End byte // End 0 is open
	Row        []byte
}

// history is the versions that R20-R26 give: the runs, equal in what is tracked, of the rows that the key had after each
// sequence.
func history(ps []merge.Part, facts []fact) []modelVersion {
	facts = slices.Clone(facts)
	slices.SortStableFunc(facts, func(a, b fact) int { return cmp.Compare(a.seq, b.seq) })
	var out []modelVersion
	open := false
	for i, f := range facts {
		if i+1 < len(facts) && facts[i+1].seq == f.seq {
			continue
		}
		row := model(ps, facts[:i+1])
		same := open && row != nil
		for j, p := range ps {
			same = same && (!p.Tracked || row[j] == out[len(out)-1].Row[j])
		}
		if same {
			out[len(out)-1].Row = row
			continue
		}
		if open {
			out[len(out)-1].End = f.seq
		}
		if open = row != nil; open {
			out = append(out, modelVersion{Start: f.seq, Row: row})
		}
	}
	return out
}

// drawParts draws a table: a key and up to four more parts.
func drawParts(t *rapid.T) []merge.Part {
	ps := []merge.Part{{Key: true}}
	ignoring := rapid.Bool().Draw(t, "ignoring")
	for range rapid.IntRange(1, 4).Draw(t, "parts") {
		ps = append(ps, merge.Part{
			Tracked: rapid.Bool().Draw(t, "tracked"),
			Ignore:  ignoring && rapid.IntRange(0, 3).Draw(t, "ignore") > 0,
		})
	}
	return ps
}

// drawFacts draws events of one key, with ties and repeats.
func drawFacts(t *rapid.T, ps []merge.Part, least int) []fact {
	one := rapid.Custom(func(t *rapid.T) fact {
		f := fact{seq: rapid.ByteRange(1, 6).Draw(t, "seq")}
		if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
			return f
		}
		f.values = []byte{1}
		for range ps[1:] {
			f.values = append(f.values, rapid.ByteRange(0, 3).Draw(t, "value"))
		}
		return f
	})
	facts := rapid.SliceOfN(one, least, 10).Draw(t, "facts")
	if len(facts) > 0 && rapid.Bool().Draw(t, "repeat") {
		facts = append(facts, rapid.SampledFrom(facts).Draw(t, "repeated"))
	}
	return facts
}

// joined is one event per sequence, ascending, of facts in any order.
func joined(r *merge.Rules, facts []fact) []merge.Event {
	facts = slices.Clone(facts)
	slices.SortStableFunc(facts, func(a, b fact) int { return cmp.Compare(a.seq, b.seq) })
	var events []merge.Event
	for _, f := range facts {
		if n := len(events); n > 0 && events[n-1].Seq[0] == f.seq {
			events[n-1], _, _ = r.Join(events[n-1], f.event())
			continue
		}
		events = append(events, f.event())
	}
	return events
}

func TestModelByHand(t *testing.T) {
	ps := []merge.Part{{Key: true}, {Tracked: true, Ignore: true}, {Tracked: true}}
	facts := []fact{{3, []byte{1, 0, 5}}, {1, []byte{1, 7, 7}}, {2, []byte{1, 8, 9}}}
	if got := model(ps, facts); !bytes.Equal(got, []byte{1, 8, 5}) {
		t.Errorf("got %v", got)
	}
	if got := model(ps, append(facts, fact{seq: 2})); !bytes.Equal(got, []byte{1, 8, 5}) {
		t.Errorf("a value beats the delete of its sequence: got %v", got)
	}
	if got := model(ps, append(facts, fact{seq: 4})); got != nil {
		t.Errorf("deleted: got %v", got)
	}
}
