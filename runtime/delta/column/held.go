package column

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// maxHeld is what the columns of the row group at hand may take together: pages, dictionaries and the values of a batch.
const maxHeld = 1 << 30

// allowance is shared by the readers of a row group's columns.
type allowance struct {
	held, most int
	unzstd     *zstd.Decoder // of all: one takes megabytes
}

// room says that the reader will hold more bytes; 0 counts what it came to hold.
func (r *chunkReader) room(more int) error {
	a := r.allowance
	if a == nil {
		return nil
	}
	now := r.holds() + more
	a.held += now - r.held
	r.held = now
	if a.held > a.most {
		return fmt.Errorf("pages and values of the row group's columns take more than %d MiB at once: write smaller pages or row groups", a.most>>20)
	}
	return nil
}

// What a fault takes, and what the row of one that is NULL does.
const faultBytes, nullBytes = 256, 128

// holds is the memory of the reader and of its leaf's batch.
func (r *chunkReader) holds() int {
	n := cap(r.buffer) + cap(r.body) + r.spentBytes + cap(r.dictBody) + cap(r.values.arena)
	for _, b := range r.free {
		n += cap(b)
	}
	if r.dict != nil {
		n += leafBytes(r.dict) + faultBytes*len(r.dictBad)
	}
	if r.leaf != nil {
		n += leafBytes(r.leaf)
	}
	if r.plan != nil && r.plan.check != nil {
		n += faultBytes*len(r.plan.check.faults) + nullBytes*len(r.plan.check.null)
	}
	return n
}

func leafBytes(leaf target) int {
	if b, ok := leaf.(*Texts); ok {
		return cap(b.def) + cap(b.rep) + 16*cap(b.vals) + cap(b.own)
	}
	return leaf.(Leaf).Bytes()
}

// shed lets go of memory that unusual pages took. Nothing of the last batch is in use.
func (r *chunkReader) shed() {
	r.buffer, r.window, r.body, r.spent, r.spentBytes, r.free = nil, nil, nil, nil, 0, nil
	r.dict, r.dictBody, r.values.arena, r.values.last = nil, nil, nil, ""
	r.held = 0
}

// shed lets go of the memory of a batch with far more entries than others.
func shed(leaf target) {
	l := leaf.entries()
	if max(cap(l.def), cap(l.rep)) <= 4*batchEntries {
		return
	}
	l.def, l.rep = nil, nil
	switch b := leaf.(type) {
	case *Bools:
		b.vals = nil
	case *Int32s:
		b.vals = nil
	case *Int64s:
		b.vals = nil
	case *Float32s:
		b.vals = nil
	case *Float64s:
		b.vals = nil
	case *Decimals:
		b.small, b.wide = nil, nil
	case *Texts:
		b.vals, b.own = nil, nil
	}
}

// maxTexts is how long the texts of a batch's lists may be together. A run of numbers of a dictionary's may repeat a long
// one without end.
const maxTexts = 1 << 30

// repeats checks the batch's texts of a list after n more of the dictionary's.
func (r *chunkReader) repeats(b, dict *Texts, n int) error {
	if r.longest < 0 {
		r.longest = 0
		for _, v := range dict.vals {
			r.longest = max(r.longest, len(v))
		}
	}
	if r.texts += n * r.longest; r.texts <= maxTexts {
		return nil
	}
	r.texts = 0
	for _, v := range b.vals {
		r.texts += len(v)
	}
	if r.texts > maxTexts {
		return fmt.Errorf("the texts of its lists are longer than %d MiB in one step", maxTexts>>20)
	}
	return nil
}
