package column_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// forged is a file of many alike columns that nobody would write.
type forged struct {
	columns int
	kind    string // int, text, list of texts
	codec   format.CompressionCodec
	rows    int64
	values  int64 // 0: as many as rows
	pages   []forgedPage
	chunk   func(m *format.ColumnMetaData)
	footer  func(m *format.FileMetaData)
}

type forgedPage struct {
	head format.PageHeader
	data []byte
}

func compact(v any) []byte {
	b, err := thrift.Marshal(new(thrift.CompactProtocol), v)
	if err != nil {
		panic(err)
	}
	return b
}

func (f *forged) bytes() []byte {
	file := []byte("PAR1")
	var schema []format.SchemaElement
	group := format.RowGroup{NumRows: f.rows}
	for i := range f.columns {
		name := fmt.Sprintf("c%d", i)
		typ, path := format.ByteArray, []string{name}
		switch f.kind {
		case "list":
			schema = append(schema,
				format.SchemaElement{Name: name, RepetitionType: thrift.New(format.Optional), NumChildren: thrift.New(int32(1)), ConvertedType: thrift.New(deprecated.List)},
				format.SchemaElement{Name: "list", RepetitionType: thrift.New(format.Repeated), NumChildren: thrift.New(int32(1))},
				format.SchemaElement{Name: "element", RepetitionType: thrift.New(format.Optional), Type: thrift.New(typ)})
			path = append(path, "list", "element")
		case "int":
			typ = format.Int64
			fallthrough
		default:
			schema = append(schema, format.SchemaElement{Name: name, RepetitionType: thrift.New(format.Required), Type: thrift.New(typ)})
		}
		m := format.ColumnMetaData{Type: typ, PathInSchema: path, Codec: f.codec, NumValues: f.values, DataPageOffset: int64(len(file))}
		if f.values == 0 {
			m.NumValues = f.rows
		}
		for j := range f.pages {
			p := &f.pages[j]
			file = append(append(file, compact(&p.head)...), p.data...)
		}
		m.TotalCompressedSize = int64(len(file)) - m.DataPageOffset
		if f.chunk != nil {
			f.chunk(&m)
		}
		group.Columns = append(group.Columns, format.ColumnChunk{MetaData: m})
	}
	schema = append([]format.SchemaElement{{Name: "root", NumChildren: thrift.New(int32(f.columns))}}, schema...)
	meta := format.FileMetaData{Version: 1, Schema: schema, NumRows: f.rows, RowGroups: []format.RowGroup{group}}
	if f.footer != nil {
		f.footer(&meta)
	}
	return footed(file, compact(&meta))
}

func footed(file, footer []byte) []byte {
	file = append(file, footer...)
	return append(binary.LittleEndian.AppendUint32(file, uint32(len(footer))), "PAR1"...)
}

func (f *forged) schema() (s column.Schema) {
	for i := range f.columns {
		t := column.Of(column.String)
		switch f.kind {
		case "int":
			t = column.Of(column.Int64)
		case "list":
			t = column.ListOf(t)
		}
		s = append(s, column.Field{Name: fmt.Sprintf("c%d", i), Type: t})
	}
	return s
}

func page(values int, enc format.Encoding, long int, data []byte) forgedPage {
	h := format.PageHeader{Type: format.DataPage, UncompressedPageSize: int32(long), CompressedPageSize: int32(len(data)),
		DataPageHeader: thrift.New(format.DataPageHeader{NumValues: int32(values), Encoding: enc, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE})}
	return forgedPage{h, data}
}

func dictionaryPage(values, long int, data []byte) forgedPage {
	return forgedPage{format.PageHeader{Type: format.DictionaryPage, UncompressedPageSize: int32(long), CompressedPageSize: int32(len(data)),
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(values)})}, data}
}

func (p forgedPage) with(change func(h *format.PageHeader)) forgedPage {
	change(&p.head)
	return p
}

// text is a plain value.
func text(n int) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(n)), make([]byte, n)...)
}

// run is n equal values of one byte, in a hybrid of runs.
func run(n int, v byte) []byte { return append(binary.AppendUvarint(nil, uint64(n)<<1), v) }

// levelled puts levels, with their lengths, before values.
func levelled(values []byte, levels ...[]byte) (out []byte) {
	for _, l := range levels {
		out = append(binary.LittleEndian.AppendUint32(out, uint32(len(l))), l...)
	}
	return append(out, values...)
}

func squeezed(t *testing.T, codec format.CompressionCodec, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	switch codec {
	case format.Snappy:
		return snappy.Encode(nil, data)
	case format.Zstd:
		var err error
		if w, err = zstd.NewWriter(&b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestForgedFiles: what a file claims and does not hold is an error that says where, and costs no memory.
func TestForgedFiles(t *testing.T) {
	const MiB = 1 << 20
	good := page(1, format.Plain, 8, text(4))
	one := func(change func(f *forged)) forged {
		f := forged{columns: 1, rows: 1, pages: []forgedPage{good}}
		change(&f)
		return f
	}
	first := func(change func(h *format.PageHeader)) forged {
		return one(func(f *forged) { f.pages = []forgedPage{good.with(change)} })
	}
	v2 := func(change func(d *format.DataPageHeaderV2)) forged {
		return first(func(h *format.PageHeader) {
			h.Type, h.DataPageHeader = format.DataPageV2, thrift.Null[format.DataPageHeader]{}
			d := format.DataPageHeaderV2{NumValues: 1, NumRows: 1, IsCompressed: thrift.New(false)}
			change(&d)
			h.DataPageHeaderV2 = thrift.New(d)
		})
	}
	bomb := func(codec format.CompressionCodec, columns int) forged {
		return forged{columns: columns, rows: 1, codec: codec, pages: []forgedPage{page(1, format.Plain, MiB, squeezed(t, codec, text(MiB-4)))}}
	}
	long := forged{columns: 1, rows: 64, chunk: func(m *format.ColumnMetaData) { m.TotalUncompressedSize = 64 * MiB }}
	for range long.rows {
		long.pages = append(long.pages, page(1, format.Plain, MiB, text(MiB-4)))
	}
	list := func(columns, entries int, dict []byte, level byte) forged {
		data := levelled([]byte{1, 0}, append(run(1, 0), run(entries-1, 1)...), run(entries, level))
		if level == 3 {
			data = levelled(append([]byte{1}, run(entries, 0)...), append(run(1, 0), run(entries-1, 1)...), run(entries, level))
		}
		return forged{columns: columns, kind: "list", rows: 1, values: int64(entries),
			pages: []forgedPage{dictionaryPage(1, len(dict), dict), page(entries, format.RLEDictionary, len(data), data)},
			chunk: func(m *format.ColumnMetaData) { m.DictionaryPageOffset = 0 }}
	}
	for _, c := range []struct {
		name string
		file forged
		want string // "" where the file is sound
	}{
		{"sound", one(func(*forged) {}), ""},
		{"sound list", list(1, 10, text(4), 3), ""},
		{"sound bombs", bomb(format.Zstd, 4), ""},
		{"sound long texts", long, ""},
		{"bombs of zstd", bomb(format.Zstd, 40), "row group 0, column c7: page 0: pages and values of the row group's columns take more than 8 MiB at once"},
		{"bombs of gzip", bomb(format.Gzip, 40), "take more than 8 MiB at once"},
		{"bombs of snappy", bomb(format.Snappy, 40), "take more than 8 MiB at once"},
		{"dictionaries", forged{columns: 40, rows: 1, codec: format.Zstd, pages: []forgedPage{
			dictionaryPage(1, MiB, squeezed(t, format.Zstd, text(MiB-4))), page(1, format.RLEDictionary, 3, squeezed(t, format.Zstd, []byte{1, 2, 0}))}}, "take more than 8 MiB at once"},
		{"a claim of 2 GiB", first(func(h *format.PageHeader) { h.UncompressedPageSize = math.MaxInt32 }), "column c0: page 0: 2147483647 bytes without compression"},
		{"a claim of snappy", one(func(f *forged) {
			f.codec, f.pages = format.Snappy, []forgedPage{page(1, format.Plain, 200*MiB, text(4))}
		}), "it cannot become as long"},
		{"a claim of zstd", one(func(f *forged) { f.codec, f.pages = format.Zstd, []forgedPage{page(1, format.Plain, 4*MiB, text(4))} }), "page 0: ZSTD"},
		{"longer than claimed", one(func(f *forged) {
			f.codec, f.pages = format.Gzip, []forgedPage{page(1, format.Plain, 100, squeezed(t, format.Gzip, make([]byte, MiB)))}
		}), "the page's header says 100"},
		{"Hadoop's LZ4", one(func(f *forged) { f.codec = format.Lz4 }), "in Hadoop's frames"},
		{"LZO", one(func(f *forged) { f.codec = format.LZO }), "not supported"},
		{"no such codec", one(func(f *forged) { f.codec = 77 }), "not supported"},
		{"page of negative length", first(func(h *format.PageHeader) { h.CompressedPageSize = -1 }), "page 0: -1 bytes long"},
		{"page that becomes negative", first(func(h *format.PageHeader) { h.UncompressedPageSize = -1 }), "page 0"},
		{"page beyond the column", first(func(h *format.PageHeader) { h.CompressedPageSize = 1 << 30 }), "page 0: 1073741824 bytes long, the column has 8 left"},
		{"negative values", first(func(h *format.PageHeader) { h.DataPageHeader.V.NumValues = -1 }), "page 0: -1 values"},
		{"many values", first(func(h *format.PageHeader) { h.DataPageHeader.V.NumValues = math.MaxInt32 }), "2147483647 values, the column has 1 left"},
		{"no values", first(func(h *format.PageHeader) { h.DataPageHeader.V.NumValues = 0 }), "page 1: the column ends 1 values early"},
		{"header without its part", first(func(h *format.PageHeader) { h.DataPageHeader = thrift.Null[format.DataPageHeader]{} }), "page 0"},
		{"no such encoding", first(func(h *format.PageHeader) { h.DataPageHeader.V.Encoding = 99 }), "not supported"},
		{"no dictionary", first(func(h *format.PageHeader) { h.DataPageHeader.V.Encoding = format.RLEDictionary }), "there is no dictionary"},
		{"V2, negative levels", v2(func(d *format.DataPageHeaderV2) { d.DefinitionLevelsByteLength = -4 }), "page 0"},
		{"V2, levels beyond the page", v2(func(d *format.DataPageHeaderV2) { d.RepetitionLevelsByteLength = 1 << 30 }), "page 0"},
		{"V2, levels that overflow", v2(func(d *format.DataPageHeaderV2) {
			d.RepetitionLevelsByteLength, d.DefinitionLevelsByteLength = math.MaxInt32, math.MaxInt32
		}), "page 0"},
		{"negative dictionary", one(func(f *forged) { f.pages = append([]forgedPage{dictionaryPage(-1, 0, nil)}, f.pages...) }), "page 0: broken dictionary"},
		{"dictionary of many", one(func(f *forged) { f.pages = append([]forgedPage{dictionaryPage(math.MaxInt32, 8, text(4))}, f.pages...) }), "page 0: dictionary: it ends in the middle"},
		{"two dictionaries", one(func(f *forged) {
			d := dictionaryPage(1, 8, text(4))
			f.pages = append([]forgedPage{d, d}, f.pages...)
		}), "page 1: broken dictionary"},
		{"beyond the dictionary", one(func(f *forged) {
			f.pages = []forgedPage{dictionaryPage(1, 8, text(4)), page(1, format.RLEDictionary, 3, append([]byte{8}, run(1, 200)...))}
		}), "beyond the dictionary's end"},
		{"offset beyond the file", one(func(f *forged) { f.chunk = func(m *format.ColumnMetaData) { m.DataPageOffset = 1 << 40 } }), "column c0: the footer says it is at 1099511627776"},
		{"negative offset", one(func(f *forged) { f.chunk = func(m *format.ColumnMetaData) { m.DataPageOffset = -8 } }), "column c0: the footer says it is at -8"},
		{"offset that overflows", one(func(f *forged) {
			f.chunk = func(m *format.ColumnMetaData) { m.DataPageOffset, m.TotalCompressedSize = math.MaxInt64, math.MaxInt64 }
		}), "column c0: the footer says"},
		{"column of negative length", one(func(f *forged) { f.chunk = func(m *format.ColumnMetaData) { m.TotalCompressedSize = -1 } }), "column c0: the footer says"},
		{"other number of values", one(func(f *forged) { f.values = 7 }), "row group 0: column c0 has 7 values for 1 rows"},
		{"negative rows", one(func(f *forged) { f.rows = -1 }), "row group 0: -1 rows"},
		{"more rows than there are", one(func(f *forged) { f.rows = math.MaxInt32 }), "page 1: the column ends 2147483646 values early"},
		{"fewer levels than values", forged{columns: 1, kind: "list", rows: 3, values: 3, pages: []forgedPage{page(3, format.Plain, 12, levelled(nil, run(2, 0), run(2, 0)))}}, "repetition levels: it ends"},
		{"fewer definition levels", forged{columns: 1, kind: "list", rows: 3, values: 3, pages: []forgedPage{page(3, format.Plain, 12, levelled(nil, run(3, 0), run(2, 0)))}}, "definition levels: it ends"},
		{"levels longer than the page", forged{columns: 1, kind: "list", rows: 1, values: 1, pages: []forgedPage{page(1, format.Plain, 6, []byte{255, 255, 255, 255, 2, 0})}}, "repetition levels: it ends"},
		{"more rows in levels", forged{columns: 1, kind: "list", rows: 1, values: 3, pages: []forgedPage{page(3, format.Plain, 12, levelled(nil, run(3, 0), run(3, 0)))}}, "more rows than the footer says"},
		{"first row from before", forged{columns: 1, kind: "list", rows: 1, values: 1, pages: []forgedPage{page(1, format.Plain, 12, levelled(nil, run(1, 1), run(1, 0)))}}, "does not start with the column"},
		{"lists without end", list(40, 2*MiB, text(4), 2), "take more than 8 MiB at once"},
		{"one list without end", list(1, math.MaxInt32, text(4), 2), "at once"},
		{"a long text without end", list(1, 100_000, text(MiB), 3), "the texts of its lists are longer than 1024 MiB in one step"},
		{"deep", one(func(f *forged) {
			f.footer = func(m *format.FileMetaData) {
				m.Schema = m.Schema[:1]
				for range 300 {
					m.Schema = append(m.Schema, format.SchemaElement{Name: "g", NumChildren: thrift.New(int32(1))})
				}
			}
		}), "nested too deeply"},
		{"children that are not there", one(func(f *forged) {
			f.footer = func(m *format.FileMetaData) { m.Schema[0].NumChildren = thrift.New(int32(math.MaxInt32)) }
		}), "lacks children"},
		{"negative children", one(func(f *forged) {
			f.footer = func(m *format.FileMetaData) { m.Schema[0].NumChildren = thrift.New(int32(-1)) }
		}), "1 elements too many"},
		{"no schema", one(func(f *forged) { f.footer = func(m *format.FileMetaData) { m.Schema = nil } }), "no schema"},
		{"columns without chunks", one(func(f *forged) { f.footer = func(m *format.FileMetaData) { m.RowGroups[0].Columns = nil } }), "row group 0: 0 columns, the schema has 1"},
		{"another type", one(func(f *forged) { f.chunk = func(m *format.ColumnMetaData) { m.Type = format.Int96 } }), "holds INT96, the schema says BYTE_ARRAY"},
		{"fixed length of 0", one(func(f *forged) {
			f.chunk = func(m *format.ColumnMetaData) { m.Type = format.FixedLenByteArray }
			f.footer = func(m *format.FileMetaData) {
				m.Schema[1].Type, m.Schema[1].TypeLength = thrift.New(format.FixedLenByteArray), thrift.New(int32(0))
			}
		}), "column c0"},
		{"another file", one(func(f *forged) {
			f.footer = func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].FilePath = "/etc/passwd" }
		}), "in another file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			schema := c.file.schema()
			s := column.NewScan(schema, noRules(schema))
			s.Hold(8 * MiB)
			file := c.file.bytes()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			rows, bad, err := scanAll(s, file)
			runtime.ReadMemStats(&after)
			if took := int64(after.TotalAlloc - before.TotalAlloc); c.want != "" && took > 48*MiB {
				t.Errorf("%d MiB for a file of %d bytes", took/MiB, len(file))
			}
			if c.want == "" {
				if err != nil || int64(rows) != c.file.rows || bad != nil {
					t.Error(rows, bad, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "the file is broken: ") {
				t.Errorf("%d rows, %v, want %q", rows, err, c.want)
			}
			// What a broken file left behind is no part of the next one.
			next := forged{columns: c.file.columns, kind: c.file.kind, rows: 2}
			switch next.kind {
			case "list":
				next.values, next.pages = 2, []forgedPage{page(2, format.Plain, 12, levelled(nil, run(2, 0), run(2, 0)))}
			default:
				next.pages = []forgedPage{page(2, format.Plain, 16, append(text(4), text(4)...))}
			}
			if rows, bad, err := scanAll(s, next.bytes()); rows != 2 || bad != nil || err != nil {
				t.Errorf("the next file: %d rows, %q, %v", rows, bad, err)
			}
		})
	}
}

// sparse is a file of zeros with an end.
type sparse struct {
	size int64
	end  []byte
}

func (s sparse) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	if from := s.size - int64(len(s.end)) - at; from < int64(len(b)) {
		copy(b[max(from, 0):], s.end[max(-from, 0):])
	}
	return len(b), nil
}

// TestForgedFooters: the length that a footer claims, and the lists in it, cost no more than the file holds.
func TestForgedFooters(t *testing.T) {
	tail := func(n uint32) []byte { return append(binary.LittleEndian.AppendUint32(nil, n), "PAR1"...) }
	// A list of so many structs: of a row group's columns, of nothing each.
	columns := []byte{0x49, 0x1c, 0x19, 0xfc}
	columns = append(binary.AppendUvarint(columns, 1<<20), make([]byte, 1<<20+8)...)
	schema := []byte{0x29, 0xfc}
	schema = append(binary.AppendUvarint(schema, 1<<20), bytes.Repeat([]byte{0x48, 0, 0}, 1<<20+8)...)
	for _, c := range []struct {
		name string
		file sparse
		want string
	}{
		{"longer than the file", sparse{1 << 20, tail(1 << 30)}, "the footer claims 1073741824 bytes of a file of 1048576"},
		{"all of a great file", sparse{8 << 30, tail(math.MaxUint32)}, "the footer has 4095 MiB, more than the 64 that are read"},
		{"a little too long", sparse{1 << 30, tail(column.MaxFooter + 1)}, "more than the 64 that are read"},
		{"zeros", sparse{1 << 20, tail(1 << 19)}, "footer"},
		{"columns of nothing", sparse{8 << 20, footed(nil, columns)}, "broken metadata"},
		{"schema of nothing", sparse{8 << 20, footed(nil, schema)}, "broken metadata"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := column.OpenFile(c.file, c.file.size)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 16 {
			t.Errorf("%s: %d MiB", c.name, took)
		}
	}
}
