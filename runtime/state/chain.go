package state

import (
	"bytes"
	"fmt"
)

// Event is what an index knows of one sequence of a key: that the key was upserted then, or deleted, or both, and where
// the row is of the version that begins there. Its slices alias the index; they are valid until the next Put.
type Event struct {
	Seq            []byte
	Prev           []byte // sequence of the event before, empty for the first
	Upsert, Delete bool
	HasRow         bool
	Loc            Loc // meaningful with HasRow
}

// Chains keep the events of each key in an Index, as entries that are paged, saved and moved like any other: that of the
// key holds the newest sequence, and those of key and sequence, one after the other, an event each, with the sequence of
// the event before. Keys are prefix-free and sequences not empty, so no two of these are alike.
//
// Events that come in order, and those that are known already, cost the same however long the chain is; a late one is put
// in its place from the newest down.
type Chains struct {
	x   *Index
	key []byte // of an event's entry
}

// The bits of the hash of an event's entry: it has no other.
const (
	eventUpsert = 1 << iota
	eventDelete
)

// NewChains gives the chains of an index that holds nothing else.
func NewChains(x *Index) *Chains { return &Chains{x: x} }

// Newest gives the sequence of the key's newest event.
func (c *Chains) Newest(key []byte) (seq []byte, ok bool) {
	id, ok := c.x.Find(key)
	if !ok {
		return nil, false
	}
	return c.x.Get(id).Seq, true
}

// Get gives the event of a sequence of a key.
func (c *Chains) Get(key, seq []byte) (Event, bool) {
	id, ok := c.x.Find(c.entryKey(key, seq))
	if !ok {
		return Event{}, false
	}
	n := len(key)
	return event(c.x.Key(id)[n:], c.x.Get(id)), true
}

// Put inserts an event in its place of the key's chain, or makes it that of its sequence if there is one. e.Prev does not
// matter. The ID is that of the event's entry.
func (c *Chains) Put(key []byte, e Event) ID {
	head, fresh := c.x.Put(key)
	id, first := c.x.Put(c.entryKey(key, e.Seq))
	if !first {
		c.set(id, e, c.x.Get(id).Seq)
		return id
	}
	newest := c.x.Get(head).Seq
	switch {
	case fresh:
		c.set(id, e, nil)
		c.x.Set(head, Entry{Seq: e.Seq})
	case bytes.Compare(e.Seq, newest) > 0:
		c.set(id, e, newest) // before the head's own copy of it is overwritten
		c.x.Set(head, Entry{Seq: e.Seq})
	default:
		c.insert(id, key, e, newest)
	}
	return id
}

// insert puts an event below others, of which newest is the first.
func (c *Chains) insert(id ID, key []byte, e Event, newest []byte) {
	above, ok := c.find(key, newest)
	for ok {
		prev := c.x.Get(above)
		if bytes.Compare(prev.Seq, e.Seq) < 0 {
			c.set(id, e, prev.Seq) // before it is overwritten
			prev.Seq = e.Seq
			c.x.Set(above, prev)
			return
		}
		above, ok = c.find(key, prev.Seq)
	}
}

func (c *Chains) set(id ID, e Event, prev []byte) {
	v := Entry{Seq: prev, HasRow: e.HasRow, Loc: e.Loc}
	if e.Upsert {
		v.Hash |= eventUpsert
	}
	if e.Delete {
		v.Hash |= eventDelete
	}
	c.x.Set(id, v)
}

// SetLoc moves the row of the version that begins with an event.
func (c *Chains) SetLoc(key, seq []byte, loc Loc) {
	if id, ok := c.x.Find(c.entryKey(key, seq)); ok {
		c.x.SetLoc(id, loc)
	}
}

// Walk visits the events of a key from the newest on, until yield says that it has enough. The chain must stay as it is
// meanwhile.
func (c *Chains) Walk(key []byte, yield func(Event) bool) {
	seq, ok := c.Newest(key)
	for ok && len(seq) > 0 {
		var id ID
		if id, ok = c.find(key, seq); !ok {
			return
		}
		e := event(seq, c.x.Get(id))
		if !yield(e) {
			return
		}
		seq = e.Prev
	}
}

// find gives the entry of an event that another one, or the key, refers to.
func (c *Chains) find(key, seq []byte) (ID, bool) {
	id, ok := c.x.Find(c.entryKey(key, seq))
	if !ok {
		c.x.pages.fail(fmt.Errorf("key index: %w: it lacks an event of a chain", ErrDamaged))
	}
	return id, ok
}

func (c *Chains) entryKey(key, seq []byte) []byte {
	c.key = append(append(c.key[:0], key...), seq...)
	return c.key
}

func event(seq []byte, e Entry) Event {
	return Event{
		Seq: seq, Prev: e.Seq, Upsert: e.Hash&eventUpsert != 0, Delete: e.Hash&eventDelete != 0, HasRow: e.HasRow, Loc: e.Loc,
	}
}
