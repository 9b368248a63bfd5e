package delta

import (
	"bufio"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// DataFile is a data file being written. It is no part of the table until a commit adds what Close gives.
type DataFile struct {
	t    *Table
	path string
	full string
	f    vfs.File
	buf  *bufio.Writer
	w    *column.FileWriter
	rows int64

	partition Partition
}

// NewFile starts a data file of a table without partitions, in the table's folder.
func (t *Table) NewFile(schema column.Schema) (*DataFile, error) {
	return t.NewPartitionFile(schema, nil)
}

// NewPartitionFile starts a data file whose rows are all of one partition, in that partition's folder if the table has such.
func (t *Table) NewPartitionFile(schema column.Schema, p Partition) (*DataFile, error) {
	if err := checkFilePartition(p, t.meta.PartitionColumns); err != nil {
		return nil, err
	}
	name := t.partitionFolder(p) + "part-" + formatUUID(t.newUUID()) + ".parquet"
	d := &DataFile{t: t, path: name, full: filepath.Join(t.dir, filepath.FromSlash(name)), partition: p}
	if p != nil {
		if err := t.makeDir(filepath.Dir(d.full)); err != nil {
			return nil, fmt.Errorf("new data file: %w", err)
		}
	}
	f, err := t.fsys.Create(d.full)
	if err != nil {
		return nil, fmt.Errorf("new data file: %w", err)
	}
	d.f, d.buf = f, bufio.NewWriterSize(f, 1<<18)
	d.w = column.NewFileWriter(d.buf, schema, column.WriterOptions{})
	return d, nil
}

// Path gives the file's path within the table.
func (d *DataFile) Path() string { return d.path }

// Rows gives the number of rows so far.
func (d *DataFile) Rows() int64 { return d.rows }

// WriteRowGroup adds the rows of leaves.
func (d *DataFile) WriteRowGroup(leaves *column.Leaves) error {
	if err := d.w.WriteRowGroup(leaves); err != nil {
		return fmt.Errorf("write %s: %w", d.full, err)
	}
	d.rows += int64(leaves.Rows())
	return nil
}

// Close finishes and syncs the file. When it fails the file is gone.
func (d *DataFile) Close() (AddFile, error) {
	info, err := d.w.Close()
	if err == nil {
		err = d.buf.Flush()
	}
	if err == nil {
		err = d.f.Sync()
	}
	if err != nil {
		d.Discard()
		return AddFile{}, fmt.Errorf("write %s: %w", d.full, err)
	}
	if err := d.f.Close(); err != nil {
		_ = d.t.fsys.Remove(d.full)
		return AddFile{}, fmt.Errorf("write %s: %w", d.full, err)
	}
	return AddFile{Path: d.path, Size: info.Size, Rows: info.Rows, Stats: info.StatsJSON(), ModTime: d.t.now().UTC(), Partition: d.partition}, nil
}

// DiscardFile takes a file off the disk that Close gave and no commit was tried with.
func (t *Table) DiscardFile(a AddFile) error {
	if t.knows(a.Path) {
		return fmt.Errorf("discard file %s: the table has it", a.Path)
	}
	return t.fsys.Remove(filepath.Join(t.dir, filepath.FromSlash(a.Path)))
}

// Discard gives up the file and takes it off the disk as far as that can be done.
func (d *DataFile) Discard() error {
	return errors.Join(d.f.Close(), d.t.fsys.Remove(d.full))
}
