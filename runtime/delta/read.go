package delta

import (
	"context"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// ReadRows fetches single rows. at holds, by path, sorted row numbers; the files may be of a commit that is still to be
// made. visit is called row by row, in the order of paths and rows, with the cursors of all leaves at that row; it must
// read the row, whole and once, as Rows.Read does. Leaves that want does not take read as NULL, as do columns that a file
// does not have. Row groups with no wanted row are not read.
func (t *Table) ReadRows(ctx context.Context, leaves *column.Leaves, want func(leaf int) bool, at map[string][]uint32, visit func(path string, row uint32)) error {
	for _, path := range slices.Sorted(maps.Keys(at)) {
		rows := at[path]
		if err := t.eachRowGroup(ctx, path, func(file *column.File, group int, first, end uint32) error {
			n, _ := slices.BinarySearch(rows, end)
			mine := rows[:n]
			rows = rows[n:]
			if len(mine) == 0 {
				return nil
			}
			if err := t.readGroup(file, path, group, leaves, want); err != nil {
				return err
			}
			next := first
			for _, row := range mine {
				if row < next {
					return fmt.Errorf("read rows of %s: row %d is asked for twice or out of order", path, row)
				}
				leaves.SkipRows(int(row - next))
				visit(path, row)
				next = row + 1
			}
			return nil
		}); err != nil {
			return err
		}
		if len(rows) > 0 {
			return fmt.Errorf("read rows of %s: it has no row %d", filepath.Join(t.dir, path), rows[0])
		}
	}
	return nil
}

// Scan reads the live rows of files of the table, in the order of paths given and of rows. visit is that of ReadRows.
func (t *Table) Scan(ctx context.Context, leaves *column.Leaves, want func(leaf int) bool, paths []string, visit func(path string, row uint32)) error {
	return t.ScanRanges(ctx, leaves, want, WholeFiles(paths), visit)
}

// RowRange is the rows [From, End) of a file.
type RowRange struct {
	Path      string
	From, End uint32
}

// WholeFiles gives the ranges of all rows.
func WholeFiles(paths []string) []RowRange {
	ranges := make([]RowRange, len(paths))
	for i, path := range paths {
		ranges[i] = RowRange{Path: path, End: math.MaxUint32}
	}
	return ranges
}

// ScanRanges is Scan for parts of files. Row groups without any row of a range are not read.
func (t *Table) ScanRanges(ctx context.Context, leaves *column.Leaves, want func(leaf int) bool, ranges []RowRange, visit func(path string, row uint32)) error {
	for _, r := range ranges {
		path := r.Path
		f, ok := t.files[path]
		if !ok {
			return fmt.Errorf("scan: %w: file %s is not in version %d", ErrConflict, path, t.version)
		}
		dead, err := t.Deleted(f)
		if err != nil {
			return err
		}
		if err := t.eachRowGroup(ctx, path, func(file *column.File, group int, first, end uint32) error {
			from, to := max(first, r.From), min(end, r.End)
			if from >= to || countIn(dead, from, to) == uint64(to-from) {
				return nil
			}
			if err := t.readGroup(file, path, group, leaves, want); err != nil {
				return err
			}
			leaves.SkipRows(int(from - first))
			visitLive(leaves, dead, from, to, func(row uint32) { visit(path, row) })
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// visitLive walks over the rows [first, end) of which leaves hold the columns, jumping over dead runs.
func visitLive(leaves *column.Leaves, dead *roaring.Bitmap, first, end uint32, visit func(row uint32)) {
	it := dead.Iterator()
	it.AdvanceIfNeeded(first)
	skip := 0
	for row := first; row < end; row++ {
		if it.HasNext() && it.PeekNext() == row {
			it.Next()
			skip++
			continue
		}
		if skip > 0 {
			leaves.SkipRows(skip)
			skip = 0
		}
		visit(row)
	}
}

// countIn counts the members of [first, end).
func countIn(rows *roaring.Bitmap, first, end uint32) uint64 {
	if rows.IsEmpty() || end == first {
		return 0
	}
	n := rows.Rank(end - 1)
	if first > 0 {
		n -= rows.Rank(first - 1)
	}
	return n
}

// eachRowGroup opens a data file and calls visit with each row group's rows [first, end).
func (t *Table) eachRowGroup(ctx context.Context, path string, visit func(file *column.File, group int, first, end uint32) error) error {
	file, closer, err := t.openData(path)
	if err != nil {
		return err
	}
	defer closer.Close()
	first := uint32(0)
	for g := range file.RowGroups() {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := first + uint32(file.Rows(g))
		if err := visit(file, g, first, end); err != nil {
			return err
		}
		first = end
	}
	return nil
}

func (t *Table) readGroup(file *column.File, path string, group int, leaves *column.Leaves, want func(leaf int) bool) error {
	if err := file.ReadRowGroup(group, leaves, want); err != nil {
		full := filepath.Join(t.dir, filepath.FromSlash(path))
		return damaged(full, fmt.Sprintf("row group %d cannot be read", group), err)
	}
	if err := t.fillPartition(file, path, leaves, file.Rows(group), want); err != nil {
		return damaged(t.logDir(), "file "+path, err)
	}
	leaves.Rewind()
	return nil
}
