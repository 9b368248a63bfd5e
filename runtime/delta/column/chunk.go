package column

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"math/bits"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/snappy"
	"github.com/parquet-go/parquet-go/compress/uncompressed"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	pageBytes   = 1 << 20 // what a page's values take before encoding
	pageEntries = 1 << 17
)

var plainCodec compress.Codec = &uncompressed.Codec{}

func codecOf(c Compression) compress.Codec {
	switch c {
	case Zstd:
		return &zstd.Codec{Level: zstd.SpeedFastest}
	case None:
		return plainCodec
	}
	return &snappyCodec{}
}

// snappyCodec is Snappy at its fastest: the library's own choice saves a tenth of the size and costs far more time.
type snappyCodec struct{ snappy.Codec }

func (*snappyCodec) Encode(dst, src []byte) ([]byte, error) { return s2.EncodeSnappy(dst, src), nil }

// chunkWriter writes one column chunk after the other, with the same memory.
type chunkWriter struct {
	file  *FileWriter
	codec compress.Codec
	meta  *format.ColumnMetaData
	use   compress.Codec // of this column: codec, or none where it does not pay
	fixed *compress.Codec

	enc        encoder
	body       []byte
	levels     []byte
	compressed []byte
	spare      []byte
}

// chunkWriters are lent for a row group at a time: a table of many partitions has many files open.
var chunkWriters = sync.Pool{New: func() any { return new(chunkWriter) }}

func (f *FileWriter) borrow() *chunkWriter {
	w := chunkWriters.Get().(*chunkWriter)
	w.file, w.codec = f, f.codec
	return w
}

func (w *chunkWriter) giveBack() {
	w.file, w.codec, w.meta, w.use, w.fixed, w.enc.leaf = nil, nil, nil, nil, nil, nil
	chunkWriters.Put(w)
}

// write writes a leaf's entries as a column chunk, fills c, and adds the values to the file's bounds. fixed is the codec
// of the column's chunks before this one.
func (w *chunkWriter) write(leaf Leaf, c *format.ColumnChunk, file *bounds, fixed *compress.Codec) {
	l := leaf.entries()
	w.meta, w.use, w.fixed = &c.MetaData, nil, fixed
	c.FileOffset = w.file.size
	*w.meta = format.ColumnMetaData{Type: physicalType(l.col.Type), PathInSchema: l.col.Path, NumValues: int64(l.n)}
	if err := w.enc.prepare(leaf); err != nil {
		w.file.err = err
		return
	}
	var b bounds
	w.enc.bounds(&b)
	b.nulls = int64(l.n - w.enc.values)
	b.statistics(&l.col, &w.meta.Statistics)
	file.merge(&b)

	pages := int32(0)
	for at, val := 0, 0; at < l.n && w.file.err == nil; pages++ {
		end := w.pageEnd(l, at, val)
		n := l.present(at, end)
		w.page(l, at, end, val, val+n)
		at, val = end, val+n
	}
	w.meta.Codec = w.use.CompressionCodec()
	w.meta.Encoding = append(w.meta.Encoding, w.enc.encoding, format.RLE)
	w.meta.EncodingStats = append(w.meta.EncodingStats, format.PageEncodingStats{PageType: format.DataPage, Encoding: w.enc.encoding, Count: pages})
}

// pageEnd is the entry after a page that starts at an entry: about pageBytes of values, whole rows.
func (w *chunkWriter) pageEnd(l *levels, at, val int) int {
	n := pageEntries
	if per := w.enc.bytes / l.n; per > 0 {
		n = min(n, pageBytes/per+1)
	}
	for {
		end := min(at+n, l.n)
		if l.col.MaxRep > 0 {
			for end < len(l.rep) && l.rep[end] != 0 {
				end++
			}
		}
		// Values of very different sizes: what is average elsewhere may be huge here.
		if n == 1 || w.enc.size(val, val+l.present(at, end)) <= 4*pageBytes {
			return end
		}
		n /= 2
	}
}

// page writes the entries [at, end), whose values are [from, to).
func (w *chunkWriter) page(l *levels, at, end, from, to int) {
	w.body = w.body[:0]
	if l.col.MaxRep > 0 {
		w.appendLevels(l.rep[at:end], l.col.MaxRep)
	}
	if len(l.def) == 0 {
		w.appendRun(l.col.MaxDef, end-at)
	} else {
		w.appendLevels(l.def[at:end], l.col.MaxDef)
	}
	w.body = w.enc.encode(w.body, from, to)
	var done []byte
	if w.use == nil {
		done = w.choose()
		w.dictionary()
	}
	if w.meta.DataPageOffset == 0 {
		w.meta.DataPageOffset = w.file.size
	}
	h := format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{
		NumValues:               int32(end - at),
		Encoding:                w.enc.encoding,
		DefinitionLevelEncoding: format.RLE,
		RepetitionLevelEncoding: format.RLE,
		Statistics:              format.Statistics{NullCount: int64(end - at - (to - from))},
	})}
	w.put(&h, w.body, done)
}

// appendLevels adds levels as RLE with their length before them.
func (w *chunkWriter) appendLevels(levels []uint8, most uint8) {
	e := rle.Encoding{BitWidth: bits.Len8(most)}
	var err error
	if w.levels, err = e.EncodeLevels(w.levels, levels); err != nil {
		w.file.err = err
	}
	w.body = binary.LittleEndian.AppendUint32(w.body, uint32(len(w.levels)))
	w.body = append(w.body, w.levels...)
}

// appendRun adds n levels that are the same.
func (w *chunkWriter) appendRun(level uint8, n int) {
	run := append(binary.AppendUvarint(w.levels[:0], uint64(n)<<1), level)
	w.body = binary.LittleEndian.AppendUint32(w.body, uint32(len(run)))
	w.body = append(w.body, run...)
	w.levels = run
}

// choose settles the column's codec for the whole file on its first page with values, and returns that page compressed.
// What hardly shrinks is left alone, for readers' sake too. Chunks of one column have one codec: some readers take the
// first row group's for that of all.
func (w *chunkWriter) choose() []byte {
	if *w.fixed != nil {
		w.use = *w.fixed
		return nil
	}
	w.use = w.codec
	if w.codec == plainCodec || len(w.body) == 0 {
		*w.fixed = w.use
		return nil
	}
	if w.compress(w.body); len(w.compressed) > len(w.body)-len(w.body)/10 {
		w.use = plainCodec
		*w.fixed = w.use
		return nil
	}
	*w.fixed = w.use
	w.compressed, w.spare = w.spare, w.compressed
	return w.spare
}

func (w *chunkWriter) compress(body []byte) {
	var err error
	if w.compressed, err = w.use.Encode(w.compressed[:cap(w.compressed)], body); err != nil && w.file.err == nil {
		w.file.err = err
	}
}

// dictionary writes the chunk's dictionary page, if it has one.
func (w *chunkWriter) dictionary() {
	if !w.enc.useDict {
		return
	}
	page := w.enc.dictionary()
	w.meta.DictionaryPageOffset = w.file.size
	w.meta.Encoding = append(w.meta.Encoding, format.Plain)
	w.meta.EncodingStats = append(w.meta.EncodingStats, format.PageEncodingStats{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1})
	h := format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{
		NumValues: int32(w.enc.distinct()), Encoding: format.Plain,
	})}
	w.put(&h, page, nil)
}

// put compresses a page's body, unless that is done, and writes it after its header.
func (w *chunkWriter) put(h *format.PageHeader, body, done []byte) {
	out := body
	if done != nil {
		out = done
	} else if w.use != plainCodec {
		w.compress(body)
		out = w.compressed
	}
	if len(body) > math.MaxInt32 || len(out) > math.MaxInt32 {
		w.file.err = errors.New("parquet: column " + (&LeafColumn{Path: w.meta.PathInSchema}).String() + ": one row takes more than 2 GiB")
		return
	}
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(body)), int32(len(out))
	h.CRC = int32(crc32.ChecksumIEEE(out))
	head, err := encodeThrift(h)
	if err != nil {
		w.file.err = err
		return
	}
	w.file.put(head)
	w.file.put(out)
	w.meta.TotalUncompressedSize += int64(len(head) + len(body))
	w.meta.TotalCompressedSize += int64(len(head) + len(out))
}
