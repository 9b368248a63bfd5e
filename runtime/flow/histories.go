package flow

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/state"
)

// histories makes the versions of SCD type 2 (R20-R26). The index has the chain of each key's events; a flush folds a
// window of it: for events newer than all that is known that is the version which is open, for late ones what lies
// between the version before them and the one after. Only rows that come out different are written anew.
//
// The rows of events that are no version's own come from the merge log where they may differ from the version's: with
// track lists those of a version of several events, with ignore_null_updates all, as they were authored.
type histories struct {
	*folding
	def      *foldDefinition
	chains   *state.Chains
	windows  []window
	known    []knownEvent      // of all windows
	logged   map[string][]byte // rows of the merge log, by key and sequence
	items    []item
	past     []merge.Event
	versions []merge.Version
}

// window is the part of a key's history that events of a flush fall into.
type window struct {
	key    []byte
	events []folded // of the flush, one per sequence
	// late: some event is not newer than all that is known. The window then has what is known around them; else it has the
	// first event of the version that is open, if there is one.
	late     bool
	from, to int    // of histories.known, ascending
	newest   []byte // the last event that is known, nil for none
	until    []byte // the first event behind the window, nil for none
}

// knownEvent is an event that the index has. A visible one is the first of a version, whose row is at loc.
type knownEvent struct {
	merge.Event
	visible bool
	loc     state.Loc
}

// item is an event of a window as it is folded.
type item struct {
	fresh bool        // the index does not know of it, or not so
	was   *knownEvent // nil for a sequence that is new
}

func (h *histories) begin() { h.chains = state.NewChains(h.keyed.index) }

func (h *histories) last(context.Context) error { return nil }

func (h *histories) merge(ctx context.Context, events []folded) error {
	h.windows, h.known = h.windows[:0], h.known[:0]
	clear(h.logged)
	err := byKey(events, func(key []byte, of []folded) error {
		h.windows = append(h.windows, h.window(key, h.join(of)))
		return nil
	})
	if err == nil {
		err = h.fetch(ctx)
	}
	for i := range h.windows {
		if err != nil {
			return err
		}
		err = h.refold(&h.windows[i])
	}
	if err == nil {
		err = h.keyed.index.Err()
	}
	return err
}

// window finds what of the key's history the events may change.
func (h *histories) window(key []byte, events []folded) window {
	w := window{key: key, events: events, from: len(h.known), to: len(h.known)}
	newest, ok := h.chains.Newest(key)
	if !ok {
		return w
	}
	w.newest = h.keep(newest)
	first, last := events[0].Seq, events[len(events)-1].Seq
	if w.late = bytes.Compare(first, newest) <= 0; !w.late {
		h.walk(key, func(e *state.Event) (take, more bool) { return e.HasRow, e.Upsert && !e.HasRow })
		w.to = len(h.known)
		return w
	}
	behind := 0
	h.walk(key, func(e *state.Event) (take, more bool) {
		switch {
		case bytes.Compare(e.Seq, last) > 0:
			behind++
			return true, true
		case bytes.Compare(e.Seq, first) >= 0:
			return true, true
		case !e.Upsert:
			return false, false // nothing outlives a delete
		}
		return true, !e.HasRow || h.def.ignoring
	})
	slices.Reverse(h.known[w.from:])
	h.bound(&w, len(h.known)-behind)
	return w
}

// walk adds known events of a key, from the newest on.
func (h *histories) walk(key []byte, visit func(e *state.Event) (take, more bool)) {
	h.chains.Walk(key, func(e state.Event) bool {
		take, more := visit(&e)
		if take {
			h.known = append(h.known, knownEvent{
				Event: merge.Event{Seq: h.keep(e.Seq), Upsert: e.Upsert, Delete: e.Delete}, visible: e.HasRow, loc: e.Loc,
			})
		}
		return more
	})
}

// bound cuts off what the flush cannot touch. at is the first known event behind those of the flush: the version that
// begins there may be joined to what comes before it, the ones after it cannot. With NULLs ignored a change goes on to the
// next delete.
func (h *histories) bound(w *window, at int) {
	begun := false
	for ; at < len(h.known); at++ {
		k := &h.known[at]
		if !k.Upsert || k.visible && begun && !h.def.ignoring {
			w.until = k.Seq
			h.known = h.known[:at]
			break
		}
		begun = begun || k.visible
	}
	w.to = len(h.known)
}

// fetch reads the rows of all windows, and what the merge log has of their keys, earlier flushes of the batch included.
func (h *histories) fetch(ctx context.Context) error {
	var places []state.Loc
	for i := range h.known {
		if h.known[i].visible {
			places = append(places, h.known[i].loc)
		}
	}
	if err := h.read(ctx, places); err != nil {
		return err
	}
	var keys [][]byte
	for i := range h.windows {
		if h.windows[i].late && (h.def.ignoring || h.def.untracked) {
			keys = append(keys, h.windows[i].key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	if err := h.log.flush(); err != nil {
		return err
	}
	files := slices.Concat(h.w.table.MergeFiles(), h.log.files)
	return h.w.table.FindMergeEntries(ctx, files, keys, func(e delta.MergeEntry) {
		if len(e.Payload) > 0 {
			h.logged[string(e.Key)+string(e.Seq)] = h.keep(e.Payload)
		}
	})
}

// refold folds a window and settles what comes out of it.
func (h *histories) refold(w *window) error {
	known := h.known[w.from:w.to]
	var open *knownEvent
	var base *merge.Version
	if !w.late && len(known) > 0 {
		open = &known[0]
		base, known = &merge.Version{Start: open.Seq, Row: h.old[open.loc]}, nil
	}
	if err := h.fill(w.key, known); err != nil {
		return err
	}
	h.interleave(known, w.events)
	h.versions = h.def.rules.Fold(h.versions[:0], base, h.past, w.until)
	if open != nil {
		if err := h.goOn(w, open, base); err != nil {
			return err
		}
	}
	next := 0 // the version that the next one of past begins
	if open != nil {
		next = 1
	}
	for i := range h.past {
		var starts *merge.Version
		if next < len(h.versions) && h.versions[next].First == i {
			starts = &h.versions[next]
			next++
		}
		if err := h.settle(w, i, starts, next-1); err != nil {
			return err
		}
	}
	return nil
}

// fill gives known events their own rows.
func (h *histories) fill(key []byte, known []knownEvent) error {
	var version merge.Row
	for i := range known {
		k := &known[i]
		if k.visible {
			version = h.old[k.loc]
		}
		if !k.Upsert {
			continue
		}
		k.Row = version
		if h.def.ignoring || h.def.untracked {
			if logged, ok := h.logged[string(key)+string(k.Seq)]; ok {
				if err := h.def.rules.Check(logged); err != nil {
					return fmt.Errorf("the merge log's row of key %x, sequence %x: %w", key, k.Seq, err)
				}
				k.Row = logged
			} else if h.def.ignoring || !k.visible {
				return fmt.Errorf("the merge log lacks an event of a key's history (key %x, sequence %x): run `reset %s` to read the sources again", key, k.Seq, h.w.def.name)
			}
		}
	}
	return nil
}

// interleave makes one ascending list of what is known and what has come.
func (h *histories) interleave(known []knownEvent, events []folded) {
	h.past, h.items = h.past[:0], h.items[:0]
	for len(known) > 0 || len(events) > 0 {
		c := -1
		if len(known) == 0 {
			c = 1
		} else if len(events) > 0 {
			c = bytes.Compare(known[0].Seq, events[0].Seq)
		}
		it := item{}
		var e merge.Event
		switch {
		case c < 0:
			e, it.was = known[0].Event, &known[0]
		case c > 0:
			e, it.fresh = events[0].Event, true
			h.count(e)
		default:
			e, it = h.meet(&known[0], &events[0])
		}
		if c <= 0 {
			known = known[1:]
		}
		if c >= 0 {
			events = events[1:]
		}
		h.past, h.items = append(h.past, e), append(h.items, it)
	}
}

// meet joins an event with the one that is known of its sequence.
func (h *histories) meet(k *knownEvent, e *folded) (merge.Event, item) {
	joined, same, tied := h.def.rules.Join(k.Event, e.Event)
	if tied {
		h.keyed.tie(e.at)
	}
	if same || joined.Upsert == k.Upsert && joined.Delete == k.Delete && bytes.Equal(joined.Row, k.Row) {
		h.counts.Deduplicated++
		return k.Event, item{was: k}
	}
	h.count(joined)
	return joined, item{was: k, fresh: true}
}

func (h *histories) count(e merge.Event) {
	if e.Upsert {
		h.counts.Upserted++
	} else {
		h.counts.Deleted++
	}
}

// goOn settles the version that was open before events that are newer: it is closed, or goes on with a later event's row.
func (h *histories) goOn(w *window, open *knownEvent, base *merge.Version) error {
	v := &h.versions[0]
	if v.Last >= 0 && h.def.untracked && !h.def.ignoring && bytes.Equal(open.Seq, w.newest) {
		// Until now the version was of one event, whose own row would be lost with the version's.
		if err := h.remember(delta.MergeEntry{Key: w.key, Seq: open.Seq, Kind: delta.EventUpsert, Payload: base.Row}); err != nil {
			return err
		}
	}
	if v.End == nil && bytes.Equal(v.Row, base.Row) {
		return nil
	}
	h.keyed.kill(open.loc)
	return h.version(w.key, open.Event, v)
}

// version emits a version's row, and tells the index of it.
func (h *histories) version(key []byte, e merge.Event, v *merge.Version) error {
	id := h.chains.Put(key, state.Event{Seq: e.Seq, Upsert: true, Delete: e.Delete, HasRow: true, Loc: h.next()})
	return h.emit(id, v.Row, v.Start, v.End)
}

// settle carries out what became of event i: it begins a version, or is hidden in version in, or deletes.
func (h *histories) settle(w *window, i int, starts *merge.Version, in int) error {
	e, it := h.past[i], h.items[i]
	visible := it.was != nil && it.was.visible
	switch {
	case starts == nil:
		if visible {
			h.keyed.kill(it.was.loc)
		}
		if it.fresh || visible {
			h.chains.Put(w.key, state.Event{Seq: e.Seq, Upsert: e.Upsert, Delete: e.Delete})
		}
	case visible && h.stays(w, i, starts):
		if it.fresh { // a delete of the same sequence has come to it, say
			h.chains.Put(w.key, state.Event{Seq: e.Seq, Upsert: true, Delete: e.Delete, HasRow: true, Loc: it.was.loc})
		}
	default:
		if visible {
			h.keyed.kill(it.was.loc)
		}
		if err := h.version(w.key, e, starts); err != nil {
			return err
		}
	}
	return h.note(w.key, i, starts == nil && (it.fresh || visible), in)
}

// stays reports whether the row of visible event i is that of the version which begins with it now.
func (h *histories) stays(w *window, i int, v *merge.Version) bool {
	end := w.until
	for _, it := range h.items[i+1:] {
		if it.was != nil && (it.was.visible || !it.was.Upsert) {
			end = it.was.Seq
			break
		}
	}
	return bytes.Equal(end, v.End) && bytes.Equal(v.Row, h.old[h.items[i].was.loc])
}

// note adds event i to the merge log if the table's rows do not tell of it.
func (h *histories) note(key []byte, i int, hidden bool, in int) error {
	e, it := h.past[i], h.items[i]
	entry := delta.MergeEntry{Key: key, Seq: e.Seq, Kind: delta.EventUpsert}
	switch {
	case !e.Upsert:
		if !it.fresh {
			return nil
		}
		entry.Kind = delta.EventDelete
	case h.def.ignoring:
		if !it.fresh {
			return nil
		}
		entry.Payload = e.Row
		if e.Delete {
			entry.Kind = delta.EventBoth
		}
	case h.def.untracked:
		if v := &h.versions[in]; v.First == v.Last && !(it.fresh && it.was != nil) {
			return nil
		}
		entry.Payload = e.Row
	case !hidden:
		return nil
	}
	return h.remember(entry)
}
