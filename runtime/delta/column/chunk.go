package column

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"math/bits"
	"sync"

	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/uncompressed"
	"github.com/parquet-go/parquet-go/compress/zstd"
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

// chunkWriter encodes one column chunk after the other, with the same memory.
type chunkWriter struct {
	codec compress.Codec
	meta  *format.ColumnMetaData
	use   compress.Codec // of this column: codec, or none where it does not pay
	fixed *compress.Codec
	err   error

	enc        encoder
	out        []byte // the chunk
	body       []byte
	page       []byte // the dictionary's
	levels     []byte
	compressed []byte
}

// chunkWriters are lent for a row group at a time: a table of many partitions has many files open.
var chunkWriters = sync.Pool{New: func() any { return new(chunkWriter) }}

func (f *FileWriter) borrow() *chunkWriter {
	w := chunkWriters.Get().(*chunkWriter)
	w.codec = f.codec
	return w
}

func (w *chunkWriter) giveBack() {
	w.codec, w.meta, w.use, w.fixed, w.err, w.enc.leaf, w.enc.dict.data = nil, nil, nil, nil, nil, nil, nil
	chunkWriters.Put(w)
}

// encode makes a leaf's entries a column chunk, which is in out, fills c, with offsets from the chunk's start, and adds
// the values to the file's bounds. fixed is the codec of the column's chunks before this one.
func (w *chunkWriter) encode(leaf Leaf, c *format.ColumnChunk, file *bounds, fixed *compress.Codec) error {
	l := leaf.entries()
	w.out, w.err = w.out[:0], nil
	w.meta, w.use, w.fixed = &c.MetaData, nil, fixed
	*w.meta = format.ColumnMetaData{Type: physicalType(l.col.Type), PathInSchema: l.col.Path, NumValues: int64(l.n)}
	if err := w.enc.prepare(leaf); err != nil {
		return err
	}
	var b bounds
	w.enc.bounds(&b)
	b.nulls = int64(l.n - w.enc.values)
	b.statistics(&l.col, &w.meta.Statistics)
	file.merge(&b)

	pages := int32(0)
	for at, val := 0, 0; at < l.n && w.err == nil; pages++ {
		end := w.pageEnd(l, at, val)
		n := l.present(at, end)
		w.dataPage(l, at, end, val, val+n)
		at, val = end, val+n
	}
	w.meta.Codec = w.use.CompressionCodec()
	w.meta.Encoding = append(w.meta.Encoding, w.enc.encoding, format.RLE)
	w.meta.EncodingStats = append(w.meta.EncodingStats, format.PageEncodingStats{PageType: format.DataPage, Encoding: w.enc.encoding, Count: pages})
	return w.err
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

// dataPage adds the entries [at, end), whose values are [from, to), as a page. The chunk's first page comes with the
// dictionary before it.
func (w *chunkWriter) dataPage(l *levels, at, end, from, to int) {
	w.body = w.body[:0]
	if l.col.MaxRep > 0 {
		w.appendLevels(l.rep[at:end], l.col.MaxRep)
	}
	if len(l.def) == 0 {
		w.appendLength(append(binary.AppendUvarint(w.levels[:0], uint64(end-at)<<1), l.col.MaxDef))
	} else {
		w.appendLevels(l.def[at:end], l.col.MaxDef)
	}
	w.body = w.enc.encode(w.body, from, to)
	if w.use == nil {
		if w.page = w.page[:0]; w.enc.useDict {
			w.page = w.enc.dictionary(w.page)
		}
		w.choose()
		w.dictionary()
		w.meta.DataPageOffset = int64(len(w.out))
	}
	h := format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{
		NumValues:               int32(end - at),
		Encoding:                w.enc.encoding,
		DefinitionLevelEncoding: format.RLE,
		RepetitionLevelEncoding: format.RLE,
		Statistics:              format.Statistics{NullCount: int64(end - at - (to - from))},
	})}
	w.put(&h, w.body)
}

// appendLevels adds levels with their length before them.
func (w *chunkWriter) appendLevels(levels []uint8, most uint8) {
	w.appendLength(appendHybrid(w.levels[:0], levels, uint(bits.Len8(most))))
}

func (w *chunkWriter) appendLength(levels []byte) {
	w.levels = levels
	w.body = binary.LittleEndian.AppendUint32(w.body, uint32(len(levels)))
	w.body = append(w.body, levels...)
}

// choose settles the column's codec for the whole file by its first dictionary and page. What hardly shrinks is left
// alone, for readers' sake too. Chunks of one column have one codec: some readers take the first row group's for that of
// all.
func (w *chunkWriter) choose() {
	if *w.fixed == nil {
		*w.fixed = w.codec
		if raw := len(w.page) + len(w.body); w.codec != plainCodec && len(w.squeeze(w.page))+len(w.squeeze(w.body)) > raw-raw/10 {
			*w.fixed = plainCodec
		}
	}
	w.use = *w.fixed
}

// dictionary adds the chunk's dictionary page, if it has one.
func (w *chunkWriter) dictionary() {
	if !w.enc.useDict {
		return
	}
	w.meta.Encoding = append(w.meta.Encoding, format.Plain)
	w.meta.EncodingStats = append(w.meta.EncodingStats, format.PageEncodingStats{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1})
	h := format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{
		NumValues: int32(w.enc.distinct()), Encoding: format.Plain,
	})}
	w.put(&h, w.page)
}

// squeeze compresses a page's body.
func (w *chunkWriter) squeeze(body []byte) []byte {
	var err error
	if w.compressed, err = w.codec.Encode(w.compressed[:cap(w.compressed)], body); err != nil && w.err == nil {
		w.err = err
	}
	return w.compressed
}

// put adds a page, compressed in the column's way, after its header.
func (w *chunkWriter) put(h *format.PageHeader, body []byte) {
	out := body
	if w.use != plainCodec {
		out = w.squeeze(body)
	}
	if len(body) > math.MaxInt32 || len(out) > math.MaxInt32 {
		w.err = errors.New("parquet: column " + (&LeafColumn{Path: w.meta.PathInSchema}).String() + ": one row takes more than 2 GiB")
		return
	}
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(body)), int32(len(out))
	h.CRC = int32(crc32.ChecksumIEEE(out))
	head, err := encodeThrift(h)
	if err != nil {
		w.err = err
		return
	}
	w.out = append(append(w.out, head...), out...)
	w.meta.TotalUncompressedSize += int64(len(head) + len(body))
	w.meta.TotalCompressedSize += int64(len(head) + len(out))
}
