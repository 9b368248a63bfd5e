package delta

import (
	"bytes"
	"cmp"
	"slices"
)

// isEvent reports whether entries of the kind are of one sequence of a key, and not of the key as a whole.
func (k MergeKind) isEvent() bool { return k >= EventUpsert }

// sameSubject reports whether a and b are of the same thing, so that only one of them counts.
func sameSubject(a, b *MergeEntry) bool {
	event := a.Kind.isEvent()
	return event == b.Kind.isEvent() && bytes.Equal(a.Key, b.Key) && (!event || bytes.Equal(a.Seq, b.Seq))
}

// compareEntries sorts by key, entries of one subject together, and the one that wins last. Events of a key come in the
// order of their sequences.
func compareEntries(a, b *MergeEntry) int {
	if c := bytes.Compare(a.Key, b.Key); c != 0 {
		return c
	}
	if e := a.Kind.isEvent(); e != b.Kind.isEvent() {
		if e {
			return 1
		}
		return -1
	}
	if c := bytes.Compare(a.Seq, b.Seq); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.Gen, b.Gen), cmp.Compare(a.Kind, b.Kind))
}

// mergeBuffer holds entries in memory.
type mergeBuffer struct {
	arena   []byte
	entries []mergeRef
}

// mergeRef is an entry in the arena: key, then sequence, then payload.
type mergeRef struct {
	at                int
	key, seq, payload int
	kind              MergeKind
	gen, when         int64
}

// Add takes an entry; its bytes are copied.
func (b *mergeBuffer) Add(e MergeEntry) {
	b.entries = append(b.entries, mergeRef{
		at: len(b.arena), key: len(e.Key), seq: len(e.Seq), payload: len(e.Payload), kind: e.Kind, gen: e.Gen, when: e.At,
	})
	b.arena = append(append(append(b.arena, e.Key...), e.Seq...), e.Payload...)
}

// Len gives the number of entries so far.
func (b *mergeBuffer) Len() int { return len(b.entries) }

func (b *mergeBuffer) entry(r *mergeRef) MergeEntry {
	seq := r.at + r.key
	payload := seq + r.seq
	end := payload + r.payload
	return MergeEntry{
		Key: b.arena[r.at:seq:seq], Seq: b.arena[seq:payload:payload], Kind: r.kind,
		Payload: b.arena[payload:end:end], Gen: r.gen, At: r.when,
	}
}

// winners visits the entries that count, in order. Of two that are alike the one that was added last counts.
func (b *mergeBuffer) winners(visit func(MergeEntry) error) error {
	slices.SortFunc(b.entries, func(x, y mergeRef) int {
		ex, ey := b.entry(&x), b.entry(&y)
		return cmp.Or(compareEntries(&ex, &ey), cmp.Compare(x.at, y.at))
	})
	for i := range b.entries {
		e := b.entry(&b.entries[i])
		if i+1 < len(b.entries) {
			if next := b.entry(&b.entries[i+1]); sameSubject(&e, &next) {
				continue // the next one is greater
			}
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// extras says which columns the entries need.
func (b *mergeBuffer) extras() (x mergeExtras) {
	for i := range b.entries {
		r := &b.entries[i]
		x[extraPayload] = x[extraPayload] || r.payload > 0
		x[extraGen] = x[extraGen] || r.gen != 0
		x[extraAt] = x[extraAt] || r.when != 0
	}
	return x
}
