package delta

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
)

// OpCompact is the operation of a compaction's commit.
const OpCompact = "SEAMFLOW COMPACT"

// Compaction is the rewriting of some files into one. It is planned and committed by the table's goroutine; in between,
// Write reads files that never change, and may run beside commits.
type Compaction struct {
	job      *Table // a handle of its own
	files    []*File
	done     gathered
	redirect string
	Read     int64 // bytes of the files that go
}

// NewCompaction plans to make one file of these, which are of one partition. Rows that are dead now are left out.
func (t *Table) NewCompaction(paths []string) (*Compaction, error) {
	c := &Compaction{}
	for _, path := range paths {
		f, err := t.frozen(path)
		if err != nil {
			return nil, fmt.Errorf("compact table %s: %w", t.dir, err)
		}
		c.files = append(c.files, f)
		c.Read += f.Size
	}
	c.job = t.fork(c.files)
	return c, nil
}

// Write does the work: the new file, and beside it what says where its rows were. Both are debris until the commit. No
// row group that it writes is larger than limit, in memory, unless it was so before. A failed Write leaves no file.
func (c *Compaction) Write(ctx context.Context, limit int) (err error) {
	if c.done, err = c.job.gather(ctx, c.files, limit); err == nil {
		if c.redirect, err = c.job.writeMoves(c.done.moves); err != nil {
			c.Discard()
		}
	}
	if err != nil {
		return fmt.Errorf("compact table %s: %w", c.job.dir, err)
	}
	return nil
}

// Written is the size of the new file.
func (c *Compaction) Written() int64 { return c.done.add.Size }

// Files is how many files go.
func (c *Compaction) Files() int { return len(c.files) }

// Moves says where the rows went.
func (c *Compaction) Moves() []Move { return c.done.moves }

// Discard takes off the disk what Write made and no commit was tried with.
func (c *Compaction) Discard() {
	if c.done.add.Path != "" {
		_ = c.job.DiscardFile(c.done.add) // else it is debris, which no commit names
	}
	c.discardRedirect()
}

func (c *Compaction) discardRedirect() {
	if name := redirectFile(c.redirect); name != "" {
		if full, err := c.job.sidePath(name); err == nil {
			_ = c.job.fsys.Remove(full)
		}
	}
}

// Fits reports whether every file of c is still in the table, and nothing of it has come to life again.
func (t *Table) Fits(c *Compaction) (bool, error) {
	for _, f := range c.files {
		now, ok := t.files[f.Path]
		if !ok {
			return false, nil
		}
		dead, err := t.Deleted(now)
		if err != nil {
			return false, err
		}
		if !roaring.AndNot(f.dead, dead).IsEmpty() {
			return false, nil
		}
	}
	return true, nil
}

// Compact commits c. What died in its files since it was planned is dead in the new file too. It fails with ErrConflict
// where the files are not what they were (see Fits), and where somebody else's version came first.
func (t *Table) Compact(ctx context.Context, c *Compaction, at time.Time) (int64, error) {
	tx := &Tx{Operation: OpCompact, Timestamp: at, Guarded: true, rearranges: true, Domains: map[string]string{redirectDomain: c.redirect}}
	fits, err := t.Fits(c)
	if err == nil && !fits {
		err = fmt.Errorf("%w: the files of a compaction are not what they were", ErrConflict)
	}
	if err != nil {
		return 0, fmt.Errorf("compact table %s: %w", t.dir, err)
	}
	late := roaring.New()
	for i, f := range c.files {
		tx.Removes = append(tx.Removes, f.Path)
		dead, err := t.Deleted(t.files[f.Path])
		if err != nil {
			return 0, fmt.Errorf("compact table %s: %w", t.dir, err)
		}
		c.done.moves[i].carry(roaring.AndNot(dead, f.dead), late)
	}
	if c.done.add.Path != "" {
		add := c.done.add
		add.Deleted = late
		tx.Adds = []AddFile{add}
	}
	tx.Metrics = c.metrics(late)
	return t.Commit(ctx, tx)
}

// carry adds the new numbers of rows of From.
func (m *Move) carry(rows, into *roaring.Bitmap) {
	for it := rows.Iterator(); it.HasNext(); {
		if row, ok := m.Row(it.Next()); ok {
			into.Add(row)
		}
	}
}

func (c *Compaction) metrics(late *roaring.Bitmap) map[string]string {
	added := "0"
	if c.done.add.Path != "" {
		added = "1"
	}
	return map[string]string{
		"numRemovedFiles": strconv.Itoa(len(c.files)), "numRemovedBytes": strconv.FormatInt(c.Read, 10),
		"numAddedFiles": added, "numAddedBytes": strconv.FormatInt(c.done.add.Size, 10),
		"rowsCopied": strconv.FormatInt(c.done.add.Rows, 10), "rowsDiedMeanwhile": strconv.FormatUint(late.GetCardinality(), 10),
	}
}
