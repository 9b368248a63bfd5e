package state

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// pages is the part of an index that is on disk.
type pages struct {
	place   Place
	limit   int64 // Place.Limit; more after a spill that failed
	runs    []*run
	next    int      // number of the next run
	dropped []string // runs that were merged away, which the manifest on disk may still name
	only    int      // keys that are in runs and not in memory
	buf     []byte
	err     error
}

func (p *pages) resident() (n int64) {
	for _, r := range p.runs {
		n += r.resident()
	}
	return n
}

// Err is the first error of reading from disk. Once there is one the index is of no use.
func (x *Index) Err() error { return x.pages.err }

// Full reports that the index has outgrown its memory, and that Spill should be called when no ID is in use.
func (x *Index) Full() bool {
	if len(x.slabs.all) > maxSlabs-slabReserve || len(x.long.all) > maxSlabs-slabReserve {
		return true // few references are left
	}
	if x.pages.limit == 0 {
		return false
	}
	room := max(x.pages.limit-x.pages.resident()-x.moved.bytes, x.pages.limit/4)
	return x.held() > room && x.slots.count > 0
}

// held is the memory that the keys in memory take, with what it takes to sort them.
func (x *Index) held() int64 {
	return int64(x.slots.count)*(slotBytes+16) + x.slabs.used + x.slabs.used/16 + x.long.used + x.kept.resident()
}

const (
	slotBytes   = 12 // per key, at most
	slabReserve = 64 // slabs for what is put until the next Spill
)

// Spill moves what is in memory to disk; IDs are void afterwards. The runs that it makes count only once Save has
// written a manifest that names them: an index that is dropped before is, when it is loaded again, what it was at the
// last Save. Where it fails nothing is forgotten, and the index will take more memory than it should.
func (x *Index) Spill() error {
	if err := x.writeRun(); err != nil {
		x.pages.limit *= 2 // do not try again at once
		return fmt.Errorf("page the key index to %s: %w", x.pages.place.dir(), err)
	}
	if err := x.mergeRuns(); err != nil {
		if errors.Is(err, ErrDamaged) {
			x.pages.fail(err)
		}
		return fmt.Errorf("merge pages of the key index in %s: %w", x.pages.place.dir(), err)
	}
	return nil
}

// writeRun makes a run of the entries that no run has as they are, and empties the memory.
func (x *Index) writeRun() error {
	refs := x.dirty()
	if len(refs) > 0 {
		w, err := x.beginRun(len(refs))
		if err != nil {
			return err
		}
		for _, r := range refs {
			if err := w.put(&record{r.hash, x.Key(r.id), x.Get(r.id)}); err != nil {
				w.discard()
				return err
			}
		}
		made, err := w.finish()
		if err != nil {
			return err
		}
		x.pages.runs = append(x.pages.runs, made)
	}
	x.forget()
	return nil
}

type dirtyRef struct {
	hash uint64
	id   ID
}

// dirty lists the entries that a run is to be made of, sorted.
func (x *Index) dirty() []dirtyRef {
	refs := make([]dirtyRef, 0, x.slots.count)
	x.each(func(id ID, e entry) bool {
		if e.word()&flagDirty != 0 {
			refs = append(refs, dirtyRef{xxh3.Hash(e.key()), id})
		}
		return true
	})
	slices.SortFunc(refs, func(a, b dirtyRef) int {
		if a.hash != b.hash {
			return cmp.Compare(a.hash, b.hash)
		}
		return slices.Compare(x.Key(a.id), x.Key(b.id))
	})
	return refs
}

// forget empties the memory and keeps it for what comes.
func (x *Index) forget() {
	x.each(func(_ ID, e entry) bool {
		if e.word()&(flagDirty|flagPaged) != 0 {
			x.pages.only++
		}
		return true
	})
	x.kept.drop(x)
	x.slots.clear()
	x.slabs.reset()
	x.long.reset()
}

func (x *Index) beginRun(n int) (*runWriter, error) {
	p := &x.pages
	if err := vfs.MkdirAllSync(p.place.FS, p.place.dir()); err != nil {
		return nil, err
	}
	p.next++
	return newRunWriter(p.place.FS, p.place.dir(), strconv.Itoa(p.next)+".run", n)
}

// mergeAt runs that are together no smaller than the one before them, or that one too, become one: there are few of
// them, and an entry is rewritten a few times.
const mergeAt = 4

func (x *Index) mergeRuns() error {
	p := &x.pages
	all := x.moved.bytes > p.limit/8 // redirects go when every entry was written anew
	from, keys := len(p.runs), 0
	for from > 0 && (all || from == len(p.runs) || p.runs[from-1].Keys <= keys) {
		from--
		keys += p.runs[from].Keys
	}
	old := p.runs[from:]
	if len(old) < mergeAt && !all {
		return nil
	}
	w, err := x.beginRun(keys)
	if err != nil {
		return err
	}
	err = fold(old, func(r *record) error {
		x.place(r)
		return w.put(r)
	})
	if err != nil {
		w.discard()
		return err
	}
	made, err := w.finish()
	if err != nil {
		return err
	}
	for _, r := range old {
		p.drop(r)
	}
	p.runs = append(p.runs[:from:from], made)
	if from == 0 && x.slots.count == 0 {
		x.moved = redirects{}
	}
	return nil
}

// drop gives up a run that was merged away. One that the manifest on disk names must stay until the next.
func (p *pages) drop(r *run) {
	r.f.Close()
	name := filepath.Join(p.place.dir(), r.Name)
	if r.saved {
		p.dropped = append(p.dropped, name)
	} else {
		_ = p.place.FS.Remove(name) // what cannot be removed is debris that no manifest names
	}
}

// place makes r's place that where its row is now.
func (x *Index) place(r *record) {
	if x.moved.count > 0 && r.HasRow {
		r.Loc = x.moved.follow(r.Loc)
	}
}

// fetch brings a key from the runs into memory.
func (x *Index) fetch(key []byte, h uint64) (ID, bool) {
	p, inRuns := &x.pages, xxh3.Hash(key)
	for i := len(p.runs) - 1; i >= 0; i-- {
		rec, ok, buf, err := p.runs[i].find(key, inRuns, p.buf)
		p.buf = buf
		if err != nil {
			p.fail(err)
			return 0, false
		}
		if !ok {
			continue
		}
		id := x.insert(key, h)
		x.set(id, rec.Entry)
		x.at(id).flag(flagPaged)
		p.only--
		return id, true
	}
	return 0, false
}

func (p *pages) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// Close gives up the files that are open. The index is of no use afterwards.
func (x *Index) Close() {
	for _, r := range x.pages.runs {
		r.f.Close()
	}
	x.pages.runs = nil
}

// Paged reports that a part of the index is on disk, where to look for a key takes a read.
func (x *Index) Paged() bool { return len(x.pages.runs) > 0 }
