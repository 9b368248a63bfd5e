package flow

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/state"
)

// tie is a record whose key holds a row of the same sequence, and whose hash differs. Its row is in the buffers until
// the flush, which compares the two rows themselves.
type tie struct {
	id   state.ID
	row  uint32 // of the buffers
	hash uint64
	seq  []byte
	at   position
}

func (k *keyed) candidate(id state.ID, seq []byte, hash uint64) {
	loc := k.push(id)
	k.ties = append(k.ties, tie{id: id, row: loc.Row, hash: hash, seq: bytes.Clone(seq), at: k.at})
}

// resolveTies settles the ties of the buffered rows by rule R5. It holds the encodings of the rows concerned in memory:
// those in the buffers, and one each for those that hold the keys.
func (b *batch) resolveTies(ctx context.Context) error {
	k := b.keyed
	b.dropLateCandidates()
	if len(k.ties) == 0 {
		return nil
	}
	slices.SortStableFunc(k.ties, func(x, y tie) int { return cmp.Compare(x.id, y.id) })
	encodings, err := b.encodings(ctx)
	if err != nil {
		return err
	}
	for _, t := range k.ties {
		k.resolve(t, encodings)
	}
	k.ties = k.ties[:0]
	return nil
}

// dropLateCandidates forgets candidates whose key has gone on to a newer sequence.
func (b *batch) dropLateCandidates() {
	k := b.keyed
	k.ties = slices.DeleteFunc(k.ties, func(t tie) bool {
		e := k.index.Get(t.id)
		if e.HasRow && bytes.Equal(e.Seq, t.seq) {
			return false
		}
		k.kill(state.Loc{File: buffered, Row: t.row})
		k.counts.Deduplicated++
		return true
	})
}

func (k *keyed) resolve(t tie, encodings map[state.Loc][]byte) {
	e := k.index.Get(t.id)
	mine := k.mine(&e)
	loc := state.Loc{File: buffered, Row: t.row}
	holder := encodings[e.Loc]
	wins, same := merge.Resolve(holder, encodings[loc])
	if wins {
		k.tie(t.at)
		k.replaced(&e, mine)
		k.counts.Upserted++
		k.index.Set(t.id, state.Entry{Seq: t.seq, Hash: t.hash, HasRow: true, Loc: loc})
		return
	}
	k.kill(loc)
	if same {
		k.counts.Deduplicated++
	} else {
		k.tie(t.at)
		k.pass(mine)
	}
	if e.Hash == 0 {
		e.Hash = rowHash(holder)
		e.Seq = t.seq
		k.index.Set(t.id, e)
	}
}

// encodings reads the rows that the ties are between, by place.
func (b *batch) encodings(ctx context.Context) (map[state.Loc][]byte, error) {
	k := b.keyed
	out := map[state.Loc][]byte{}
	var inBuffers []uint32
	var stored []state.Loc
	holder := state.Loc{File: firstNone}
	for _, t := range k.ties {
		inBuffers = append(inBuffers, t.row)
		e := k.index.Get(t.id)
		if e.Loc == holder {
			continue // of the same key: the ties are sorted by it
		}
		holder = e.Loc
		if holder.File == buffered {
			inBuffers = append(inBuffers, holder.Row)
			continue
		}
		stored = append(stored, holder)
	}
	b.encodeBuffered(inBuffers, out)
	return out, b.readStored(ctx, stored, func(at state.Loc, row *rowBuffer) { out[at] = row.encode(nil) })
}

func (b *batch) encodeBuffered(rows []uint32, out map[state.Loc][]byte) {
	slices.Sort(rows)
	at := uint32(0)
	b.rows.leaves.Rewind()
	for _, row := range slices.Compact(rows) {
		b.rows.leaves.SkipRows(int(row - at))
		at = row + 1
		out[state.Loc{File: buffered, Row: row}] = b.rows.encode(nil)
	}
}

// readStored fetches rows of the table, and of files that this batch has written, in one pass. visit reads each from the
// cursors of row.
func (b *batch) readStored(ctx context.Context, places []state.Loc, visit func(at state.Loc, row *rowBuffer)) error {
	if len(places) == 0 {
		return nil
	}
	index, at := b.keyed.index, map[string][]uint32{}
	for _, loc := range places {
		path := index.FilePath(loc.File)
		if err := b.out.complete(path); err != nil {
			return err
		}
		at[path] = append(at[path], loc.Row)
	}
	for path, rows := range at {
		slices.Sort(rows)
		at[path] = slices.Compact(rows)
	}
	scratch := b.w.def.newRows()
	return b.w.table.ReadRows(ctx, scratch.leaves, everyLeaf, at, func(path string, row uint32) {
		visit(state.Loc{File: index.FileID(path), Row: row}, &scratch)
	})
}

func everyLeaf(int) bool { return true }
