package delta

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

func drawMergeEntry(t *rapid.T, kinds []MergeKind) MergeEntry {
	e := MergeEntry{
		Key:  []byte(rapid.SampledFrom([]string{"", "a", "ab", "b", "c\xff", "\x00"}).Draw(t, "key")),
		Seq:  []byte(rapid.SampledFrom([]string{"", "1", "2", "3"}).Draw(t, "seq")),
		Kind: rapid.SampledFrom(kinds).Draw(t, "kind"),
		Gen:  rapid.Int64Range(0, 3).Draw(t, "gen"),
		At:   rapid.SampledFrom([]int64{0, 1, 256, 1 << 50, -1}).Draw(t, "at"),
	}
	if e.Kind > Sequence {
		e.Payload = rapid.SampledFrom([][]byte{nil, []byte("payload"), {0}}).Draw(t, "payload")
	}
	return e
}

// wins reports whether b, which came later, counts instead of a.
func wins(a, b MergeEntry) bool {
	if a.Kind.isEvent() {
		return b.Gen > a.Gen || b.Gen == a.Gen && b.Kind >= a.Kind
	}
	if c := strings.Compare(string(b.Seq), string(a.Seq)); c != 0 {
		return c > 0
	}
	return b.Gen > a.Gen || b.Gen == a.Gen && b.Kind >= a.Kind
}

func subjectOf(e MergeEntry) string {
	if e.Kind.isEvent() {
		return fmt.Sprintf("%q 2 %q", e.Key, e.Seq)
	}
	return fmt.Sprintf("%q 1", e.Key)
}

func copyEntry(e MergeEntry) MergeEntry {
	e.Key, e.Seq, e.Payload = slices.Clone(e.Key), slices.Clone(e.Seq), slices.Clone(e.Payload)
	return e
}

// Entries of keys and of events, with payloads and without, over files and merged levels: a scan gives of each thing the
// entry that counts, in order, and a search for some keys gives what the scan does of them.
func TestScanAndSearchAgainstAModel(t *testing.T) {
	kinds := map[string][]MergeKind{
		"keys":   {Tombstone, Sequence, Registers},
		"events": {EventUpsert, EventDelete, EventBoth},
		"mixed":  {Tombstone, Registers, EventUpsert, EventBoth},
	}
	for name, kinds := range kinds {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { scanAndSearch(t, rt, kinds) })
		})
	}
}

func scanAndSearch(t *testing.T, rt *rapid.T, kinds []MergeKind) {
	ctx := context.Background()
	table, err := Create(ctx, vfs.NewMem(), "/t", NewTable{Schema: people, Keyed: true})
	must(t, err)
	model := map[string]MergeEntry{}
	gen := int64(0)
	for range rapid.IntRange(1, 12).Draw(rt, "commits") {
		gen += 10 // batches follow one another
		w := table.NewMergeFile()
		for range rapid.IntRange(0, 10).Draw(rt, "entries") {
			e := drawMergeEntry(rt, kinds)
			if e.Kind != Tombstone {
				e.Gen += gen
			}
			w.Add(e)
			if old, ok := model[subjectOf(e)]; !ok || wins(old, e) {
				model[subjectOf(e)] = e
			}
		}
		f, err := w.Close()
		must(t, err)
		_, err = table.Commit(ctx, &Tx{MergeAdds: []MergeFile{f}})
		must(t, err)
	}
	var want []MergeEntry
	for _, e := range model {
		want = append(want, copyEntry(e))
	}
	slices.SortFunc(want, func(a, b MergeEntry) int { return compareEntries(&a, &b) })
	var got []MergeEntry
	must(t, table.ScanMergeLog(ctx, table.MergeFiles(), func(e MergeEntry) { got = append(got, copyEntry(e)) }))
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		rt.Fatal("scan: " + diff)
	}

	keys := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"", "a", "aa", "b", "c\xff", "\x00", "zz"}), rapid.ID[string]).Draw(rt, "keys")
	slices.Sort(keys)
	var asked [][]byte
	for _, k := range keys {
		asked = append(asked, []byte(k))
	}
	want = slices.DeleteFunc(want, func(e MergeEntry) bool { return !slices.Contains(keys, string(e.Key)) })
	got = nil
	must(t, table.FindMergeEntries(ctx, table.MergeFiles(), asked, func(e MergeEntry) { got = append(got, copyEntry(e)) }))
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		rt.Fatal("search: " + diff)
	}
}

// Two files of one batch may say different things of the same event: it is the later one that counts, in a search too.
func TestOfEntriesAlikeTheLaterFileCounts(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Schema: people, Keyed: true})
	var files []MergeFile
	for _, text := range []string{"z first", "a second"} {
		w := table.NewMergeFile()
		w.Add(MergeEntry{Key: []byte("k"), Seq: []byte("s"), Kind: EventUpsert, Payload: []byte("overruled in its file"), Gen: 7})
		w.Add(MergeEntry{Key: []byte("k"), Seq: []byte("s"), Kind: EventUpsert, Payload: []byte(text), Gen: 7})
		f, err := w.Close()
		must(t, err)
		files = append(files, f)
	}
	var got []string
	see := func(e MergeEntry) { got = append(got, string(e.Payload)) }
	must(t, table.ScanMergeLog(ctx, files, see))
	must(t, table.FindMergeEntries(ctx, files, [][]byte{[]byte("k")}, see))
	if diff := cmp.Diff([]string{"a second", "a second"}, got); diff != "" {
		t.Error(diff)
	}
}

// bigMergeFile has the even numbers below 2n as keys, of two events each.
func bigMergeFile(t testing.TB, table *Table, n int) MergeFile {
	w := table.NewMergeFile()
	for i := range n {
		key := binary.BigEndian.AppendUint64(nil, uint64(2*i))
		for seq := range byte(2) {
			w.Add(MergeEntry{Key: key, Seq: []byte{seq}, Kind: EventUpsert, Payload: fmt.Appendf(nil, "%d of %d", seq, 2*i), Gen: 1 << 16})
		}
	}
	f, err := w.Close()
	must(t, err)
	return f
}

func TestSearchOverRowGroups(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Schema: people, Keyed: true})
	const n = 3 * mergeGroupPayload / 2
	f := bigMergeFile(t, table, n)
	var keys [][]byte
	var want, got []string
	for i := 0; i < 2*n+5000; i += 997 {
		keys = append(keys, binary.BigEndian.AppendUint64(nil, uint64(i)))
		if i%2 == 0 && i < 2*n {
			want = append(want, fmt.Sprintf("0 of %d", i), fmt.Sprintf("1 of %d", i))
		}
	}
	// Events of one key on both sides of a row group's end.
	odd := table.NewMergeFile()
	split := []byte("split")
	for i := range mergeGroupPayload + 1 {
		odd.Add(MergeEntry{Key: split, Seq: binary.BigEndian.AppendUint64(nil, uint64(i)), Kind: EventUpsert, Payload: []byte("p")})
	}
	g, err := odd.Close()
	must(t, err)
	keys = append(keys, split)
	splits := 0
	must(t, table.FindMergeEntries(ctx, []MergeFile{f, g}, keys, func(e MergeEntry) {
		if string(e.Key) == "split" {
			splits++
			return
		}
		got = append(got, string(e.Payload))
	}))
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if splits != mergeGroupPayload+1 {
		t.Errorf("%d events of the key that spans row groups", splits)
	}
}

// Bytes of a file that no footer and no page holds are looked at the first time a handle opens it, those of the parts
// that a search reads every time.
func TestSearchRefusesDamage(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	f := bigMergeFile(t, table, 100)
	full := "/data/t/_seamflow/merge/" + f.Name
	good, err := vfs.ReadFile(fsys, full)
	must(t, err)
	search := func(h *Table) error {
		return h.FindMergeEntries(ctx, []MergeFile{f}, [][]byte{make([]byte, 8)}, func(MergeEntry) {})
	}
	must(t, search(table))
	for _, at := range []int{40, len(good) / 2, len(good) - 100} {
		bad := slices.Clone(good)
		bad[at] ^= 0x10
		must(t, fsys.Remove(full))
		must(t, vfs.WriteFile(fsys, full, bad))
		var damaged *DamagedError
		fresh, err := Open(ctx, fsys, "/data/t")
		must(t, err)
		if err := search(fresh); !errors.As(err, &damaged) {
			t.Errorf("byte %d, first look: %v", at, err)
		}
		if err := search(table); !errors.As(err, &damaged) {
			t.Errorf("byte %d, later look: %v", at, err)
		}
	}
}

// BenchmarkFindMergeEntries searches for 100 keys of one file of a million events.
func BenchmarkFindMergeEntries(b *testing.B) {
	ctx := context.Background()
	table, err := Create(ctx, vfs.OS(), b.TempDir(), NewTable{Schema: people, Keyed: true})
	must(b, err)
	const n = 1 << 19
	files := []MergeFile{bigMergeFile(b, table, n)}
	rng := rand.New(rand.NewPCG(1, 1))
	for name, among := range map[string]int{"anywhere": n, "near": 1000} {
		b.Run(name, func(b *testing.B) {
			found := 0
			for b.Loop() {
				drawn := map[uint64]bool{}
				for len(drawn) < 100 {
					drawn[uint64(2*rng.IntN(among))] = true
				}
				var keys [][]byte
				for k := range drawn {
					keys = append(keys, binary.BigEndian.AppendUint64(nil, k))
				}
				slices.SortFunc(keys, slices.Compare[[]byte])
				found = 0
				must(b, table.FindMergeEntries(ctx, files, keys, func(MergeEntry) { found++ }))
			}
			if found != 200 {
				b.Errorf("%d events", found)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/100, "µs/key")
		})
	}
}
