package delta

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

const (
	mergeDomain = "seamflow.merge"
	// mergeFanIn files of a level become one of the next: an entry is rewritten once per level.
	mergeFanIn    = 8
	mergeGroupMax = 1 << 16 // rows of a row group
)

var mergeSchema = column.Schema{
	{Name: "key", Type: column.Of(column.Binary)},
	{Name: "seq", Type: column.Of(column.Binary)},
	{Name: "kind", Type: column.Of(column.Int32)},
}

// mergeLevels is the domain's configuration: files by level.
type mergeLevels struct {
	Levels [][]MergeFile `json:"levels"`
}

func decodeMergeLevels(text string) (m mergeLevels, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &m)
	}
	return m, err
}

// MergeFiles gives the files of the merge log.
func (t *Table) MergeFiles() []MergeFile {
	m, _ := decodeMergeLevels(t.domains[mergeDomain]) // admit has read it
	return slices.Concat(m.Levels...)
}

// planMergeLog gives the domain's configuration after tx, and merges levels that are full.
func (t *Table) planMergeLog(ctx context.Context, tx *Tx) (string, error) {
	m, err := decodeMergeLevels(t.domains[mergeDomain])
	if err != nil {
		return "", err
	}
	if tx.MergeReplace || tx.Reset != nil {
		m.Levels = nil
	}
	adds := slices.DeleteFunc(slices.Clone(tx.MergeAdds), func(f MergeFile) bool { return f.Rows == 0 })
	if len(adds) == 0 && len(m.Levels) == 0 {
		return "", nil
	}
	if len(m.Levels) == 0 {
		m.Levels = append(m.Levels, nil)
	}
	m.Levels[0] = append(m.Levels[0], adds...)
	for i := 0; i < len(m.Levels); i++ {
		if len(m.Levels[i]) < mergeFanIn {
			continue
		}
		merged, err := t.mergeFiles(ctx, m.Levels[i])
		if err != nil {
			return "", err
		}
		if i+1 == len(m.Levels) {
			m.Levels = append(m.Levels, nil)
		}
		m.Levels[i] = []MergeFile{}
		m.Levels[i+1] = append(m.Levels[i+1], merged)
	}
	t.dirty[t.mergeDir()] = true
	return string(rawJSON(m)), nil
}

func (t *Table) mergeDir() string { return filepath.Join(t.dir, "_seamflow", "merge") }

// mergeFiles writes the entries of files into one new file.
func (t *Table) mergeFiles(ctx context.Context, files []MergeFile) (MergeFile, error) {
	w, err := t.newMergeWriter()
	if err != nil {
		return MergeFile{}, err
	}
	var werr error
	err = t.ScanMergeLog(ctx, files, func(e MergeEntry) {
		if werr == nil {
			werr = w.put(e)
		}
	})
	if err = errors.Join(err, werr); err != nil {
		w.discard()
		return MergeFile{}, err
	}
	return w.finish()
}

// MergeFileWriter collects entries of the merge log, in any order, and writes them sorted. It holds them in memory.
type MergeFileWriter struct {
	t       *Table
	arena   []byte
	entries []mergeRef
}

// mergeRef is an entry in the arena: key, then sequence.
type mergeRef struct {
	at       int
	key, seq int
	kind     MergeKind
}

// NewMergeFile starts a file of the merge log. Nothing is on disk before Close.
func (t *Table) NewMergeFile() *MergeFileWriter { return &MergeFileWriter{t: t} }

// Add takes an entry; its bytes are copied.
func (w *MergeFileWriter) Add(e MergeEntry) {
	w.entries = append(w.entries, mergeRef{len(w.arena), len(e.Key), len(e.Seq), e.Kind})
	w.arena = append(append(w.arena, e.Key...), e.Seq...)
}

// Len gives the number of entries so far.
func (w *MergeFileWriter) Len() int { return len(w.entries) }

func (w *MergeFileWriter) entry(r mergeRef) MergeEntry {
	return MergeEntry{Key: w.arena[r.at : r.at+r.key], Seq: w.arena[r.at+r.key : r.at+r.key+r.seq], Kind: r.kind}
}

// Close writes and syncs the file. Of several entries of a key the one that wins is written. Without entries there is
// no file, and a commit passes over what Close gives.
func (w *MergeFileWriter) Close() (MergeFile, error) {
	if len(w.entries) == 0 {
		return MergeFile{}, nil
	}
	slices.SortFunc(w.entries, func(a, b mergeRef) int { return compareEntries(w.entry(a), w.entry(b)) })
	file, err := w.t.newMergeWriter()
	if err != nil {
		return MergeFile{}, err
	}
	for i, r := range w.entries {
		e := w.entry(r)
		if i+1 < len(w.entries) && bytes.Equal(w.entry(w.entries[i+1]).Key, e.Key) {
			continue // the next one is greater
		}
		if err := file.put(e); err != nil {
			file.discard()
			return MergeFile{}, err
		}
	}
	return file.finish()
}

// compareEntries sorts by key, and the entry that wins last.
func compareEntries(a, b MergeEntry) int {
	if c := bytes.Compare(a.Key, b.Key); c != 0 {
		return c
	}
	if c := bytes.Compare(a.Seq, b.Seq); c != 0 {
		return c
	}
	return cmp.Compare(a.Kind, b.Kind)
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
}

func (t *Table) newMergeWriter() (*mergeWriter, error) {
	if err := t.makeDir(t.mergeDir()); err != nil {
		return nil, fmt.Errorf("write merge log: %w", err)
	}
	w := &mergeWriter{t: t, name: formatUUID(t.newUUID()) + ".parquet", sum: xxh3.New(), leaves: column.NewLeaves(mergeSchema)}
	f, err := t.fsys.Create(filepath.Join(t.mergeDir(), w.name))
	if err != nil {
		return nil, fmt.Errorf("write merge log: %w", err)
	}
	w.f, w.buf = f, bufio.NewWriterSize(io.MultiWriter(f, w.sum), 1<<18)
	w.w = column.NewFileWriter(w.buf, mergeSchema, column.WriterOptions{})
	w.key, w.seq, w.kind = w.leaves.Strings(0), w.leaves.Strings(1), w.leaves.Int32s(2)
	return w, nil
}

func (w *mergeWriter) put(e MergeEntry) error {
	w.key.PutBytes(e.Key, 0, 1)
	w.seq.PutBytes(e.Seq, 0, 1)
	w.kind.Put(int32(e.Kind), 0, 1)
	if w.leaves.Rows() < mergeGroupMax {
		return nil
	}
	return w.flush()
}

func (w *mergeWriter) flush() error {
	if w.leaves.Rows() == 0 {
		return nil
	}
	err := w.w.WriteRowGroup(w.leaves)
	w.leaves.Reset()
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

// ScanMergeLog reads files as one log: keys in order, of each the entry that wins. A file that is missing or damaged is
// refused by name.
func (t *Table) ScanMergeLog(ctx context.Context, files []MergeFile, visit func(MergeEntry)) error {
	var open mergeHeap
	defer func() {
		for _, c := range open.all {
			c.f.Close()
		}
	}()
	for _, f := range files {
		c, err := t.openMerge(f)
		if err != nil {
			return err
		}
		open.all = append(open.all, c)
		if more, err := c.next(); err != nil {
			return err
		} else if more {
			open.live = append(open.live, c)
		}
	}
	heap.Init(&open)
	for n := 0; len(open.live) > 0; n++ {
		if n&0xffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c := open.live[0]
		if !open.shadowed() {
			visit(c.entry)
		}
		more, err := c.next()
		switch {
		case err != nil:
			return err
		case more:
			heap.Fix(&open, 0)
		default:
			heap.Pop(&open)
		}
	}
	return nil
}

// mergeHeap holds cursors, the least entry first.
type mergeHeap struct{ live, all []*mergeCursor }

func (h *mergeHeap) Len() int           { return len(h.live) }
func (h *mergeHeap) Less(i, j int) bool { return compareEntries(h.live[i].entry, h.live[j].entry) < 0 }
func (h *mergeHeap) Swap(i, j int)      { h.live[i], h.live[j] = h.live[j], h.live[i] }
func (h *mergeHeap) Push(x any)         { h.live = append(h.live, x.(*mergeCursor)) }
func (h *mergeHeap) Pop() any {
	last := h.live[len(h.live)-1]
	h.live = h.live[:len(h.live)-1]
	return last
}

// shadowed reports whether another cursor has a greater or equal entry of the first one's key: it is then a child of
// the root, for the root is the least.
func (h *mergeHeap) shadowed() bool {
	for i := 1; i <= 2 && i < len(h.live); i++ {
		if bytes.Equal(h.live[i].entry.Key, h.live[0].entry.Key) {
			return true
		}
	}
	return false
}

// mergeCursor walks over one file.
type mergeCursor struct {
	full   string
	f      vfs.File
	file   *column.File
	group  int // the next one
	left   int // rows of the present one
	leaves *column.Leaves
	key    *column.Strings
	seq    *column.Strings
	kind   *column.Int32s
	entry  MergeEntry
}

func (t *Table) openMerge(m MergeFile) (*mergeCursor, error) {
	full := filepath.Join(t.mergeDir(), m.Name)
	const what = "merge log file is missing or damaged"
	f, err := t.fsys.Open(full)
	if err != nil {
		return nil, damaged(full, what, err)
	}
	c := &mergeCursor{full: full, f: f, leaves: column.NewLeaves(mergeSchema)}
	if err = checkSum(f, m); err == nil {
		c.file, err = column.OpenFile(f, m.Bytes)
	}
	if err != nil {
		f.Close()
		return nil, damaged(full, what, err)
	}
	c.key, c.seq, c.kind = c.leaves.Strings(0), c.leaves.Strings(1), c.leaves.Int32s(2)
	return c, nil
}

func checkSum(f vfs.File, m MergeFile) error {
	size, err := f.Size()
	if err != nil {
		return err
	}
	if size != m.Bytes {
		return fmt.Errorf("it has %d bytes where the log says %d", size, m.Bytes)
	}
	sum := xxh3.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if got := sum.Sum128().Bytes(); hex.EncodeToString(got[:]) != m.Sum {
		return errors.New("its checksum does not fit")
	}
	return nil
}

// next moves to the next entry, and reports false at the end.
func (c *mergeCursor) next() (bool, error) {
	for c.left == 0 {
		if c.group == c.file.RowGroups() {
			return false, nil
		}
		if err := c.file.ReadRowGroup(c.group, c.leaves, func(int) bool { return true }); err != nil {
			return false, damaged(c.full, "merge log file is damaged", err)
		}
		c.leaves.Rewind()
		c.left = c.leaves.Rows()
		c.group++
	}
	c.left--
	c.entry = MergeEntry{Key: c.key.TakeBytes(), Seq: c.seq.TakeBytes(), Kind: MergeKind(c.kind.Take())}
	return true, nil
}
