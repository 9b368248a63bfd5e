package delta

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// rewriteProperty is the table property that says how rows die: propertyRewrite is by writing their files anew, for
// readers that know no deletion vectors.
const (
	rewriteProperty = "seamflow.updates"
	propertyRewrite = "rewrite"
	vectorsProperty = "delta.enableDeletionVectors"
)

// Rewrites reports whether files are written anew where rows of them die.
func (t *Table) Rewrites() bool { return t.meta.Configuration[rewriteProperty] == propertyRewrite }

// rewriteBytes is how large a file becomes, about, of those that a commit writes anew together.
const rewriteBytes = 128 << 20

// rewriteGroup is how many bytes of rows make a row group of such a file.
const rewriteGroup = 32 << 20

// rewrite is a commit in which files are written anew instead of getting deletion vectors.
type rewrite struct {
	t     *Table
	tx    Tx // without deletes
	job   *Table
	adds  []AddFile
	moves []Move
	born  []AddFile // of the commit's own files, those that are written anew
}

// rewriteDead gives tx with the files that rows die in written anew. discard takes away what was written for it.
func (t *Table) rewriteDead(ctx context.Context, tx *Tx) (*rewrite, error) {
	r := &rewrite{t: t, tx: *tx}
	files, err := r.touched(tx)
	if err != nil {
		return nil, err
	}
	r.job = t.fork(files)
	for _, group := range rewriteGroups(files) {
		g, err := r.job.gather(ctx, group, rewriteGroup)
		if err != nil {
			r.discard()
			return nil, err
		}
		r.moves = append(r.moves, g.moves...)
		if g.add.Path != "" {
			r.adds = append(r.adds, g.add)
		}
	}
	r.markBorn()
	r.tx.Adds = append(r.tx.Adds, r.adds...)
	config, err := t.writeMoves(r.moves)
	if err != nil {
		r.discard()
		return nil, err
	}
	r.tx.Domains = maps.Clone(tx.Domains)
	if r.tx.Domains == nil {
		r.tx.Domains = map[string]string{}
	}
	r.tx.Domains[redirectDomain] = config
	return r, nil
}

// touched gives the files in which rows die, as they will be, and takes them out of the commit: the table's own become
// removes, and those that the commit was to add stay out of it.
func (r *rewrite) touched(tx *Tx) (files []*File, err error) {
	r.tx.Deletes = nil
	r.tx.Removes = slices.Clone(tx.Removes)
	for _, path := range slices.Sorted(maps.Keys(tx.Deletes)) {
		if tx.Deletes[path].IsEmpty() || slices.Contains(tx.Removes, path) {
			continue
		}
		f, err := r.t.frozen(path)
		if err != nil {
			return nil, err
		}
		if err := f.bury(tx.Deletes[path]); err != nil {
			return nil, err
		}
		r.tx.Removes = append(r.tx.Removes, path)
		files = append(files, f)
	}
	r.tx.Adds = nil
	for _, a := range tx.Adds {
		if a.Deleted == nil || a.Deleted.IsEmpty() || r.t.knows(a.Path) {
			r.tx.Adds = append(r.tx.Adds, a)
			continue
		}
		f := &File{Path: a.Path, Size: a.Size, Rows: a.Rows, Partition: a.Partition, dead: roaring.New()}
		if err := f.bury(a.Deleted); err != nil {
			return nil, err
		}
		r.born = append(r.born, a)
		files = append(files, f)
	}
	return files, nil
}

func (f *File) bury(rows *roaring.Bitmap) error {
	if last := int64(rows.Maximum()); last >= f.Rows {
		return fmt.Errorf("row %d of file %s is to be deleted, and it has %d rows", last, f.Path, f.Rows)
	}
	f.dead.Or(rows)
	f.Dead = int64(f.dead.GetCardinality())
	return nil
}

// rewriteGroups puts files together that become one: of one partition, in order, up to rewriteBytes.
func rewriteGroups(files []*File) (groups [][]*File) {
	last := map[string]int{} // the group of a partition that still has room
	room := map[string]int64{}
	for _, f := range files {
		key := f.Partition.Key()
		i, ok := last[key]
		if !ok || room[key] < f.liveBytes() {
			i = len(groups)
			groups, last[key], room[key] = append(groups, nil), i, rewriteBytes
		}
		groups[i] = append(groups[i], f)
		room[key] -= f.liveBytes()
	}
	return groups
}

// liveBytes is about how much of the file's size its live rows make.
func (f *File) liveBytes() int64 {
	if f.Rows <= 0 {
		return f.Size
	}
	return int64(float64(f.Size) * float64(f.Rows-f.Dead) / float64(f.Rows))
}

func (r *rewrite) markBorn() {
	for i := range r.moves {
		r.moves[i].Born = slices.ContainsFunc(r.born, func(a AddFile) bool { return a.Path == r.moves[i].From })
	}
}

// settle tidies up after the commit: what it was to add and did not, or, where it was not made, what was written for it.
func (r *rewrite) settle(err error) {
	switch {
	case err == nil:
		for _, a := range r.born {
			_ = r.t.DiscardFile(a) // else it is debris, as after a crash
		}
	case !errors.Is(err, ErrUnclear):
		r.discard()
	}
}

func (r *rewrite) discard() {
	for _, a := range r.adds {
		_ = r.job.DiscardFile(a)
	}
	if name := redirectFile(r.tx.Domains[redirectDomain]); name != "" && len(r.adds)+len(r.moves) > 0 {
		_ = r.t.fsys.Remove(filepath.Join(r.t.dir, "_seamflow", filepath.FromSlash(name)))
	}
}
