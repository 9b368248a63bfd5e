package column

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// chunkReader reads one column chunk after the other, with the same memory.
type chunkReader struct {
	plan *plan
	leaf Leaf
	meta *format.ColumnMetaData
	dict Leaf // the dictionary's values, nil before there is one

	raw     []byte // the chunk
	body    []byte // a page, decompressed
	rep     []uint8
	def     []uint8
	indexes []int32
	values  physical
	zstd    *zstd.Decoder
}

// read appends a column chunk's entries to a leaf.
func (r *chunkReader) read(f *File, c *format.ColumnChunk, p *plan, leaf Leaf) error {
	r.plan, r.leaf, r.meta, r.dict = p, leaf, &c.MetaData, nil
	if err := r.load(f); err != nil {
		return err
	}
	rest := r.raw
	left := r.meta.NumValues
	for page := 0; left > 0; page++ {
		n, size, err := r.page(rest, left)
		if err != nil {
			return fmt.Errorf("page %d: %w", page, err)
		}
		left -= n
		rest = rest[size:]
	}
	return nil
}

// load reads the chunk's bytes.
func (r *chunkReader) load(f *File) error {
	start := r.meta.DataPageOffset
	if d := r.meta.DictionaryPageOffset; d > 0 && d < start {
		start = d
	}
	size := r.meta.TotalCompressedSize
	if start < int64(len(magic)) || size < 0 || size > f.size || start > f.size-size {
		return fmt.Errorf("the footer says it is at %d, %d bytes long, in a file of %d bytes", start, size, f.size)
	}
	if int64(cap(r.raw)) < size {
		r.raw = make([]byte, size)
	}
	r.raw = r.raw[:size]
	return f.readAt(r.raw, start)
}

// page reads the page at the start of b, of a chunk that lacks left values. It returns the number of its values and of
// its bytes.
func (r *chunkReader) page(b []byte, left int64) (values int64, size int, err error) {
	if len(b) == 0 {
		return 0, 0, fmt.Errorf("the column ends %d values early", left)
	}
	var h format.PageHeader
	head, err := decodeThrift(b, &h)
	if err != nil {
		return 0, 0, err
	}
	if h.CompressedPageSize < 0 || h.UncompressedPageSize < 0 || int(h.CompressedPageSize) > len(b)-head {
		return 0, 0, fmt.Errorf("%d bytes long, the column has %d left", h.CompressedPageSize, len(b)-head)
	}
	size = head + int(h.CompressedPageSize)
	data := b[head:size]
	if h.CRC != 0 && uint32(h.CRC) != crc32.ChecksumIEEE(data) {
		return 0, 0, errors.New("its checksum is wrong: the file is damaged")
	}
	switch h.Type {
	case format.DictionaryPage:
		return 0, size, r.dictionary(&h, data)
	case format.DataPage:
		values = int64(h.DataPageHeader.V.NumValues)
		if !h.DataPageHeader.Valid || values < 0 || values > left {
			return 0, 0, fmt.Errorf("%d values, the column has %d left", values, left)
		}
		return values, size, r.dataV1(&h, data)
	case format.DataPageV2:
		values = int64(h.DataPageHeaderV2.V.NumValues)
		if !h.DataPageHeaderV2.Valid || values < 0 || values > left {
			return 0, 0, fmt.Errorf("%d values, the column has %d left", values, left)
		}
		return values, size, r.dataV2(&h, data)
	}
	return 0, size, nil // an index page
}

func (r *chunkReader) dictionary(h *format.PageHeader, data []byte) error {
	d := &h.DictionaryPageHeader.V
	if r.dict != nil || !h.DictionaryPageHeader.Valid || d.NumValues < 0 {
		return errors.New("broken dictionary")
	}
	//lint:ignore SA1019 files of older writers have it
	if d.Encoding != format.Plain && d.Encoding != format.PlainDictionary {
		return fmt.Errorf("dictionary encoded as %s", d.Encoding)
	}
	if r.plan.levelsOnly {
		return nil
	}
	body, err := r.decompress(data, int(h.UncompressedPageSize))
	if err != nil {
		return err
	}
	r.values.reset()
	if err := r.values.decode(&r.plan.conversion, format.Plain, body, int(d.NumValues)); err != nil {
		return fmt.Errorf("dictionary: %w", err)
	}
	r.dict = newLeaf(*r.leaf.Column())
	return r.plan.appendTo(r.dict, &r.values)
}

func (r *chunkReader) dataV1(h *format.PageHeader, data []byte) error {
	d := &h.DataPageHeader.V
	body, err := r.decompress(data, int(h.UncompressedPageSize))
	if err != nil {
		return err
	}
	n := int(d.NumValues)
	leaf := r.plan.leaf
	if body, r.rep, err = levelsV1(body, r.rep[:0], leaf.rep, d.RepetitionLevelEncoding, n); err != nil {
		return fmt.Errorf("repetition levels: %w", err)
	}
	if body, r.def, err = levelsV1(body, r.def[:0], leaf.def, d.DefinitionLevelEncoding, n); err != nil {
		return fmt.Errorf("definition levels: %w", err)
	}
	return r.entries(d.Encoding, body)
}

// levelsV1 reads levels with their length before them, and returns what follows.
func levelsV1(body []byte, dst []uint8, most uint8, enc format.Encoding, n int) ([]byte, []uint8, error) {
	if most == 0 {
		return body, zeros(dst, n), nil
	}
	if enc != format.RLE {
		return nil, dst, fmt.Errorf("encoded as %s", enc)
	}
	if len(body) < 4 {
		return nil, dst, errShort
	}
	size := binary.LittleEndian.Uint32(body)
	body = body[4:]
	if uint64(size) > uint64(len(body)) {
		return nil, dst, errShort
	}
	dst, err := decodeLevels(dst, body[:size], most, n)
	return body[size:], dst, err
}

func zeros(dst []uint8, n int) []uint8 {
	if cap(dst) < n {
		return make([]uint8, n)
	}
	dst = dst[:n]
	clear(dst)
	return dst
}

func decodeLevels(dst []uint8, src []byte, most uint8, n int) ([]uint8, error) {
	dst, err := decodeHybrid(dst, src, uint(bits.Len8(most)), n)
	if err != nil {
		return dst, err
	}
	for _, v := range dst {
		if v > most {
			return dst, fmt.Errorf("level %d of at most %d", v, most)
		}
	}
	return dst, nil
}

func (r *chunkReader) dataV2(h *format.PageHeader, data []byte) error {
	d := &h.DataPageHeaderV2.V
	n := int(d.NumValues)
	reps, defs := int(d.RepetitionLevelsByteLength), int(d.DefinitionLevelsByteLength)
	if reps < 0 || defs < 0 || reps > len(data) || defs > len(data)-reps || reps+defs > int(h.UncompressedPageSize) {
		return errShort
	}
	leaf := r.plan.leaf
	var err error
	if r.rep, err = decodeLevels(r.rep[:0], data[:reps], leaf.rep, n); err != nil {
		return fmt.Errorf("repetition levels: %w", err)
	}
	if r.def, err = decodeLevels(r.def[:0], data[reps:reps+defs], leaf.def, n); err != nil {
		return fmt.Errorf("definition levels: %w", err)
	}
	body := data[reps+defs:]
	if !d.IsCompressed.Valid || d.IsCompressed.V {
		if body, err = r.decompress(body, int(h.UncompressedPageSize)-reps-defs); err != nil {
			return err
		}
	}
	return r.entries(d.Encoding, body)
}

// entries appends a page's levels, translated, and its values.
func (r *chunkReader) entries(enc format.Encoding, body []byte) error {
	l := r.leaf.entries()
	deepest := r.plan.leaf.def
	values := bytes.Count(r.def, []byte{deepest})
	if !r.plan.levelsOnly {
		if err := r.decodeValues(enc, body, values); err != nil {
			return err
		}
	}
	if l.col.MaxRep > 0 && len(l.rep) == 0 && len(r.rep) > 0 && r.rep[0] != 0 {
		return errors.New("the first row does not start with the column")
	}
	if r.plan.same {
		l.addEntries(r.rep, r.def)
		return nil
	}
	for i, f := range r.def {
		if r.plan.levelsOnly && r.rep[i] > r.plan.rep {
			continue
		}
		t := r.plan.def[f]
		if t == badLevel {
			return errors.New("a map's key is NULL")
		}
		l.push(r.rep[i], t)
	}
	return nil
}

// decodeValues appends n values to the leaf.
func (r *chunkReader) decodeValues(enc format.Encoding, body []byte, n int) error {
	if n == 0 {
		return nil
	}
	//lint:ignore SA1019 files of older writers have it
	if enc == format.PlainDictionary || enc == format.RLEDictionary {
		if r.dict == nil {
			return errors.New("there is no dictionary for its values")
		}
		if len(body) == 0 || body[0] > 32 {
			return errShort
		}
		var err error
		if r.indexes, err = decodeHybrid(r.indexes[:0], body[1:], uint(body[0]), n); err != nil {
			return err
		}
		return lookUp(r.leaf, r.dict, r.indexes)
	}
	r.values.reset()
	if err := r.values.decode(&r.plan.conversion, enc, body, n); err != nil {
		return err
	}
	return r.plan.appendTo(r.leaf, &r.values)
}

var errIndex = errors.New("a value beyond the dictionary's end")

// lookUp appends the dictionary's values at the indexes.
func lookUp(leaf, dict Leaf, indexes []int32) error {
	switch b := leaf.(type) {
	case *Bools:
		return pick(&b.vals, dict.(*Bools).vals, indexes)
	case *Int32s:
		return pick(&b.vals, dict.(*Int32s).vals, indexes)
	case *Int64s:
		return pick(&b.vals, dict.(*Int64s).vals, indexes)
	case *Float32s:
		return pick(&b.vals, dict.(*Float32s).vals, indexes)
	case *Float64s:
		return pick(&b.vals, dict.(*Float64s).vals, indexes)
	case *Decimals:
		return b.lookUp(dict.(*Decimals), indexes)
	case *Strings:
		d := dict.(*Strings)
		for _, i := range indexes {
			if uint(i) >= uint(len(d.ends)) {
				return errIndex
			}
			b.data = append(b.data, d.bytesAt(int(i))...)
			if uint64(len(b.data)) > 1<<32-1 {
				return errors.New("more than 4 GiB of values in one row group")
			}
			b.ends = append(b.ends, uint32(len(b.data)))
		}
	}
	return nil
}

func pick[T Fixed](dst *[]T, dict []T, indexes []int32) error {
	out := *dst
	for _, i := range indexes {
		if uint(i) >= uint(len(dict)) {
			return errIndex
		}
		out = append(out, dict[i])
	}
	*dst = out
	return nil
}

// decompress returns the n bytes that data is of. They are good until the next call.
func (r *chunkReader) decompress(data []byte, n int) ([]byte, error) {
	if r.meta.Codec == format.Uncompressed {
		if len(data) != n {
			return nil, fmt.Errorf("%d bytes, its header says %d", len(data), n)
		}
		return data, nil
	}
	if n == 0 {
		return nil, nil
	}
	if m, err := snappy.DecodedLen(data); r.meta.Codec == format.Snappy && (err != nil || m != n) {
		return nil, fmt.Errorf("%s: %d bytes, the page's header says %d", r.meta.Codec, m, n)
	}
	if cap(r.body) < n {
		r.body = make([]byte, n)
	}
	r.body = r.body[:n]
	got, err := r.inflate(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.meta.Codec, err)
	}
	if got != n {
		return nil, fmt.Errorf("%s: %d bytes, the page's header says %d", r.meta.Codec, got, n)
	}
	return r.body, nil
}

// inflate fills body from data and returns how many bytes there were, or a larger number if there were more.
func (r *chunkReader) inflate(data []byte) (int, error) {
	switch r.meta.Codec {
	case format.Snappy:
		out, err := snappy.Decode(r.body, data)
		return len(out), err
	case format.Gzip:
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return 0, err
		}
		return fill(z, r.body)
	case format.Brotli:
		return fill(brotli.NewReader(bytes.NewReader(data)), r.body)
	case format.Lz4Raw:
		return lz4.UncompressBlock(data, r.body)
	case format.Zstd:
		if r.zstd == nil {
			var err error
			if r.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true)); err != nil {
				return 0, err
			}
		}
		out, err := r.zstd.DecodeAll(data, r.body[:0:len(r.body)])
		return len(out), err
	}
	return 0, errors.New("this compression is not supported")
}

// fill reads all of z into b.
func fill(z io.Reader, b []byte) (int, error) {
	n, err := io.ReadFull(z, b)
	if err != nil {
		return n, err
	}
	var more [1]byte
	m, err := z.Read(more[:])
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n + m, err
}
