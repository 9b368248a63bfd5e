package column

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/parquet-go/parquet-go/format"
)

// workerBytes is what a worker must have to encode. So the memory of workers is in proportion to that of the rows.
const workerBytes = 4 << 20

// writeChunks writes the leaves as column chunks. What is written does not depend on the number of workers.
func (f *FileWriter) writeChunks(rows *Leaves, chunks []format.ColumnChunk) error {
	n := f.workers
	if n == 0 {
		n = min(runtime.GOMAXPROCS(0), rows.Bytes()/workerBytes)
	}
	if n = min(n, len(chunks)); n > 1 {
		return f.writeTogether(rows, chunks, n)
	}
	w := f.borrow()
	defer w.giveBack()
	for i := range chunks {
		if err := w.encode(rows.leaves[i], &chunks[i], &f.bounds[i], &f.fixed[i]); err != nil {
			return err
		}
		if f.place(&chunks[i], w.out); f.err != nil {
			return f.err
		}
	}
	return nil
}

// place writes a chunk to the file.
func (f *FileWriter) place(c *format.ColumnChunk, chunk []byte) {
	c.FileOffset = f.size
	if m := &c.MetaData; m.DataPageOffset > 0 { // the dictionary is before it
		m.DictionaryPageOffset = f.size
	}
	c.MetaData.DataPageOffset += f.size
	f.put(chunk)
}

// encoded are the chunks of a row group before they are in the file.
type encoded struct {
	chunks [][]byte
	errs   []error
	order  []int // of leaves
}

var encodedGroups = sync.Pool{New: func() any { return new(encoded) }}

// writeTogether has n workers encode the leaves, the largest first, and writes what they made in the order of the leaves.
func (f *FileWriter) writeTogether(rows *Leaves, chunks []format.ColumnChunk, n int) error {
	e := encodedGroups.Get().(*encoded)
	defer encodedGroups.Put(e)
	e.reset(rows)
	var next atomic.Int32
	work := func() {
		w := f.borrow()
		defer w.giveBack()
		for at := int(next.Add(1)); at <= len(e.order); at = int(next.Add(1)) {
			i := e.order[at-1]
			e.errs[i] = w.encode(rows.leaves[i], &chunks[i], &f.bounds[i], &f.fixed[i])
			e.chunks[i], w.out = w.out, e.chunks[i]
		}
	}
	var others sync.WaitGroup
	for range n - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	for i := range chunks {
		if e.errs[i] != nil {
			return e.errs[i]
		}
		if f.place(&chunks[i], e.chunks[i]); f.err != nil {
			return f.err
		}
	}
	return nil
}

func (e *encoded) reset(rows *Leaves) {
	n := rows.Len()
	for len(e.chunks) < n {
		e.chunks = append(e.chunks, nil)
	}
	e.errs = slices.Grow(e.errs[:0], n)[:n]
	e.order = e.order[:0]
	for i := range n {
		e.errs[i], e.order = nil, append(e.order, i)
	}
	slices.SortStableFunc(e.order, func(a, b int) int { return cmp.Compare(rows.leaves[b].Bytes(), rows.leaves[a].Bytes()) })
}
