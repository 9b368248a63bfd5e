package state

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// Stamp says which table, at which commit, a snapshot was taken of. The engine compares it with the table: an equal
// one is used, one that lies behind on the same history catches up, any other is thrown away.
type Stamp struct {
	TableID    string `json:"table_id"`
	Path       string `json:"path"` // of the table: a clone elsewhere shares TableID
	Version    int64  `json:"version"`
	CommitUUID string `json:"commit_uuid"`
	Types      string `json:"types"`               // of key, sequence and row, as text: what bytes and hashes were made of
	MergeLog   string `json:"merge_log,omitempty"` // names of the files that were folded in, between spaces
}

// ErrDamaged is wrapped by Load for a snapshot that is cut off, changed or not one at all.
var ErrDamaged = errors.New("damaged state snapshot")

const magic = "seamflow state 2\n"

// saveFlat writes the index with its stamp to name, replacing what is there only once all of it is on disk.
func (x *Index) saveFlat(fsys vfs.FS, name string, st Stamp) error {
	dir := path.Dir(name)
	if err := fsys.MkdirAll(dir); err != nil {
		return fmt.Errorf("state snapshot: %w", err)
	}
	tmp := name + ".tmp"
	_ = fsys.Remove(tmp) // of a run that was killed while saving; Create tells if it is still there
	if err := x.write(fsys, tmp, st); err != nil {
		_ = fsys.Remove(tmp)
		return fmt.Errorf("state snapshot %s: %w", tmp, err)
	}
	if err := fsys.Rename(tmp, name); err != nil {
		return fmt.Errorf("state snapshot: %w", err)
	}
	return fsys.SyncDir(dir)
}

func (x *Index) write(fsys vfs.FS, name string, st Stamp) error {
	f, err := fsys.Create(name)
	if err != nil {
		return err
	}
	sum := xxh3.New()
	w := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)
	if err := x.encode(w, st); err != nil {
		f.Close()
		return err
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	if _, err := f.Write(binary.LittleEndian.AppendUint64(nil, sum.Sum64())); err != nil {
		f.Close()
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (x *Index) encode(w *bufio.Writer, st Stamp) error {
	head, err := json.Marshal(st)
	if err != nil {
		return err
	}
	buf := append([]byte(magic), binary.AppendUvarint(nil, uint64(len(head)))...)
	buf = append(buf, head...)
	buf = binary.AppendUvarint(buf, uint64(len(x.files)))
	for _, f := range x.files {
		buf = appendBytes(buf, []byte(f))
	}
	buf = binary.AppendUvarint(buf, uint64(x.count))
	for id := range ID(x.count) {
		if _, err := w.Write(buf); err != nil {
			return err
		}
		buf = x.appendEntry(buf[:0], id)
	}
	_, err = w.Write(buf)
	return err
}

func (x *Index) appendEntry(buf []byte, id ID) []byte {
	e := x.Get(id)
	buf = appendBytes(buf, x.Key(id))
	buf = appendBytes(buf, e.Seq)
	var flags byte
	if e.HasRow {
		flags |= 1
	}
	if e.Tombstone {
		flags |= 2
	}
	if e.hashOnly() {
		return binary.AppendUvarint(append(buf, flagHashOnly), e.Hash)
	}
	buf = append(buf, flags)
	if e.HasRow {
		buf = binary.LittleEndian.AppendUint64(buf, e.Hash)
		buf = binary.LittleEndian.AppendUint32(buf, e.Loc.File)
		buf = binary.LittleEndian.AppendUint32(buf, e.Loc.Row)
	}
	return buf
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// loadFlat reads the file of a snapshot. It takes the memory of the index and little more.
func (p Place) loadFlat() (*Index, Stamp, error) {
	f, err := p.FS.Open(p.Name)
	if err != nil {
		return nil, Stamp{}, err
	}
	defer f.Close()
	body, err := verified(f)
	if err != nil {
		return nil, Stamp{}, fmt.Errorf("%s: %w: %v", p.Name, ErrDamaged, err)
	}
	d := decoder{r: bufio.NewReaderSize(io.NewSectionReader(f, int64(len(magic)), body), 1<<20), left: body}
	x, st := d.index(p)
	if d.bad || d.left != 0 {
		x.Close()
		return nil, Stamp{}, fmt.Errorf("%s: %w: %d bytes before its end", p.Name, ErrDamaged, d.left)
	}
	return x, st, nil
}

// verified checks header and checksum, and gives the length of what is between them. Nothing of a snapshot is believed
// before: a length that is wrong would ask for any amount of memory.
func verified(f vfs.File) (body int64, err error) {
	size, err := f.Size()
	if err != nil {
		return 0, err
	}
	body = size - int64(len(magic)) - 8
	head := make([]byte, len(magic))
	if body < 0 {
		return 0, errors.New("it is too short")
	}
	if _, err := f.ReadAt(head, 0); err != nil || string(head) != magic {
		return 0, errors.New("no header")
	}
	sum := xxh3.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, size-8)); err != nil {
		return 0, err
	}
	want := make([]byte, 8)
	if _, err := f.ReadAt(want, size-8); err != nil && err != io.EOF {
		return 0, err
	}
	if sum.Sum64() != binary.LittleEndian.Uint64(want) {
		return 0, errors.New("checksum")
	}
	return body, nil
}

// decoder reads a snapshot's body; bad latches.
type decoder struct {
	r        *bufio.Reader
	left     int64
	key, seq []byte
	fixed    [17]byte
	bad      bool
}

func (d *decoder) index(p Place) (*Index, Stamp) {
	x := p.New()
	var st Stamp
	if err := json.Unmarshal(d.bytes(nil), &st); err != nil {
		d.bad = true
	}
	for n := d.uvarint(); n > 0 && !d.bad; n-- {
		x.FileID(string(d.bytes(nil)))
	}
	n := d.uvarint()
	if n > uint64(d.left) { // an entry takes more than a byte: do not reserve for a lie
		d.bad = true
		return x, st
	}
	if p.Limit == 0 || int64(n)*(32+16+10) < p.Limit {
		x.reserve(int(n))
	}
	for ; n > 0 && !d.bad; n-- {
		d.entry(x)
		if x.Full() {
			_ = x.Spill() // where it fails the index takes more memory than it should
		}
	}
	return x, st
}

func (d *decoder) entry(x *Index) {
	d.key, d.seq = d.bytes(d.key), d.bytes(d.seq)
	b := d.fixed[:]
	flags := b[:1]
	d.fill(flags)
	e := Entry{Seq: d.seq, HasRow: flags[0]&1 != 0, Tombstone: flags[0]&2 != 0}
	if flags[0] == flagHashOnly {
		e.Hash = d.uvarint()
	}
	if e.HasRow {
		d.fill(b[1:])
		e.Hash = binary.LittleEndian.Uint64(b[1:])
		e.Loc = Loc{File: binary.LittleEndian.Uint32(b[9:]), Row: binary.LittleEndian.Uint32(b[13:])}
	}
	if d.bad || e.HasRow && e.Loc.File != Nowhere && int(e.Loc.File) >= len(x.files) {
		d.bad = true
		return
	}
	id, fresh := x.Put(d.key)
	if !fresh || x.Err() != nil {
		d.bad = true
	}
	x.Set(id, e)
}

func (d *decoder) uvarint() uint64 {
	v, err := binary.ReadUvarint(d)
	if err != nil {
		d.bad = true
		return 0
	}
	return v
}

// ReadByte is for binary.ReadUvarint.
func (d *decoder) ReadByte() (byte, error) {
	if d.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	d.left--
	return d.r.ReadByte()
}

// bytes gives the next byte string, in buf's memory if it has room.
func (d *decoder) bytes(buf []byte) []byte {
	n := d.uvarint()
	if d.bad || n > uint64(d.left) {
		d.bad = true
		return buf[:0]
	}
	buf = slices.Grow(buf[:0], int(n))[:n]
	d.fill(buf)
	return buf
}

func (d *decoder) fill(b []byte) {
	if d.bad || int64(len(b)) > d.left {
		d.bad = true
		return
	}
	d.left -= int64(len(b))
	if _, err := io.ReadFull(d.r, b); err != nil {
		d.bad = true
	}
}
