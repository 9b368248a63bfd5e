package state_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seamflow/seamflow/runtime/state"
	"pgregory.net/rapid"
)

// offer is one as a test knows it.
type offer struct {
	key, seq string
	ordinal  uint64
}

// standing is what a map knows of a key.
type standing map[string]offer

func (s standing) offer(o offer) state.Judged {
	was, known := s[o.key]
	j := state.Judged{Previous: was.ordinal}
	switch {
	case !known:
		j = state.Judged{Verdict: state.First}
		s[o.key] = o
	case o.seq < was.seq:
		j.Verdict = state.Older
	case o.seq > was.seq:
		j.Verdict = state.Newer
		s[o.key] = o
	default:
		j.Verdict = state.Same
	}
	return j
}

func TestNewestIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, want := state.NewNewest(1<<20), standing{}
		keys := rapid.SliceOfN(rapid.StringN(0, 40, 80), 1, 60).Draw(t, "keys")
		var batch state.Offers
		var got, expected []state.Judged
		ordinal := uint64(0)
		for range rapid.IntRange(1, 6).Draw(t, "batches") {
			batch.Reset()
			for range rapid.IntRange(0, 100).Draw(t, "offers") {
				o := offer{
					key:     rapid.SampledFrom(keys).Draw(t, "key"),
					seq:     string(rapid.SliceOfN(rapid.Byte(), 0, 10).Draw(t, "seq")),
					ordinal: ordinal,
				}
				ordinal++
				batch.Add([]byte(o.key), []byte(o.seq), o.ordinal)
				expected = append(expected, want.offer(o))
			}
			got = n.Offer(&batch, got)
		}
		for i := range expected {
			if got[i] != expected[i] {
				t.Fatalf("offer %d: %+v, want %+v", i, got[i], expected[i])
			}
		}
		if n.Len() != len(want) {
			t.Fatalf("%d keys, want %d", n.Len(), len(want))
		}
	})
}

// TestNewestOfManyKeys lets every shard grow many times.
func TestNewestOfManyKeys(t *testing.T) {
	const keys, offers = 100_000, 400_000
	n, want := state.NewNewest(1<<30), standing{}
	r := rand.New(rand.NewPCG(1, 2))
	var batch state.Offers
	var got []state.Judged
	for i := range uint64(offers) {
		o := offer{fmt.Sprint("order ", r.IntN(keys)), fmt.Sprintf("%04d", r.IntN(1000)), i}
		batch.Add([]byte(o.key), []byte(o.seq), o.ordinal)
		if batch.Len() == 1000 {
			got = n.Offer(&batch, got[:0])
			for i, j := range got {
				key, seq := batch.At(i)
				if w := want.offer(offer{string(key), string(seq), batch.Ordinal(i)}); w != j {
					t.Fatalf("offer %d: %+v, want %+v", batch.Ordinal(i), j, w)
				}
			}
			batch.Reset()
		}
	}
	if n.Len() != len(want) {
		t.Errorf("%d keys, want %d", n.Len(), len(want))
	}
	if perKey := float64(n.Bytes()) / float64(n.Len()); perKey > 24+11+4 {
		t.Errorf("%.1f bytes a key of 11 with a sequence of 4", perKey)
	}
}

// TestNewestKeepsToItsLimit: new keys are refused, and those that are held go on.
func TestNewestKeepsToItsLimit(t *testing.T) {
	for _, limit := range []int64{0, 1, 40 << 10, 200 << 10, 3 << 20} {
		n := state.NewNewest(limit)
		var batch state.Offers
		for i := range uint64(100_000) {
			batch.Add(number(i), []byte("1"), i)
		}
		judged := n.Offer(&batch, nil)
		if n.Bytes() > limit {
			t.Errorf("%d bytes held, with a limit of %d", n.Bytes(), limit)
		}
		var again state.Offers
		for i := range uint64(100_000) {
			again.Add(number(i), []byte("2"), i+100_000)
		}
		held := 0
		for i, j := range n.Offer(&again, nil) {
			want := state.Judged{Verdict: state.Newer, Previous: uint64(i)}
			if judged[i].Verdict == state.Refused {
				want = state.Judged{Verdict: state.Refused}
			} else {
				held++
			}
			if j != want {
				t.Fatalf("limit %d, key %d: %+v, want %+v", limit, i, j, want)
			}
		}
		if held != n.Len() || held == 100_000 || int64(held) < limit/90-2000 {
			t.Errorf("limit %d: %d keys held of %d", limit, held, n.Len())
		}
	}
}

// TestNewestRefusesWhatItCannotHold, and says nothing of it.
func TestNewestRefusesWhatItCannotHold(t *testing.T) {
	n := state.NewNewest(1 << 20)
	long := bytes.Repeat([]byte("k"), state.MaxOfferKey+1)
	wide := bytes.Repeat([]byte("s"), state.MaxOfferSeq+1)
	var o state.Offers
	o.Add(long, []byte("1"), 0)
	o.Add(long, []byte("1"), 1)
	o.Add([]byte("a"), wide, 2)
	o.Add([]byte("a"), []byte("1"), state.MaxOrdinal+1)
	o.Add(long[1:], wide[1:], state.MaxOrdinal)
	o.Add(long[1:], wide[1:], 3)
	o.Add([]byte("a"), []byte("1"), 4)
	want := []state.Judged{
		{Verdict: state.Refused}, {Verdict: state.Refused}, {Verdict: state.Refused}, {Verdict: state.Refused},
		{Verdict: state.First}, {Verdict: state.Same, Previous: state.MaxOrdinal}, {Verdict: state.First},
	}
	if got := n.Offer(&o, nil); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestNewestAllocatesNothingForKnownKeys(t *testing.T) {
	n := state.NewNewest(1 << 20)
	var o state.Offers
	var judged []state.Judged
	seq := make([]byte, 8)
	keys := make([][]byte, 1000)
	for i := range keys {
		keys[i] = number(uint64(i))
	}
	round := uint64(0)
	offer := func() {
		o.Reset()
		round++
		binary.BigEndian.PutUint64(seq, round)
		for i, key := range keys {
			o.Add(key, seq, uint64(i))
		}
		judged = n.Offer(&o, judged[:0])
	}
	offer()
	if allocs := testing.AllocsPerRun(20, offer); allocs > 0 {
		t.Errorf("%.1f allocations for 1000 offers", allocs)
	}
}

// BenchmarkNewest makes five million offers of 1.2 million keys of 22 bytes.
func BenchmarkNewest(b *testing.B) {
	const offers, keys, block = 5_000_000, 1_200_000, 4096
	key, seq := make([]byte, 0, 32), make([]byte, 8)
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]uint64, offers)
	for i := range all {
		all[i] = r.Uint64N(keys) * 0x9e3779b97f4a7c15
	}
	var o state.Offers
	var judged []state.Judged
	var held float64
	for b.Loop() {
		n := state.NewNewest(1 << 30)
		for i, k := range all {
			key = append(key[:0], "order-00000000"...)
			key = binary.BigEndian.AppendUint64(key, k)
			binary.BigEndian.PutUint64(seq, uint64(i)*0x9e3779b97f4a7c15)
			o.Add(key, seq, uint64(i))
			if o.Len() == block {
				judged = n.Offer(&o, judged[:0])
				o.Reset()
			}
		}
		judged = n.Offer(&o, judged[:0])
		o.Reset()
		held = float64(n.Bytes()) / float64(n.Len())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/offers, "ns/offer")
	b.ReportMetric(held, "B/key")
}
