package cutover

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
)

const idColumn = "action_id"

// openIDs opens a table to read the events' ids: want says which leaf is theirs.
func openIDs(ctx context.Context, dir string) (table *delta.Table, leaves *column.Leaves, id *column.Strings, want func(leaf int) bool, err error) {
	if table, err = delta.Open(ctx, vfs.OS(), dir); err != nil {
		return nil, nil, nil, nil, err
	}
	schema := table.Schema()
	i := slices.IndexFunc(schema, func(f column.Field) bool { return f.Name == idColumn })
	if i < 0 || slices.ContainsFunc(schema[:i], func(f column.Field) bool { return f.Type.Kind >= column.List }) {
		return nil, nil, nil, nil, fmt.Errorf("the table has no column %s before those with parts", idColumn)
	}
	leaves = column.NewLeaves(schema)
	return table, leaves, leaves.Strings(i), func(leaf int) bool { return leaf == i }, nil
}

// readTable counts the rows of each event in the newest version of a table.
func readTable(ctx context.Context, dir string) (map[int]int, error) {
	table, leaves, id, want, err := openIDs(ctx, dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, f := range table.Files() {
		paths = append(paths, f.Path)
	}
	there := map[int]int{}
	var bad error
	err = table.Scan(ctx, leaves, want, paths, func(path string, row uint32) {
		n, err := strconv.Atoi(id.Take())
		if err != nil {
			bad = fmt.Errorf("%s, row %d: %w", path, row, err)
		}
		there[n]++
	})
	return there, errors.Join(err, bad)
}

// version is a commit that brought rows.
type version struct {
	at     time.Time // when its entry in the log had its name, at the latest
	events []int
}

// history reads what each commit of a table added, oldest first.
func history(ctx context.Context, dir string) (all []version, err error) {
	table, leaves, id, want, err := openIDs(ctx, dir)
	if err != nil {
		return nil, err
	}
	for v := range table.Version() + 1 {
		c, err := table.CommitAt(v)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("version %d is not in the log any more", v)
		} else if err != nil {
			return nil, err
		}
		if !c.DataChange || len(c.Adds) == 0 {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, "_delta_log", fmt.Sprintf("%020d.json", v)))
		if err != nil {
			return nil, err
		}
		one := version{at: info.ModTime()}
		for _, f := range c.Adds {
			if err := scanFile(filepath.Join(dir, filepath.FromSlash(f.Path)), leaves, want, func() error {
				n, err := strconv.Atoi(id.Take())
				one.events = append(one.events, n)
				return err
			}); err != nil {
				return nil, err
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// scanFile reads a data file, whether it is still part of the table or not.
func scanFile(name string, leaves *column.Leaves, want func(leaf int) bool, visit func() error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	file, err := column.OpenFile(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for g := range file.RowGroups() {
		if err := file.ReadRowGroup(g, leaves, want); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		leaves.Rewind()
		for range file.Rows(g) {
			if err := visit(); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// readQuarantine counts the records that a quarantine table holds.
func readQuarantine(ctx context.Context, dir string) (rows int64, err error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	table, err := delta.Open(ctx, vfs.OS(), dir)
	if err != nil {
		return 0, err
	}
	for _, f := range table.Files() {
		rows += f.Rows
	}
	return rows, nil
}
