package column

import "io"

// Compression is a Parquet codec.
type Compression uint8

// The codecs that files are written with.
const (
	Snappy Compression = iota
	Zstd
	None
)

// WriterOptions say how a file is written.
type WriterOptions struct {
	Compression Compression
}

// FileInfo is what a written file holds.
type FileInfo struct {
	Size  int64
	Rows  int64
	Stats []ColumnStats
}

// FileWriter writes a Parquet file, row group after row group, and keeps no row group longer than the call that writes
// it. After an error the file is of no use.
type FileWriter struct {
	w      *countingWriter
	schema Schema
}

// NewFileWriter starts a file. Errors of w come from WriteRowGroup and Close.
func NewFileWriter(w io.Writer, schema Schema, opt WriterOptions) *FileWriter { panic("") }

// WriteRowGroup writes all rows of the buffers, which are of the writer's schema, as one row group. No rows are none.
func (w *FileWriter) WriteRowGroup(rows *Leaves) error { return nil }

// Close writes the footer. It does not close what the file is written to.
func (w *FileWriter) Close() (FileInfo, error) { return FileInfo{}, nil }

type countingWriter struct{}
