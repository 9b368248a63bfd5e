package delta

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// mergeReader is an open file of the merge log and a row group of it.
type mergeReader struct {
	full   string
	f      vfs.File
	file   *column.File
	leaves *column.Leaves
	key    *column.Strings
	seq    *column.Strings
	kind   *column.Int32s
	extra  [extraCount]*column.Strings
}

// openMerge opens a file and checks all of it. A file that this handle has checked before is not read for it again if its
// length is right: its footer and its pages carry checksums too.
func (t *Table) openMerge(m MergeFile, again bool) (*mergeReader, error) {
	full := filepath.Join(t.mergeDir(), m.Name)
	const what = "merge log file is missing or damaged"
	f, err := t.fsys.Open(full)
	if err != nil {
		return nil, damaged(full, what, err)
	}
	r := &mergeReader{full: full, f: f, leaves: column.NewLeaves(mergeSchema)}
	if err = checkSize(f, m); err == nil && (again || !t.checked[m.Name]) {
		err = checkSum(f, m)
	}
	if err == nil {
		r.file, err = column.OpenFile(f, m.Bytes)
	}
	if err != nil {
		f.Close()
		return nil, damaged(full, what, err)
	}
	t.checked[m.Name] = true
	r.key, r.seq, r.kind = r.leaves.Strings(0), r.leaves.Strings(1), r.leaves.Int32s(2)
	for i := range r.extra {
		r.extra[i] = r.leaves.Strings(firstExtra + i)
	}
	return r, nil
}

func checkSize(f vfs.File, m MergeFile) error {
	size, err := f.Size()
	if err == nil && size != m.Bytes {
		err = fmt.Errorf("it has %d bytes where the log says %d", size, m.Bytes)
	}
	return err
}

func checkSum(f vfs.File, m MergeFile) error {
	sum := xxh3.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if got := sum.Sum128().Bytes(); hex.EncodeToString(got[:]) != m.Sum {
		return errors.New("its checksum does not fit")
	}
	return nil
}

// read reads those leaves of a row group that want takes.
func (r *mergeReader) read(group int, want func(leaf int) bool) error {
	if err := r.file.ReadRowGroup(group, r.leaves, want); err != nil {
		return damaged(r.full, "merge log file is damaged", err)
	}
	r.leaves.Rewind()
	return nil
}

// take gives the entry at the cursors, and advances them.
func (r *mergeReader) take() MergeEntry {
	return MergeEntry{
		Key: r.key.TakeBytes(), Seq: r.seq.TakeBytes(), Kind: MergeKind(r.kind.Take()),
		Payload: r.extra[extraPayload].TakeBytes(), Gen: number(r.extra[extraGen].TakeBytes()), At: number(r.extra[extraAt].TakeBytes()),
	}
}
