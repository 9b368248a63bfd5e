package delta

import (
	"bytes"
	"context"
	"slices"
)

// FindMergeEntries visits what ScanMergeLog would of some keys, which are sorted and distinct. It reads the row groups
// that may have one of them, of most of these only the keys, and holds what it finds in memory.
func (t *Table) FindMergeEntries(ctx context.Context, files []MergeFile, keys [][]byte, visit func(MergeEntry)) error {
	var found mergeBuffer
	for _, m := range files {
		if len(keys) == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := t.openMerge(m, false)
		if err != nil {
			return err
		}
		err = f.find(keys, &found)
		f.f.Close()
		if err != nil {
			return err
		}
	}
	return found.winners(func(e MergeEntry) error {
		visit(e)
		return nil
	})
}

// find adds the file's entries of some keys.
func (r *mergeReader) find(keys [][]byte, found *mergeBuffer) error {
	for g := range r.file.RowGroups() {
		lo, hi, bounded := r.file.BinaryBounds(g, mergeSchema[0].Name)
		if bounded {
			// Entries are sorted: keys before this group are not in the ones after it either.
			at, _ := slices.BinarySearchFunc(keys, lo, bytes.Compare)
			keys = keys[at:]
			if len(keys) == 0 {
				return nil
			}
			if bytes.Compare(keys[0], hi) > 0 {
				continue
			}
		}
		if err := r.findIn(g, keys, found); err != nil {
			return err
		}
	}
	return nil
}

// findIn adds the entries of a row group.
func (r *mergeReader) findIn(group int, keys [][]byte, found *mergeBuffer) error {
	if err := r.read(group, func(leaf int) bool { return leaf == 0 }); err != nil {
		return err
	}
	rows := r.rowsOf(keys)
	if len(rows) == 0 {
		return nil
	}
	if err := r.read(group, nil); err != nil {
		return err
	}
	at := 0
	for _, row := range rows {
		r.leaves.SkipRows(row - at)
		found.Add(r.take())
		at = row + 1
	}
	return nil
}

// rowsOf lists the rows of the group, of which the keys have been read, that have one of keys.
func (r *mergeReader) rowsOf(keys [][]byte) (rows []int) {
	for row := range r.leaves.Rows() {
		key := r.key.TakeBytes()
		c := -1
		for len(keys) > 0 {
			if c = bytes.Compare(keys[0], key); c >= 0 {
				break
			}
			keys = keys[1:]
		}
		if len(keys) == 0 {
			break
		}
		if c == 0 {
			rows = append(rows, row)
		}
	}
	return rows
}
