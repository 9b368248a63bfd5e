package column

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/parquet-go/parquet-go/format"
	"github.com/zeebo/xxh3"
)

// File is a Parquet file opened for reading, whoever wrote it. It is for one goroutine.
type File struct {
	r      io.ReaderAt
	size   int64
	meta   format.FileMetaData
	footer uint64 // a hash of the bytes of meta
	root   *node
	leaves []*node
	chunk  chunkReader
}

// OpenFile reads the footer of a Parquet file of size bytes.
func OpenFile(r io.ReaderAt, size int64) (f *File, err error) {
	defer recovered(&err)
	f = &File{r: r, size: size}
	if err := f.readFooter(); err != nil {
		return nil, err
	}
	if err := f.readSchema(); err != nil {
		return nil, err
	}
	for g := range f.meta.RowGroups {
		if err := f.checkGroup(&f.meta.RowGroups[g]); err != nil {
			return nil, fmt.Errorf("parquet: row group %d: %w", g, err)
		}
	}
	return f, nil
}

// recovered turns a panic into an error: what a file holds must not end the process.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("parquet: the file is broken: %v", p)
	}
}

const (
	tailBytes  = 64 << 10 // read at once in the hope that the footer is within
	footBytes  = 8        // length and magic at the end
	maxFooter  = 64 << 20 // of a file of half a million column chunks, as a rule
	emptyBytes = int64(len(magic) + footBytes)
)

// Footer gives the footer of a Parquet file of size bytes as a file of its own, without the values.
func Footer(r io.ReaderAt, size int64) ([]byte, error) {
	f := File{r: r, size: size}
	footer, err := f.footerBytes()
	if err != nil {
		return nil, err
	}
	alone := append([]byte(magic), footer...)
	return append(binary.LittleEndian.AppendUint32(alone, uint32(len(footer))), magic...), nil
}

func (f *File) readFooter() error {
	footer, err := f.footerBytes()
	if err != nil {
		return err
	}
	if err := checkSeal(footer); err != nil {
		return err
	}
	f.footer = xxh3.Hash(footer)
	if _, err := decodeThrift(footer, &f.meta); err != nil {
		return fmt.Errorf("parquet: footer: %w", err)
	}
	return nil
}

func (f *File) footerBytes() ([]byte, error) {
	if f.size < emptyBytes {
		return nil, fmt.Errorf("parquet: a file of %d bytes is no Parquet file", f.size)
	}
	tail := make([]byte, min(f.size, tailBytes))
	if err := f.readAt(tail, f.size-int64(len(tail))); err != nil {
		return nil, err
	}
	foot := tail[len(tail)-footBytes:]
	switch string(foot[4:]) {
	case magic:
	case "PARE":
		return nil, errors.New("parquet: the file is encrypted, which is not supported")
	default:
		return nil, fmt.Errorf("parquet: the file ends with %q instead of %q: it is cut short or no Parquet file", foot[4:], magic)
	}
	n := int64(binary.LittleEndian.Uint32(foot))
	if n > f.size-emptyBytes {
		return nil, fmt.Errorf("parquet: the footer claims %d bytes of a file of %d", n, f.size)
	}
	if n > maxFooter {
		return nil, fmt.Errorf("parquet: the footer has %d MiB, more than the %d that are read: write fewer row groups to a file", n>>20, maxFooter>>20)
	}
	if n+footBytes > int64(len(tail)) {
		tail = make([]byte, n+footBytes)
		if err := f.readAt(tail, f.size-int64(len(tail))); err != nil {
			return nil, err
		}
	}
	return tail[int64(len(tail))-footBytes-n : len(tail)-footBytes], nil
}

func (f *File) readAt(b []byte, at int64) error {
	n, err := f.r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("parquet: reading %d bytes at %d: %w", len(b), at, err)
}

// checkGroup checks what reading relies on.
func (f *File) checkGroup(g *format.RowGroup) error {
	if len(g.Columns) != len(f.leaves) {
		return fmt.Errorf("%d columns, the schema has %d", len(g.Columns), len(f.leaves))
	}
	if g.NumRows < 0 || g.NumRows > math.MaxInt32 {
		return fmt.Errorf("%d rows", g.NumRows)
	}
	for i := range g.Columns {
		c, n := &g.Columns[i], f.leaves[i]
		if c.FilePath != "" {
			return fmt.Errorf("column %s is in another file, %s, which is not supported", n, c.FilePath)
		}
		if c.CryptoMetadata.Value != nil {
			return fmt.Errorf("column %s is encrypted, which is not supported", n)
		}
		if want := n.elem.Type.V; c.MetaData.Type != want {
			return fmt.Errorf("column %s holds %s, the schema says %s", n, c.MetaData.Type, want)
		}
		if c.MetaData.NumValues < 0 || n.rep == 0 && c.MetaData.NumValues != g.NumRows {
			return fmt.Errorf("column %s has %d values for %d rows", n, c.MetaData.NumValues, g.NumRows)
		}
	}
	return nil
}

// RowGroups is the number of row groups.
func (f *File) RowGroups() int { return len(f.meta.RowGroups) }

// Rows is the number of rows in row group g.
func (f *File) Rows(g int) int { return int(f.meta.RowGroups[g].NumRows) }

// NumRows is the number of rows of the file.
func (f *File) NumRows() int64 {
	var n int64
	for g := range f.meta.RowGroups {
		n += f.meta.RowGroups[g].NumRows
	}
	return n
}

// HasColumn reports whether the file has a column of this name.
func (f *File) HasColumn(name string) bool { return f.root.child(name) != nil }

// ReadRowGroup replaces what the buffers hold by row group g and puts the cursors at its first row. Columns are found
// by name, fields of structs too. Those that the file lacks read as NULL, and so does a column of which want is true for
// no leaf; a nil want is all. After an error the buffers are empty.
func (f *File) ReadRowGroup(g int, into *Leaves, want func(leaf int) bool) (err error) {
	defer func() {
		if err != nil {
			into.Reset()
		}
	}()
	defer recovered(&err)
	into.Reset()
	if g < 0 || g >= len(f.meta.RowGroups) {
		return fmt.Errorf("parquet: row group %d of a file that has %d", g, len(f.meta.RowGroups))
	}
	wanted := wantedColumns(into, want)
	group := &f.meta.RowGroups[g]
	m := matcher{file: f}
	for i, field := range into.schema {
		if m.wanted = wanted[i]; m.wanted {
			if err := m.unique(f.root, field.Name); err != nil {
				return fmt.Errorf("parquet: %w", err)
			}
		}
		if err := m.match(field.Type, f.root.child(field.Name), nil, above{path: field.Name}); err != nil {
			return fmt.Errorf("parquet: %w", err)
		}
	}
	for i, leaf := range into.leaves {
		if err := f.readLeaf(group, &m.plans[i], leaf); err != nil {
			return fmt.Errorf("parquet: row group %d, column %s: %w", g, leaf.Column(), err)
		}
	}
	return agree(into)
}

func wantedColumns(into *Leaves, want func(leaf int) bool) []bool {
	wanted := make([]bool, len(into.schema))
	for i, leaf := range into.leaves {
		if want == nil || want(i) {
			wanted[leaf.Column().Column] = true
		}
	}
	return wanted
}

func (f *File) readLeaf(group *format.RowGroup, p *plan, leaf Leaf) error {
	rows := int(group.NumRows)
	if p.leaf == nil {
		leaf.entries().nulls(rows)
		return nil
	}
	r := &f.chunk
	if err := r.open(f, &group.Columns[p.leaf.leaf], p, leaf); err != nil {
		return err
	}
	for left := rows; left > 0; left -= block {
		r.batch()
		if err := r.rows(min(left, block)); err != nil {
			return err
		}
	}
	if n := leaf.Rows(); n != rows {
		return errors.New(plural(n, "row") + ", the footer says " + strconv.Itoa(rows))
	}
	return r.finish()
}

// nulls adds rows without anything.
func (l *levels) nulls(rows int) {
	l.addNulls(rows, 0)
	if l.col.MaxRep > 0 {
		l.rep = repeated(l.rep, rows, 0)
		l.rows += rows
	}
}

// agree checks that the fields of one list's elements have as many of them in every row: readers of rows rely on it.
func agree(into *Leaves) error {
	for i := 1; i < len(into.leaves); i++ {
		if err := agreeing(into.leaves[i-1].entries(), into.leaves[i].entries()); err != nil {
			return err
		}
	}
	return nil
}

func agreeing(a, b *levels) error {
	if n := commonLists(&a.col, &b.col); n > 0 && !sameLengths(a, b, n) {
		return fmt.Errorf("parquet: columns %s and %s have lists of different lengths", &a.col, &b.col)
	}
	return nil
}

// commonLists counts the lists that two leaves are both under.
func commonLists(a, b *LeafColumn) uint8 {
	if a.Column != b.Column {
		return 0
	}
	same := 0
	for same < min(len(a.Path), len(b.Path)) && a.Path[same] == b.Path[same] {
		same++
	}
	n := uint8(0)
	for _, at := range a.lists {
		if at < same {
			n++
		}
	}
	return n
}

// sameLengths reports whether the entries that repeat at most at list n are alike.
func sameLengths(a, b *levels, n uint8) bool {
	if a.col.MaxRep == n && b.col.MaxRep == n {
		return bytes.Equal(a.rep, b.rep)
	}
	j := 0
	for _, r := range a.rep {
		if r > n {
			continue
		}
		for j < len(b.rep) && b.rep[j] > n {
			j++
		}
		if j == len(b.rep) || b.rep[j] != r {
			return false
		}
		j++
	}
	for ; j < len(b.rep); j++ {
		if b.rep[j] <= n {
			return false
		}
	}
	return true
}
