package delta

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// Row groups end at so many rows, or bytes. Payloads are searched for those of a few keys, which takes a row group at a
// time: theirs are smaller.
const (
	mergeGroupMax     = 1 << 16
	mergeGroupPayload = 1 << 12
	mergeGroupBytes   = 8 << 20
)

// mergeSchema is what a file may have. What is no entry's but NULL has no column.
//
// Numbers of batches are binary, big-endian without leading zeros: the same few stand in many entries, and binaries are
// written through a dictionary.
var mergeSchema = column.Schema{
	{Name: "key", Type: column.Of(column.Binary)},
	{Name: "seq", Type: column.Of(column.Binary)},
	{Name: "kind", Type: column.Of(column.Int32)},
	{Name: "payload", Type: column.Of(column.Binary)},
	{Name: "gen", Type: column.Of(column.Binary)},
	{Name: "at", Type: column.Of(column.Binary)},
}

// firstExtra is where the columns begin that a file may lack.
const firstExtra = 3

const (
	extraPayload = iota
	extraGen
	extraAt
	extraCount
)

// mergeExtras says which of these there are.
type mergeExtras [extraCount]bool

func (x mergeExtras) schema() column.Schema {
	s := mergeSchema[:firstExtra:firstExtra]
	for i, has := range x {
		if has {
			s = append(s, mergeSchema[firstExtra+i])
		}
	}
	return s
}

func appendNumber(dst []byte, v int64) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(v))
	i := 0
	for i < len(b) && b[i] == 0 {
		i++
	}
	return append(dst, b[i:]...)
}

func number(b []byte) (v int64) {
	for _, c := range b {
		v = v<<8 | int64(c)
	}
	return v
}

// MergeFileWriter collects entries of the merge log, in any order, and writes them sorted. It holds them in memory.
type MergeFileWriter struct {
	t *Table
	mergeBuffer
}

// NewMergeFile starts a file of the merge log. Nothing is on disk before Close.
func (t *Table) NewMergeFile() *MergeFileWriter { return &MergeFileWriter{t: t} }

// Close writes and syncs the file. Of several entries of which one counts that one is written. Without entries there is
// no file, and a commit passes over what Close gives.
func (w *MergeFileWriter) Close() (MergeFile, error) {
	if len(w.entries) == 0 {
		return MergeFile{}, nil
	}
	file, err := w.t.newMergeWriter(w.extras())
	if err != nil {
		return MergeFile{}, err
	}
	if err := w.winners(file.put); err != nil {
		file.discard()
		return MergeFile{}, err
	}
	return file.finish()
}

// mergeWriter writes sorted entries to a file.
type mergeWriter struct {
	t      *Table
	name   string
	f      vfs.File
	buf    *bufio.Writer
	sum    *xxh3.Hasher
	w      *column.FileWriter
	leaves *column.Leaves
	key    *column.Strings
	seq    *column.Strings
	kind   *column.Int32s
	extra  [extraCount]*column.Strings // nil for those that the file lacks
	number []byte
	rows   int64
	group  int // rows that make one
	bytes  int // of the row group
}

func (t *Table) newMergeWriter(x mergeExtras) (*mergeWriter, error) {
	if err := t.makeDir(t.mergeDir()); err != nil {
		return nil, fmt.Errorf("write merge log: %w", err)
	}
	schema := x.schema()
	w := &mergeWriter{t: t, name: formatUUID(t.newUUID()) + ".parquet", sum: xxh3.New(), leaves: column.NewLeaves(schema), group: mergeGroupMax}
	if x[extraPayload] {
		w.group = mergeGroupPayload
	}
	f, err := t.fsys.Create(filepath.Join(t.mergeDir(), w.name))
	if err != nil {
		return nil, fmt.Errorf("write merge log: %w", err)
	}
	w.f, w.buf = f, bufio.NewWriterSize(io.MultiWriter(f, w.sum), 1<<18)
	w.w = column.NewFileWriter(w.buf, schema, column.WriterOptions{})
	w.key, w.seq, w.kind = w.leaves.Strings(0), w.leaves.Strings(1), w.leaves.Int32s(2)
	leaf := firstExtra
	for i, has := range x {
		if has {
			w.extra[i] = w.leaves.Strings(leaf)
			leaf++
		}
	}
	return w, nil
}

func (w *mergeWriter) put(e MergeEntry) error {
	w.key.PutBytes(e.Key, 0, 1)
	w.seq.PutBytes(e.Seq, 0, 1)
	w.kind.Put(int32(e.Kind), 0, 1)
	w.putExtra(extraPayload, e.Payload, len(e.Payload) > 0)
	w.number = appendNumber(w.number[:0], e.Gen)
	w.putExtra(extraGen, w.number, e.Gen != 0)
	w.number = appendNumber(w.number[:0], e.At)
	w.putExtra(extraAt, w.number, e.At != 0)
	w.rows++
	w.bytes += len(e.Key) + len(e.Seq) + len(e.Payload)
	if w.leaves.Rows() < w.group && w.bytes < mergeGroupBytes {
		return nil
	}
	return w.flush()
}

func (w *mergeWriter) putExtra(i int, v []byte, some bool) {
	switch c := w.extra[i]; {
	case c == nil:
	case some:
		c.PutBytes(v, 0, 1)
	default:
		c.Null(0, 0)
	}
}

func (w *mergeWriter) flush() error {
	if w.leaves.Rows() == 0 {
		return nil
	}
	err := w.w.WriteRowGroup(w.leaves)
	w.leaves.Reset()
	w.bytes = 0
	return err
}

func (w *mergeWriter) finish() (MergeFile, error) {
	var info column.FileInfo
	err := w.flush()
	if err == nil {
		info, err = w.w.Close()
	}
	if err == nil {
		err = w.buf.Flush()
	}
	if err == nil {
		err = w.f.Sync()
	}
	if err != nil {
		w.discard()
		return MergeFile{}, fmt.Errorf("write merge log file %s: %w", w.name, err)
	}
	sum := w.sum.Sum128().Bytes()
	return MergeFile{Name: w.name, Rows: info.Rows, Bytes: info.Size, Sum: hex.EncodeToString(sum[:])}, w.f.Close()
}

func (w *mergeWriter) discard() {
	_ = w.f.Close()
	_ = w.t.fsys.Remove(filepath.Join(w.t.mergeDir(), w.name))
}
