package column

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"math/bits"
	"slices"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// chunkReader reads the entries of a column chunk row by row, and one chunk after the other with the same memory. What it
// holds is bounded by what the file does: a page, whose levels and values become entries as they are asked for.
type chunkReader struct {
	file *File
	plan *plan
	leaf target
	meta *format.ColumnMetaData

	window []byte // bytes of the chunk from at on
	buffer []byte // of window
	at     int64
	end    int64 // of the chunk
	left   int64 // values of pages that follow
	pages  int

	paged int // entries of the page at hand that were not decoded
	reps  runs
	defs  runs
	body  []byte // of the page, decompressed
	spent [][]byte
	free  [][]byte

	spentBytes int
	allowance  *allowance // nil: none is kept
	held       int        // what it was told

	values  values
	indexed bool // its values are numbers of the dictionary's

	rep, def []uint8 // decoded levels that were not taken from pos on
	pos      int
	began    bool // a row of the chunk was taken

	dict     target // nil before there is one
	dictBody []byte
	longest  int     // of the dictionary's texts, -1 before it is known
	texts    int     // at most as long are the batch's, of a list
	dictBad  []fault // by the value's number there
	badAt    map[int32]int
	indexes  []int32
	physical physical
	unzstd   *zstd.Decoder
}

// open begins a chunk.
func (r *chunkReader) open(f *File, c *format.ColumnChunk, p *plan, leaf target) error {
	r.file, r.plan, r.leaf, r.meta = f, p, leaf, &c.MetaData
	start := r.meta.DataPageOffset
	if d := r.meta.DictionaryPageOffset; d > 0 && d < start {
		start = d
	}
	size := r.meta.TotalCompressedSize
	if start < int64(len(magic)) || size < 0 || size > f.size || start > f.size-size {
		return fmt.Errorf("the footer says it is at %d, %d bytes long, in a file of %d bytes", start, size, f.size)
	}
	r.at, r.end, r.window = start, start+size, nil
	r.left, r.pages, r.paged, r.pos, r.began = r.meta.NumValues, 0, 0, 0, false
	r.rep, r.def = r.rep[:0], r.def[:0]
	r.dict, r.longest = nil, -1
	r.dictBad = r.dictBad[:0]
	return nil
}

// batch says that nothing of what was read before is in use any more.
func (r *chunkReader) batch() {
	if len(r.spent) > 0 {
		r.free = append(r.free[:0], r.spent[len(r.spent)-1])
		r.spent, r.spentBytes = r.spent[:0], 0
	}
	r.texts = 0
	v := &r.values
	v.arena = append(v.arena[:0], v.last...) // which may be its own memory
	v.last = alias(v.arena)
}

const (
	leastWindow = 64 << 10
	maxHeader   = 16 << 20 // of a page: bounds of its values are in it
)

// need makes the window at least n bytes long, or as long as the chunk is.
func (r *chunkReader) need(n int64) error {
	if int64(len(r.window)) >= n || r.at+int64(len(r.window)) == r.end {
		return nil
	}
	n = min(max(n, leastWindow), r.end-r.at)
	if int64(cap(r.buffer)) < n {
		if err := r.room(int(n)); err != nil {
			return err
		}
		grown := make([]byte, n)
		copy(grown, r.window)
		r.buffer = grown
	} else {
		copy(r.buffer[:n], r.window)
	}
	have := len(r.window)
	r.window = r.buffer[:n]
	return r.file.readAt(r.window[have:], r.at+int64(have))
}

// pass moves the window n bytes on.
func (r *chunkReader) pass(n int) {
	r.window = r.window[n:]
	r.at += int64(n)
}

// page goes to the next page of data.
func (r *chunkReader) page() error {
	for {
		if r.left == 0 {
			return errEnd
		}
		is, err := r.nextPage()
		if err != nil {
			return fmt.Errorf("page %d: %w", r.pages, err)
		}
		r.pages++
		if is {
			return nil
		}
	}
}

var errEnd = errors.New("the column ends early")

// nextPage reads a page. It reports false for one that is not of data.
func (r *chunkReader) nextPage() (isData bool, err error) {
	h, head, err := r.header()
	if err != nil {
		return false, err
	}
	size := int64(h.CompressedPageSize)
	if size < 0 || h.UncompressedPageSize < 0 || size > r.end-r.at-int64(head) {
		return false, fmt.Errorf("%d bytes long, the column has %d left", size, r.end-r.at-int64(head))
	}
	if size > maxPage+maxPage/8 {
		return false, errPage(int(size))
	}
	if err := r.need(int64(head) + size); err != nil {
		return false, err
	}
	data := r.window[head : int64(head)+size]
	if h.CRC != 0 && uint32(h.CRC) != crc32.ChecksumIEEE(data) {
		return false, errors.New("its checksum is wrong: the file is damaged")
	}
	defer r.pass(head + int(size))
	switch h.Type {
	case format.DictionaryPage:
		return false, r.dictionary(h, data)
	case format.DataPage:
		d := &h.DataPageHeader
		return true, r.begin(d.Valid, d.V.NumValues, func() error { return r.dataV1(h, data) })
	case format.DataPageV2:
		d := &h.DataPageHeaderV2
		return true, r.begin(d.Valid, d.V.NumValues, func() error { return r.dataV2(h, data) })
	}
	return false, nil // an index page
}

// header reads the next page's header.
func (r *chunkReader) header() (*format.PageHeader, int, error) {
	for want := int64(leastWindow); ; want *= 4 {
		if err := r.need(want); err != nil {
			return nil, 0, err
		}
		if len(r.window) == 0 {
			return nil, 0, fmt.Errorf("the column ends %d values early", r.left)
		}
		h := new(format.PageHeader)
		n, err := decodeThrift(r.window, h)
		if err == nil || int64(len(r.window)) == r.end-r.at || want > maxHeader {
			return h, n, err
		}
	}
}

func (r *chunkReader) begin(valid bool, values int32, decode func() error) error {
	if !valid || values < 0 || int64(values) > r.left {
		return fmt.Errorf("%d values, the column has %d left", values, r.left)
	}
	if err := decode(); err != nil {
		return err
	}
	r.left -= int64(values)
	r.paged = int(values)
	return nil
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
	var err error
	if r.dictBody, err = r.decompress(r.dictBody, data, int(h.UncompressedPageSize)); err != nil {
		return err
	}
	r.dict = newDictionary(r.leaf)
	k := r.plan.check
	if k != nil {
		k = &checker{rule: k.rule, many: k.many, typ: k.typ}
	}
	if err := r.values.reset(&r.plan.conversion, format.Plain, r.dictBody, int(d.NumValues)); err != nil {
		return err
	}
	for left := int(d.NumValues); left > 0; left -= block {
		r.physical.reset()
		if err := r.values.next(&r.physical, min(left, block)); err != nil {
			return fmt.Errorf("dictionary: %w", err)
		}
		if err := r.room(0); err != nil {
			return err
		}
		if err := r.plan.appendTo(r.dict, &r.physical, k); err != nil {
			return fmt.Errorf("dictionary: %w", err)
		}
		if k != nil {
			r.dictBad = k.faults
		}
	}
	r.badAt = nil
	if k != nil && len(k.faults) > 0 {
		r.badAt = map[int32]int{}
		for i := range k.faults {
			r.badAt[int32(k.faults[i].value)] = i
		}
	}
	return nil
}

func newDictionary(leaf target) target {
	if b, ok := leaf.(*Texts); ok {
		return &Texts{levels: levels{col: b.col}}
	}
	return newLeaf(*leaf.Column()).(target)
}

func (r *chunkReader) dataV1(h *format.PageHeader, data []byte) error {
	d := &h.DataPageHeader.V
	if err := r.newBody(data, int(h.UncompressedPageSize)); err != nil {
		return err
	}
	body, leaf := r.body, r.plan.leaf
	var err error
	if body, err = levelsV1(&r.reps, body, leaf.rep, d.RepetitionLevelEncoding); err != nil {
		return fmt.Errorf("repetition levels: %w", err)
	}
	if body, err = levelsV1(&r.defs, body, leaf.def, d.DefinitionLevelEncoding); err != nil {
		return fmt.Errorf("definition levels: %w", err)
	}
	return r.beginValues(d.Encoding, body, int(d.NumValues))
}

// levelsV1 finds levels, with their length before them, and returns what follows.
func levelsV1(r *runs, body []byte, most uint8, enc format.Encoding) ([]byte, error) {
	if most == 0 {
		r.reset(nil, 0)
		return body, nil
	}
	if enc != format.RLE {
		return nil, fmt.Errorf("encoded as %s", enc)
	}
	if len(body) < 4 {
		return nil, errShort
	}
	size := binary.LittleEndian.Uint32(body)
	body = body[4:]
	if uint64(size) > uint64(len(body)) {
		return nil, errShort
	}
	r.reset(body[:size], bits.Len8(most))
	return body[size:], nil
}

func (r *chunkReader) dataV2(h *format.PageHeader, data []byte) error {
	d := &h.DataPageHeaderV2.V
	reps, defs := int(d.RepetitionLevelsByteLength), int(d.DefinitionLevelsByteLength)
	if reps < 0 || defs < 0 || reps > len(data) || defs > len(data)-reps || reps+defs > int(h.UncompressedPageSize) {
		return errShort
	}
	leaf := r.plan.leaf
	rest := data[reps+defs:]
	size := int(h.UncompressedPageSize) - reps - defs
	if d.IsCompressed.Valid && !d.IsCompressed.V {
		size = len(rest)
	}
	// The levels stay, in front of the values: data is gone with the next page.
	r.takeBody()
	if max(len(data), int(h.UncompressedPageSize)) > maxPage {
		return errPage(max(len(data), int(h.UncompressedPageSize)))
	}
	if err := r.room(max(0, len(data)-cap(r.body))); err != nil {
		return err
	}
	r.body = append(r.body[:0], data[:reps+defs]...)
	var err error
	if d.IsCompressed.Valid && !d.IsCompressed.V {
		r.body = append(r.body, rest...)
	} else if r.body, err = r.decompressAfter(r.body, rest, size); err != nil {
		return err
	}
	r.reps.reset(r.body[:reps], bits.Len8(leaf.rep))
	r.defs.reset(r.body[reps:reps+defs], bits.Len8(leaf.def))
	return r.beginValues(d.Encoding, r.body[reps+defs:], int(d.NumValues))
}

func (r *chunkReader) beginValues(enc format.Encoding, body []byte, most int) error {
	if r.plan.levelsOnly {
		return nil
	}
	r.indexed = dictionaryCoded(enc)
	if len(body) == 0 { // of NULLs alone; some writers leave the values' head out
		enc = format.Plain
		if r.indexed {
			r.values.runs = runs{width: 1}
			return nil
		}
	}
	if r.indexed && r.dict == nil {
		return errors.New("there is no dictionary for its values")
	}
	return r.values.reset(&r.plan.conversion, enc, body, most)
}

// levels decodes more levels of the page at hand, or of the next. All that were decoded before are taken.
func (r *chunkReader) levels() error {
	r.pos, r.rep, r.def = 0, r.rep[:0], r.def[:0]
	if r.paged == 0 {
		if err := r.page(); err != nil {
			return err
		}
	}
	if err := r.room(0); err != nil {
		return err
	}
	n := min(r.paged, block)
	r.rep, r.def = longer(r.rep, n), longer(r.def, n)
	leaf := r.plan.leaf
	if err := readLevels(&r.reps, r.rep, leaf.rep); err != nil {
		return fmt.Errorf("repetition levels: %w", err)
	}
	if err := readLevels(&r.defs, r.def, leaf.def); err != nil {
		return fmt.Errorf("definition levels: %w", err)
	}
	r.paged -= n
	return nil
}

func readLevels(r *runs, dst []uint8, most uint8) error {
	if most == 0 {
		clear(dst)
		return nil
	}
	if err := readRuns(r, dst); err != nil {
		return err
	}
	if most&(most+1) != 0 { // else no number of so many bits is greater
		for _, v := range dst {
			if v > most {
				return fmt.Errorf("level %d of at most %d", v, most)
			}
		}
	}
	return nil
}

// maxEntries is how many list elements a batch of rows may have: a run of levels may stand for any number of them.
const maxEntries = 1 << 24

// finish holds that the chunk has no more rows.
func (r *chunkReader) finish() error {
	if r.left > 0 || r.paged > 0 || r.pos < len(r.def) {
		return errors.New("there are more rows than the footer says")
	}
	return nil
}

// rows adds the next n rows' entries to the leaf. At the chunk's end there are fewer.
func (r *chunkReader) rows(n int) error {
	if r.plan.leaf.rep == 0 {
		for n > 0 {
			if r.pos == len(r.def) {
				if err := r.levels(); err != nil {
					return r.atEnd(err)
				}
				continue
			}
			m := min(n, len(r.def)-r.pos)
			if err := r.take(m); err != nil {
				return err
			}
			n -= m
		}
		return nil
	}
	return r.lists(n)
}

// atEnd is no error where the chunk has no more pages.
func (r *chunkReader) atEnd(err error) error {
	if errors.Is(err, errEnd) && r.left == 0 {
		return nil
	}
	return err
}

// lists adds n rows, each of which ends where the next begins.
func (r *chunkReader) lists(n int) error {
	begun := false // the row at hand
	for added := 0; ; {
		if r.pos == len(r.def) {
			if err := r.levels(); err != nil {
				return r.atEnd(err)
			}
			if r.pos == len(r.def) {
				continue
			}
		}
		if !r.began {
			if r.rep[r.pos] != 0 {
				return errors.New("the first row does not start with the column")
			}
			r.began = true
		}
		end := r.pos
		for ; end < len(r.rep); end++ {
			if r.rep[end] == 0 {
				if begun {
					n--
				}
				if n == 0 {
					break
				}
				begun = true
			}
		}
		if added += end - r.pos; added > maxEntries {
			return fmt.Errorf("more than %d list elements in the rows of one step", maxEntries)
		}
		if err := r.take(end - r.pos); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

// take adds the next n entries, whose levels are decoded: the levels, translated, and the values.
func (r *chunkReader) take(n int) error {
	rep, def := r.rep[r.pos:r.pos+n], r.def[r.pos:r.pos+n]
	r.pos += n
	l := r.leaf.entries()
	values := n
	if !r.plan.levelsOnly {
		if r.plan.leaf.def > 0 {
			values = bytes.Count(def, []byte{r.plan.leaf.def})
		}
		if err := r.decode(values); err != nil {
			return err
		}
		if r.paged == 0 && r.pos == len(r.def) && !r.indexed {
			if err := r.values.done(); err != nil {
				return err
			}
		}
		if k := r.plan.check; k != nil && k.rule.Null != 0 && values < n {
			defer k.nulls(l, l.n)
		}
	}
	if r.plan.same {
		if values == n {
			l.addPresent(n)
			if l.col.MaxRep > 0 {
				l.rep = append(l.rep, rep...)
				l.rows += bytes.Count(rep, []byte{0})
			}
		} else {
			l.addEntries(rep, def)
		}
		return nil
	}
	for i, f := range def {
		if r.plan.levelsOnly && rep[i] > r.plan.rep {
			continue
		}
		t := r.plan.def[f]
		if t == badLevel {
			return errors.New("a map's key is NULL")
		}
		l.push(rep[i], t)
	}
	return nil
}

// decode adds the next n values to the leaf.
func (r *chunkReader) decode(n int) error {
	if n == 0 {
		return nil
	}
	if r.indexed {
		r.indexes = longer(r.indexes[:0], n)
		if err := readRuns(&r.values.runs, r.indexes); err != nil {
			return err
		}
		return r.lookUp()
	}
	r.physical.reset()
	if err := r.values.next(&r.physical, n); err != nil {
		return err
	}
	if r.plan.kind == isNothing {
		return errors.New("a value in a column that has none")
	}
	return r.plan.appendTo(r.leaf, &r.physical, r.plan.check)
}

var errIndex = errors.New("a value beyond the dictionary's end")

// lookUp adds the dictionary's values at the indexes.
func (r *chunkReader) lookUp() error {
	from := 0
	var err error
	switch b := r.leaf.(type) {
	case *Bools:
		from, err = len(b.vals), pick(&b.vals, r.dict.(*Bools).vals, r.indexes)
	case *Int32s:
		from, err = len(b.vals), pick(&b.vals, r.dict.(*Int32s).vals, r.indexes)
	case *Int64s:
		from, err = len(b.vals), pick(&b.vals, r.dict.(*Int64s).vals, r.indexes)
	case *Float32s:
		from, err = len(b.vals), pick(&b.vals, r.dict.(*Float32s).vals, r.indexes)
	case *Float64s:
		from, err = len(b.vals), pick(&b.vals, r.dict.(*Float64s).vals, r.indexes)
	case *Decimals:
		from, err = b.number(), b.lookUp(r.dict.(*Decimals), r.indexes)
	case *Texts:
		dict := r.dict.(*Texts)
		if from, err = len(b.vals), pick(&b.vals, dict.vals, r.indexes); err == nil && b.col.MaxRep > 0 {
			err = r.repeats(b, dict, len(r.indexes))
		}
	case *Strings:
		return copyTexts(b, r.dict.(*Strings), r.indexes)
	}
	if err == nil && len(r.badAt) > 0 {
		for i, index := range r.indexes {
			if at, bad := r.badAt[index]; bad {
				f := r.dictBad[at]
				f.value = from + i
				r.plan.check.faults = append(r.plan.check.faults, f)
			}
		}
	}
	return err
}

func copyTexts(b, dict *Strings, indexes []int32) error {
	for _, i := range indexes {
		if uint(i) >= uint(len(dict.ends)) {
			return errIndex
		}
		b.data = append(b.data, dict.bytesAt(int(i))...)
		if uint64(len(b.data)) > math.MaxUint32 {
			return errors.New("more than 4 GiB of values in one row group")
		}
		b.ends = append(b.ends, uint32(len(b.data)))
	}
	return nil
}

func pick[T any](dst *[]T, dict []T, indexes []int32) error {
	out := longer(*dst, len(indexes))
	to := out[len(out)-len(indexes):]
	for n, i := range indexes {
		if uint(i) >= uint(len(dict)) {
			return errIndex
		}
		to[n] = dict[i]
	}
	*dst = out
	return nil
}

// takeBody makes body memory that no value in use is in.
func (r *chunkReader) takeBody() {
	if b, ok := r.leaf.(*Texts); ok && len(b.vals) > 0 && cap(r.body) > 0 {
		r.spent = append(r.spent, r.body)
		r.spentBytes += cap(r.body)
		r.body = nil
		if n := len(r.free); n > 0 {
			r.body, r.free = r.free[n-1], r.free[:n-1]
		}
	}
}

// newBody makes body what data is of.
func (r *chunkReader) newBody(data []byte, n int) (err error) {
	r.takeBody()
	r.body, err = r.decompress(r.body, data, n)
	return err
}

// maxPage is the most that a page may be decompressed to. Writers make pages of 1 MiB as a rule, and of 100 MB at most.
const maxPage = 256 << 20

func errPage(n int) error {
	return fmt.Errorf("%d bytes without compression, more than the %d that are read at once: write smaller pages", n, maxPage)
}

// decompress gives the n bytes that data is of, in the memory of buf if that is enough.
func (r *chunkReader) decompress(buf, data []byte, n int) ([]byte, error) {
	return r.decompressAfter(buf[:0], data, n)
}

// decompressAfter appends the n bytes that data is of.
func (r *chunkReader) decompressAfter(dst, data []byte, n int) ([]byte, error) {
	codec := r.meta.Codec
	if n > maxPage {
		return dst, errPage(n)
	}
	if codec == format.Uncompressed {
		if len(data) != n {
			return dst, fmt.Errorf("%d bytes, its header says %d", len(data), n)
		}
		if err := r.room(max(0, len(dst)+n-cap(dst))); err != nil {
			return dst, err
		}
		return append(dst, data...), nil
	}
	if n == 0 {
		return dst, nil
	}
	have := len(dst)
	if times := expansion[codec]; times > 0 && n > times*len(data)+64 {
		return dst, fmt.Errorf("%s: %w", codec, errClaim)
	}
	if err := r.room(max(0, have+n-cap(dst))); err != nil {
		return dst, err
	}
	dst, err := r.inflate(dst, data, n)
	if err != nil {
		return dst, fmt.Errorf("%s: %w", codec, err)
	}
	if got := len(dst) - have; got != n {
		return dst, fmt.Errorf("%s: %d bytes, the page's header says %d", codec, got, n)
	}
	return dst, nil
}

// expansion is how many times its size data can become: none that claims more is believed.
var expansion = map[format.CompressionCodec]int{format.Snappy: 32, format.Lz4Raw: 256, format.Gzip: 1040}

var errClaim = errors.New("it cannot become as long as the page's header says")

// inflate appends what data is of, n bytes if all is well.
func (r *chunkReader) inflate(dst, data []byte, n int) ([]byte, error) {
	codec := r.meta.Codec
	have := len(dst)
	// Where nothing bounds the claim memory grows with what there really is.
	room := n
	if codec == format.Zstd || codec == format.Brotli {
		room = min(n, 64*len(data)+1<<16)
	}
	dst = longer(slices.Grow(dst, room+1), room) // one more, to see the end of a stream
	into := dst[have:]
	switch codec {
	case format.Snappy:
		if m, err := snappy.DecodedLen(data); err != nil || m != n {
			return dst[:have], fmt.Errorf("%d bytes, the page's header says %d", m, n)
		}
		_, err := snappy.Decode(into, data)
		return dst, err
	case format.Lz4Raw:
		m, err := lz4.UncompressBlock(data, into)
		return dst[:have+max(m, 0)], err
	case format.Gzip:
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return dst, err
		}
		return readTo(z, dst, have, n)
	case format.Brotli:
		return readTo(brotli.NewReader(bytes.NewReader(data)), dst, have, n)
	case format.Zstd:
		return r.zstd(dst, data, have, n)
	}
	return dst, errors.New(codecHint(codec))
}

func codecHint(codec format.CompressionCodec) string {
	switch codec {
	case format.Lz4: //nolint:staticcheck // files of older writers have it
		return "this compression, in Hadoop's frames, is read differently by every reader and not supported: write LZ4_RAW, ZSTD or SNAPPY"
	}
	return "this compression is not supported: write ZSTD or SNAPPY"
}

func (r *chunkReader) zstd(dst, data []byte, have, n int) ([]byte, error) {
	at := &r.unzstd
	if r.allowance != nil {
		at = &r.allowance.unzstd
	}
	if *at == nil {
		var err error
		if *at, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxWindow(maxPage)); err != nil {
			return dst, err
		}
	}
	z := *at
	if len(dst)-have == n {
		out, err := z.DecodeAll(data, dst[have:have:have+n])
		return dst[:have+len(out)], err
	}
	if err := z.Reset(bytes.NewReader(data)); err != nil {
		return dst, err
	}
	return readTo(z, dst, have, n)
}

// readTo reads all of z, which should be n bytes, into dst from have on. dst grows as there is more.
func readTo(z io.Reader, dst []byte, have, n int) ([]byte, error) {
	at := have
	for {
		if at == len(dst) {
			if at-have > n {
				return dst, nil
			}
			dst = longer(dst, max(1, min(n-(at-have), at)))
		}
		m, err := z.Read(dst[at:])
		at += m
		if errors.Is(err, io.EOF) {
			return dst[:at], nil
		}
		if err != nil {
			return dst[:at], err
		}
	}
}
