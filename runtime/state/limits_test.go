package state

import (
	"encoding/binary"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// TestRunFindsAmongEqualHashes, over many blocks: not by reading them all.
func TestRunFindsAmongEqualHashes(t *testing.T) {
	const same, keys = 1 << 40, 5000
	m := vfs.NewMem()
	if err := m.MkdirAll("/s"); err != nil {
		t.Fatal(err)
	}
	w, err := newRunWriter(m, "/s", "1.run", keys)
	if err != nil {
		t.Fatal(err)
	}
	hash := func(i uint32) uint64 {
		switch {
		case i < 3:
			return uint64(i)
		case i > keys-3:
			return math.MaxUint64
		}
		return same
	}
	key := func(i uint32) []byte { return binary.BigEndian.AppendUint32(nil, 2*i) }
	for i := range uint32(keys) {
		if err := w.put(&record{hash(i), key(i), Entry{HasRow: true, Loc: Loc{Row: i}}}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := w.finish()
	if err != nil {
		t.Fatal(err)
	}
	defer r.f.Close()
	counted := &countedReads{File: r.f}
	r.f = counted
	var buf []byte
	for i := range uint32(keys) {
		var rec record
		var ok bool
		if rec, ok, buf, err = r.find(key(i), hash(i), buf); err != nil || !ok || rec.Loc.Row != i {
			t.Fatalf("key %d: %v %+v, %v", i, ok, rec, err)
		}
		absent := binary.BigEndian.AppendUint32(nil, 2*i+1)
		if _, ok, buf, err = r.find(absent, hash(i), buf); err != nil || ok {
			t.Fatalf("found what is not there: %v", err)
		}
	}
	if perLook := counted.n / (2 * keys); r.Blocks < 20 || perLook > 8 {
		t.Errorf("%d reads a look in %d blocks", perLook, r.Blocks)
	}
}

type countedReads struct {
	vfs.File
	n int
}

func (c *countedReads) ReadAt(p []byte, at int64) (int, error) {
	c.n++
	return c.File.ReadAt(p, at)
}

// full gives slabs that no reference is left in.
func full() slabs {
	s := slabs{at: maxSlabs - 1}
	for range maxSlabs {
		s.all = append(s.all, make([]byte, noRecord))
	}
	return s
}

// TestNoReferenceIsLeft: it is told, and what is put then harms nothing.
func TestNoReferenceIsLeft(t *testing.T) {
	x := New()
	x.slabs = full()
	id, _ := x.Put([]byte("key"))
	x.Set(id, Entry{Seq: make([]byte, 40), HasRow: true})
	if id != 0 || !errors.Is(x.Err(), ErrTooLarge) || !x.Full() {
		t.Errorf("ID %d, full %v, %v", id, x.Full(), x.Err())
	}
	y := New()
	y.long = full()
	id, _ = y.Put([]byte("key"))
	y.Set(id, Entry{Seq: make([]byte, 40)})
	if !errors.Is(y.Err(), ErrTooLarge) || len(y.Get(id).Seq) > 40 {
		t.Errorf("%v", y.Err())
	}
	var n Newest
	n.limit, n.slabs = math.MaxInt64, full()
	var o Offers
	o.Add([]byte("key"), nil, 0)
	if got := n.Offer(&o, nil); got[0].Verdict != Refused {
		t.Errorf("%+v", got)
	}
}

// TestLongEntriesAreSaved: keys and sequences that are longer than a section, or than a slab.
func TestLongEntriesAreSaved(t *testing.T) {
	defer SetMinWhole(0)()
	p := Place{FS: vfs.NewMem(), Name: filepath.Join("/s", "t.state")}
	x := p.New()
	sizes := []int{1, keyIsLong - 1, keyIsLong, keyIsLong + 1, sectionBytes + 5, largeSlab - 1, largeSlab + 3, 2}
	set := func(x *Index, seq byte) {
		for i, n := range sizes {
			key := make([]byte, n)
			key[0] = byte(i)
			id, _ := x.Put(key)
			s := make([]byte, n)
			s[n-1] = seq
			x.Set(id, Entry{Seq: s, HasRow: true, Hash: uint64(n)})
		}
	}
	for seq := range byte(3) {
		set(x, seq)
		if err := x.Save(Stamp{Version: int64(seq)}); err != nil {
			t.Fatal(err)
		}
		var st Stamp
		var err error
		if x, st, err = p.Load(); err != nil || st.Version != int64(seq) {
			t.Fatalf("version %d, %v", st.Version, err)
		}
		for i, n := range sizes {
			key := make([]byte, n)
			key[0] = byte(i)
			id, ok := x.Find(key)
			if e := x.Get(id); !ok || len(e.Seq) != n || e.Seq[n-1] != seq || e.Hash != uint64(n) {
				t.Fatalf("key of %d bytes: %v, sequence of %d", n, ok, len(e.Seq))
			}
		}
	}
}
