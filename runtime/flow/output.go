package flow

import (
	"slices"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// output is the data files of one commit: of each partition at most one is open.
type output struct {
	table   *delta.Table
	schema  column.Schema
	encoder *encoder
	open    []*openFile // in the order in which they were last written to
	adds    []delta.AddFile
}

type openFile struct {
	*delta.DataFile
	partition string
	bytes     int64 // before encoding
	rows      int64 // those on their way included
}

const (
	// fileBytes is how much a data file takes in, before encoding, until the next is begun.
	fileBytes = 1 << 30
	// maxOpen bounds the files that are open at a time. The one that was not written to for the longest makes room.
	maxOpen = 64
)

// write adds rows, which are all of partition p, as a row group, and empties leaves. An error may be one of the row group
// before.
func (o *output) write(leaves *column.Leaves, p delta.Partition) (path string, base int64, err error) {
	f, err := o.fileOf(p)
	if err != nil {
		return "", 0, err
	}
	base = f.rows
	f.rows += int64(leaves.Rows())
	f.bytes += int64(leaves.Bytes())
	return f.Path(), base, o.encoder.begin(f, leaves)
}

// fileOf gives the file that takes the next rows of p.
func (o *output) fileOf(p delta.Partition) (*openFile, error) {
	key := p.Key()
	if i := slices.IndexFunc(o.open, func(f *openFile) bool { return f.partition == key }); i >= 0 {
		f := o.open[i]
		if f.bytes < fileBytes {
			o.open = append(slices.Delete(o.open, i, i+1), f)
			return f, nil
		}
		if err := o.close(i); err != nil {
			return nil, err
		}
	}
	if len(o.open) >= maxOpen {
		if err := o.close(0); err != nil {
			return nil, err
		}
	}
	file, err := o.table.NewPartitionFile(o.schema, p)
	if err != nil {
		return nil, err
	}
	f := &openFile{DataFile: file, partition: key}
	o.open = append(o.open, f)
	return f, nil
}

// close completes an open file.
func (o *output) close(i int) error {
	if err := o.encoder.wait(); err != nil {
		return err
	}
	f := o.open[i]
	o.open = slices.Delete(o.open, i, i+1)
	add, err := f.Close()
	if err != nil {
		return err
	}
	o.adds = append(o.adds, add)
	return nil
}

// complete closes the file at path, if it is open: it cannot be read before its footer is written.
func (o *output) complete(path string) error {
	if i := slices.IndexFunc(o.open, func(f *openFile) bool { return f.Path() == path }); i >= 0 {
		return o.close(i)
	}
	return nil
}

// finish completes the files at hand.
func (o *output) finish() error {
	for len(o.open) > 0 {
		if err := o.close(0); err != nil {
			return err
		}
	}
	return nil
}

// discard gives up the files. Those that are kept may be named by a commit.
func (o *output) discard(keep bool) {
	_ = o.encoder.wait() // what it has written is of no use
	for _, f := range o.open {
		_ = f.Discard() // what cannot be removed is debris, which no commit names
	}
	for _, add := range o.adds {
		if !keep {
			_ = o.table.DiscardFile(add)
		}
	}
	o.open, o.adds = nil, nil
}
