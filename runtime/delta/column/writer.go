package column

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strconv"

	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

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

// createdBy has the form that Parquet asks for: Java readers take a writer that they cannot make out for one that they have
// to work around, and refuse strings with shared prefixes from it.
const createdBy = "seamflow version 1.0.0"

// magic is at both ends of a Parquet file.
const magic = "PAR1"

// FileWriter writes a Parquet file, row group after row group, and keeps no row group longer than the call that writes
// it. Columns are encoded side by side, with the same result. After an error the file is of no use.
type FileWriter struct {
	w      io.Writer
	schema Schema
	leaves []LeafColumn
	codec  compress.Codec
	fixed  []compress.Codec // of each leaf; nil before its first page
	bounds []bounds         // of each leaf, over all row groups
	groups []format.RowGroup
	size   int64
	rows   int64
	err    error

	workers int // for tests; 0 where the row group and the machine decide
}

// NewFileWriter starts a file. Errors of w come from WriteRowGroup and Close.
func NewFileWriter(w io.Writer, schema Schema, opt WriterOptions) *FileWriter {
	f := &FileWriter{w: w, schema: schema, leaves: schema.Leaves()}
	f.bounds = make([]bounds, len(f.leaves))
	f.codec, f.fixed = codecOf(opt.Compression), make([]compress.Codec, len(f.leaves))
	if f.err = schema.check(); f.err == nil {
		f.put([]byte(magic))
	}
	return f
}

// put writes bytes of the file.
func (f *FileWriter) put(b []byte) {
	if f.err != nil {
		return
	}
	n, err := f.w.Write(b)
	f.size += int64(n)
	if err != nil {
		f.err = err
	}
}

// WriteRowGroup writes all rows of the buffers, which are of the writer's schema, as one row group. No rows are none.
func (f *FileWriter) WriteRowGroup(rows *Leaves) error {
	if f.err != nil {
		return f.err
	}
	n := rows.Rows()
	if n == 0 {
		return nil
	}
	if f.err = f.fits(rows, n); f.err != nil {
		return f.err
	}
	g := format.RowGroup{NumRows: int64(n), FileOffset: f.size, Columns: make([]format.ColumnChunk, rows.Len())}
	if len(f.groups) <= math.MaxInt16 {
		g.Ordinal = int16(len(f.groups))
	}
	if f.err = f.writeChunks(rows, g.Columns); f.err != nil {
		return f.err
	}
	for i := range g.Columns {
		g.TotalByteSize += g.Columns[i].MetaData.TotalUncompressedSize
		g.TotalCompressedSize += g.Columns[i].MetaData.TotalCompressedSize
	}
	f.groups = append(f.groups, g)
	f.rows += int64(n)
	return nil
}

// fits checks what would otherwise make a file that no one can read.
func (f *FileWriter) fits(rows *Leaves, n int) error {
	if rows.Len() != len(f.leaves) {
		return errors.New("parquet: rows of " + plural(rows.Len(), "leaf column") + " for a file of " + strconv.Itoa(len(f.leaves)))
	}
	for i := range f.leaves {
		want, have := &f.leaves[i], rows.At(i).Column()
		if !want.Type.Equal(have.Type) || want.MaxDef != have.MaxDef || want.MaxRep != have.MaxRep {
			return errors.New("parquet: column " + want.String() + " is " + want.Type.String() + ", its rows are " + have.Type.String())
		}
		if r := rows.At(i).Rows(); r != n {
			return errors.New("parquet: column " + want.String() + " has " + plural(r, "row") + ", the first column has " + strconv.Itoa(n))
		}
	}
	return nil
}

// Close writes the footer. It does not close what the file is written to.
func (f *FileWriter) Close() (FileInfo, error) {
	meta := format.FileMetaData{
		Version:          2,
		Schema:           fileSchema(f.schema),
		NumRows:          f.rows,
		RowGroups:        f.groups,
		CreatedBy:        createdBy,
		KeyValueMetadata: sealSpace(),
		ColumnOrders:     make([]format.ColumnOrder, len(f.leaves)),
	}
	for i := range meta.ColumnOrders {
		meta.ColumnOrders[i].Value = &format.TypeDefinedOrder{}
	}
	if f.err != nil {
		return FileInfo{}, f.err
	}
	footer, err := encodeThrift(&meta)
	if err != nil {
		f.err = err
		return FileInfo{}, err
	}
	seal(footer)
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(footer)))
	f.put(append(footer, magic...))
	if f.err != nil {
		return FileInfo{}, f.err
	}
	info := FileInfo{Size: f.size, Rows: f.rows, Stats: f.stats()}
	f.err = errors.New("parquet: write to a closed file")
	return info, nil
}

func encodeThrift(v any) ([]byte, error) {
	var b bytes.Buffer
	err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&b)).Encode(v)
	return b.Bytes(), err
}
