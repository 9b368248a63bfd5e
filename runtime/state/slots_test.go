package state

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSlotsAreAMultimap, of hashes that crowd at places of a few shards, at their ends too.
func TestSlotsAreAMultimap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s slots
		want := map[uint64][]uint32{}
		tags := rapid.SampledFrom([]uint64{0, 1, 1 << 31, 1<<32 - 1, 1<<32 - 2})
		for range rapid.IntRange(1, 40).Draw(t, "rounds") {
			tag, step := tags.Draw(t, "tag"), rapid.SampledFrom([]uint64{0, 1, 1 << 20}).Draw(t, "step")
			shard := rapid.Uint64Range(0, 2).Draw(t, "shard")
			for range rapid.IntRange(1, 400).Draw(t, "times") {
				h := shard<<(64-shardBits) | tag<<(64-shardBits-32)
				ref := uint32(s.count + 1)
				s.insert(h, ref)
				want[h] = append(want[h], ref)
				tag = (tag + step) & (1<<32 - 1)
			}
		}
		for _, h := range slices.Sorted(maps.Keys(want)) {
			var got []uint32
			at := s.seek(h)
			for ref, ok := at.next(); ok; ref, ok = at.next() {
				got = append(got, ref)
			}
			slices.Sort(got)
			if !slices.Equal(got, want[h]) {
				t.Fatalf("%x: %d references, want %d", h, len(got), len(want[h]))
			}
		}
		absent := s.seek(7 << 60)
		if ref, ok := absent.next(); ok {
			t.Fatalf("found %d, which was not inserted", ref)
		}
	})
}

// TestSlotsGrowInPlace: what is held is what the keys need, at every count, and hostile hashes cost no more.
func TestSlotsGrowInPlace(t *testing.T) {
	for name, hash := range map[string]func(i uint64) uint64{
		"even": func(i uint64) uint64 { return i * 0x9e3779b97f4a7c15 },
		"end":  func(i uint64) uint64 { return 1<<61 - 1 - i%3<<30 },
	} {
		var s slots
		n := uint64(300_000)
		if name == "end" {
			n = 3000
		}
		for i := range n {
			s.insert(hash(i), uint32(i+1))
			held := int64(0)
			if i%1000 != 0 {
				continue
			}
			for j := range s.shards {
				held += int64(len(s.shards[j].chunks)) * chunkSlots * 8
			}
			if held != s.bytes || held > 2*8*chunkSlots*int64(len(s.shards))+int64(i)*14 {
				t.Fatalf("%s: %d bytes for %d hashes, told %d", name, held, i, s.bytes)
			}
		}
	}
}
