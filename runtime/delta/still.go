package delta

import (
	"context"
	"errors"
	"io/fs"
)

// Still reports whether the handle's version is one of the table that the folder holds now. It is not where the table was
// removed, made anew, or put back from an older copy: such a handle is to be opened again. It is for who holds a handle
// without owning the table.
func (t *Table) Still(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	h := newHandle(t.fsys, t.dir)
	uuid, err := h.CommitUUID(t.version)
	if errors.Is(err, fs.ErrNotExist) { // removed, or cleaned up behind a checkpoint: opening it again tells which
		return false, nil
	}
	return uuid == t.uuid, err
}
