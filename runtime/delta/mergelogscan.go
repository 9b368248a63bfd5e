package delta

import (
	"container/heap"
	"context"
)

// ScanMergeLog reads files as one log: keys in order, of each the entry that wins, or its events in the order of their
// sequences. Of entries that are alike that of the last file wins. A file that is missing or damaged is refused by name.
func (t *Table) ScanMergeLog(ctx context.Context, files []MergeFile, visit func(MergeEntry)) error {
	s, err := t.openMergeScan(files)
	defer s.close()
	if err != nil {
		return err
	}
	return s.run(ctx, func(e MergeEntry) error {
		visit(e)
		return nil
	})
}

// mergeScan walks over files at once. As a heap it has the cursor at the least entry first.
type mergeScan struct{ live, all []*mergeCursor }

func (t *Table) openMergeScan(files []MergeFile) (*mergeScan, error) {
	s := &mergeScan{}
	for i, m := range files {
		f, err := t.openMerge(m, true)
		if err != nil {
			return s, err
		}
		s.all = append(s.all, &mergeCursor{mergeReader: f, number: i})
	}
	return s, nil
}

func (s *mergeScan) close() {
	for _, c := range s.all {
		c.f.Close()
	}
}

// extras says which columns the files have.
func (s *mergeScan) extras() (x mergeExtras) {
	for _, c := range s.all {
		for i := range x {
			x[i] = x[i] || c.file.HasColumn(mergeSchema[firstExtra+i].Name)
		}
	}
	return x
}

func (s *mergeScan) run(ctx context.Context, visit func(MergeEntry) error) error {
	for _, c := range s.all {
		if more, err := c.next(); err != nil {
			return err
		} else if more {
			s.live = append(s.live, c)
		}
	}
	heap.Init(s)
	for n := 0; len(s.live) > 0; n++ {
		if n&0xffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c := s.live[0]
		if !s.shadowed() {
			if err := visit(c.entry); err != nil {
				return err
			}
		}
		more, err := c.next()
		switch {
		case err != nil:
			return err
		case more:
			heap.Fix(s, 0)
		default:
			heap.Pop(s)
		}
	}
	return nil
}

func (s *mergeScan) Len() int { return len(s.live) }

func (s *mergeScan) Less(i, j int) bool {
	a, b := s.live[i], s.live[j]
	if c := compareEntries(&a.entry, &b.entry); c != 0 {
		return c < 0
	}
	return a.number < b.number
}

func (s *mergeScan) Swap(i, j int) { s.live[i], s.live[j] = s.live[j], s.live[i] }
func (s *mergeScan) Push(x any)    { s.live = append(s.live, x.(*mergeCursor)) }
func (s *mergeScan) Pop() any {
	last := s.live[len(s.live)-1]
	s.live = s.live[:len(s.live)-1]
	return last
}

// shadowed reports whether another cursor has an entry that wins over the first one's: it, or one between the two, is
// then a child of the root, for the root is the least.
func (s *mergeScan) shadowed() bool {
	for i := 1; i <= 2 && i < len(s.live); i++ {
		if sameSubject(&s.live[i].entry, &s.live[0].entry) {
			return true
		}
	}
	return false
}

// mergeCursor walks over one file.
type mergeCursor struct {
	*mergeReader
	number int // of the file
	group  int // the next one
	left   int // rows of the present one
	entry  MergeEntry
}

// next moves to the next entry, and reports false at the end.
func (c *mergeCursor) next() (bool, error) {
	for c.left == 0 {
		if c.group == c.file.RowGroups() {
			return false, nil
		}
		if err := c.read(c.group, nil); err != nil {
			return false, err
		}
		c.left = c.leaves.Rows()
		c.group++
	}
	c.left--
	c.entry = c.take()
	return true, nil
}
