package state

import "github.com/zeebo/xxh3"

// FindAll appends the IDs of the keys of offers, in order, 0 for one that is not there. It is Find for many: their waits
// for memory overlap.
func (x *Index) FindAll(o *Offers, into []ID) []ID {
	return x.all(o, into, func(key []byte, h uint64) ID {
		id, ok := x.probe(key, h)
		if !ok && len(x.pages.runs) > 0 {
			id, _ = x.fetch(key, h)
		}
		return id
	})
}

// PutAll appends the IDs of the keys of offers, in order, and makes entries for those that are new: it is Put for many.
func (x *Index) PutAll(o *Offers, into []ID) []ID {
	return x.all(o, into, func(key []byte, h uint64) ID {
		id, _ := x.put(key, h)
		return id
	})
}

func (x *Index) all(o *Offers, into []ID, one func([]byte, uint64) ID) []ID {
	var hashes [pipeline]uint64
	for from := 0; from < o.Len(); from += pipeline {
		end := min(from+pipeline, o.Len())
		for i := from; i < end; i++ {
			key, _ := o.At(i)
			hashes[i-from] = xxh3.HashSeed(key, x.seed)
		}
		x.sum += touchAll(&x.slots, &x.slabs, hashes[:end-from])
		for i := from; i < end; i++ {
			key, _ := o.At(i)
			into = append(into, one(key, hashes[i-from]))
		}
	}
	return into
}

// touchAll brings near the slots and records of hashes. What it reads comes from all over memory, each read independent
// of the others, so that the processor waits for many at a time.
func touchAll(t *slots, s *slabs, hashes []uint64) (sum uint64) {
	for _, h := range hashes {
		sum += t.touch(h)
	}
	for _, h := range hashes {
		at := t.seek(h)
		if ref, ok := at.next(); ok {
			rec := s.get(ref)
			sum += uint64(rec[0])
			if len(rec) > nextLine {
				sum += uint64(rec[nextLine]) // most records lie in two lines of the cache
			}
		}
	}
	return sum
}

const nextLine = 48
