package delta

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// fork gives a handle of its own for another goroutine: the table at this version, with these files alone. It reads and
// writes files; it commits nothing.
func (t *Table) fork(files []*File) *Table {
	f := newHandle(t.fsys, t.dir)
	f.now, f.newUUID = t.now, t.newUUID
	f.version, f.uuid, f.protocol, f.meta, f.schema = t.version, t.uuid, t.protocol, t.meta, t.schema
	maps.Copy(f.made, t.made)
	for _, file := range files {
		f.files[file.Path] = file
	}
	return f
}

// frozen is a file of the table as it is now, whatever dies in it later.
func (t *Table) frozen(path string) (*File, error) {
	f, ok := t.files[path]
	if !ok {
		return nil, fmt.Errorf("%w: file %s is not in version %d", ErrConflict, path, t.version)
	}
	dead, err := t.Deleted(f)
	if err != nil {
		return nil, err
	}
	rows, err := t.totalRows(f)
	if err != nil {
		return nil, err
	}
	file := *f
	file.Rows, file.dead = rows, dead.Clone()
	return &file, nil
}

// gathered is a file that holds the live rows of others.
type gathered struct {
	add   AddFile // Path is "" where no row was alive
	moves []Move
}

// gather writes the live rows of files, which are of one partition and are all of this handle, into a new file, in the
// order of files and rows. It holds up to limit bytes of rows, and what it is reading.
func (t *Table) gather(ctx context.Context, files []*File, limit int) (g gathered, err error) {
	out, err := t.NewPartitionFile(t.schema, files[0].Partition)
	if err != nil {
		return g, err
	}
	w := gatherer{out: out, limit: limit, held: column.NewLeaves(t.schema), read: column.NewLeaves(t.schema)}
	for _, f := range files {
		first := w.rows
		if err = w.file(ctx, t, f); err != nil {
			break
		}
		g.moves = append(g.moves, Move{From: f.Path, To: out.Path(), Dead: f.dead, First: first, Rows: w.rows - first})
	}
	if err == nil {
		err = w.flush()
	}
	if err != nil || w.rows == 0 {
		return g, errors.Join(err, out.Discard())
	}
	g.add, err = out.Close()
	return g, err
}

type gatherer struct {
	out        *DataFile
	limit      int
	held, read *column.Leaves
	live       column.Bitset
	rows       uint32
}

func (w *gatherer) file(ctx context.Context, t *Table, f *File) error {
	return t.eachRowGroup(ctx, f.Path, func(file *column.File, group int, first, end uint32) error {
		dead := countIn(f.dead, first, end)
		if dead == uint64(end-first) {
			return nil
		}
		if err := t.readGroup(file, f.Path, group, w.read, nil); err != nil {
			return err
		}
		if dead > 0 {
			w.keepLive(f.dead, first, end)
		}
		w.rows += uint32(w.read.Rows())
		return w.take()
	})
}

// keepLive drops the dead rows of what was read, which are the rows [first, end) of a file.
func (w *gatherer) keepLive(dead *roaring.Bitmap, first, end uint32) {
	w.live.Fill(int(end-first), true)
	it := dead.Iterator()
	for it.AdvanceIfNeeded(first); it.HasNext() && it.PeekNext() < end; {
		w.live.Clear(int(it.Next() - first))
	}
	w.read.Keep(&w.live)
}

// take adds what was read to what is held, and makes row groups of it that are about as large as the limit.
func (w *gatherer) take() error {
	if w.held.Rows() > 0 && w.held.Bytes()+w.read.Bytes() > w.limit {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if w.held.Rows() == 0 {
		w.held, w.read = w.read, w.held
		return nil
	}
	w.held.AppendAll(w.read)
	return nil
}

func (w *gatherer) flush() error {
	if w.held.Rows() == 0 {
		return nil
	}
	err := w.out.WriteRowGroup(w.held)
	w.held.Reset()
	return err
}
