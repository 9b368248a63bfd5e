package state

// kept is what an index knows of its snapshot on disk, so that Save writes what has changed since and no more.
type kept struct {
	id      uint64   // of the newest file of the snapshot; 0 is none, and the whole is to be written
	whole   int64    // bytes of its first file
	parts   int      // files that say what changed
	bytes   int64    // of those
	end     uint64   // the snapshot has the entries whose references are smaller
	used    int64    // bytes of those
	files   int      // and the files whose numbers are
	changed []uint32 // of those entries the ones that it has as they were
}

const (
	// A snapshot is written as a whole when its parts are together as large as half of it: it is rewritten less often than
	// the changes double it, and reading the parts takes a small share of a start.
	partsOfWhole = 2
	maxParts     = 256
)

// A snapshot that is smaller than this is written as a whole each time.
var minWhole int64 = 256 << 10

// lists notes that the entry at a reference has changed, and reports whether it did.
func (k *kept) lists(x *Index, id ID) bool {
	if k.id == 0 || uint64(id) >= k.end {
		return false
	}
	if k.full(x) {
		k.drop(x)
		return false
	}
	k.changed = append(k.changed, uint32(id))
	return true
}

// drop makes the next snapshot a whole one.
func (k *kept) drop(x *Index) {
	k.forgetChanges(x)
	*k = kept{}
}

// forgetChanges is called once the changed entries are on disk as they are.
func (k *kept) forgetChanges(x *Index) {
	for _, ref := range k.changed {
		e := x.at(ID(ref))
		e.setWord(e.word() &^ flagChanged)
	}
	k.changed = k.changed[:0]
}

// full reports that there is more to write than a part should hold.
func (k *kept) full(x *Index) bool {
	part := int64(len(k.changed))*changeBytes + x.slabs.used - k.used
	return k.id == 0 || k.whole < minWhole || k.parts >= maxParts || (k.bytes+part)*partsOfWhole > k.whole
}

func (k *kept) resident() int64 { return int64(cap(k.changed)) * 4 }
