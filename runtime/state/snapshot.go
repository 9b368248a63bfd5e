package state

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"

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
	KeyTypes   string `json:"key_types"` // of key and sequence, as DDL text
}

// ErrDamaged is wrapped by Load for a snapshot that is cut off, changed or not one at all.
var ErrDamaged = errors.New("damaged state snapshot")

const magic = "seamflow state 1\n"

// Save writes the index with its stamp to name, replacing what is there only once all of it is on disk.
func (x *Index) Save(fsys vfs.FS, name string, st Stamp) error {
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

// Load reads the snapshot at name. It fails with fs.ErrNotExist where there is none and with ErrDamaged for anything
// but a whole snapshot of this version; the caller then rebuilds.
func Load(fsys vfs.FS, name string) (*Index, Stamp, error) {
	data, err := readAll(fsys, name)
	if err != nil {
		return nil, Stamp{}, err
	}
	if len(data) < len(magic)+8 || string(data[:len(magic)]) != magic {
		return nil, Stamp{}, fmt.Errorf("%s: %w: no header", name, ErrDamaged)
	}
	body, sum := data[:len(data)-8], data[len(data)-8:]
	if xxh3.Hash(body) != binary.LittleEndian.Uint64(sum) {
		return nil, Stamp{}, fmt.Errorf("%s: %w: checksum", name, ErrDamaged)
	}
	d := decoder{b: body[len(magic):]}
	x, st := d.index()
	if d.bad || len(d.b) != 0 {
		return nil, Stamp{}, fmt.Errorf("%s: %w: at byte %d", name, ErrDamaged, len(body)-len(d.b))
	}
	return x, st, nil
}

func readAll(fsys vfs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%s: %w: %v", name, ErrDamaged, err)
	}
	return data, nil
}

// decoder reads a snapshot's body; bad latches.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) index() (*Index, Stamp) {
	x := New()
	var st Stamp
	if err := json.Unmarshal(d.bytes(), &st); err != nil {
		d.bad = true
	}
	for n := d.uvarint(); n > 0 && !d.bad; n-- {
		x.FileID(string(d.bytes()))
	}
	n := d.uvarint()
	if n > uint64(len(d.b)) { // an entry takes more than a byte: do not reserve for a lie
		d.bad = true
		return x, st
	}
	x.reserve(int(n))
	for ; n > 0 && !d.bad; n-- {
		d.entry(x)
	}
	return x, st
}

func (d *decoder) entry(x *Index) {
	key, seq := d.bytes(), d.bytes()
	flags := d.take(1)
	if d.bad {
		return
	}
	e := Entry{Seq: seq, HasRow: flags[0]&1 != 0, Tombstone: flags[0]&2 != 0}
	if e.HasRow {
		b := d.take(16)
		if d.bad {
			return
		}
		e.Hash = binary.LittleEndian.Uint64(b)
		e.Loc = Loc{File: binary.LittleEndian.Uint32(b[8:]), Row: binary.LittleEndian.Uint32(b[12:])}
		if int(e.Loc.File) >= len(x.files) {
			d.bad = true
			return
		}
	}
	id, fresh := x.Put(key)
	if !fresh {
		d.bad = true
	}
	x.Set(id, e)
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes() []byte { return d.take(d.uvarint()) }

func (d *decoder) take(n uint64) []byte {
	if d.bad || n > uint64(len(d.b)) {
		d.bad = true
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}
