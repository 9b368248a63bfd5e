package state

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// manifest is the snapshot of an index that is paged: the runs that it is made of, oldest first, which are all on disk
// before it is written.
type manifest struct {
	Stamp Stamp     `json:"stamp"`
	Files []string  `json:"files"`
	Runs  []runInfo `json:"runs"`
	Keys  int       `json:"keys"`
	Next  int       `json:"next"`
	Moved []moved   `json:"moved,omitempty"`
}

// moved is a redirect as the manifest has it.
type moved struct {
	File  uint32 `json:"file"`
	To    uint32 `json:"to"`
	First uint32 `json:"first"`
	Dead  []byte `json:"dead,omitempty"` // portable roaring format
}

const manifestMagic = "seamflow state runs 1\n"

// Save writes a snapshot with its stamp to the index's place. IDs, and numbers of files, are void afterwards.
func (x *Index) Save(st Stamp) error {
	p := x.pages.place
	if len(x.pages.runs) == 0 {
		x.settle()
		if err := x.saveFlat(p, st); err != nil {
			return err
		}
		x.pages.dropped = nil
		return p.removeRuns(nil)
	}
	if err := x.Spill(); err != nil {
		return err
	}
	if err := x.writeManifest(st); err != nil {
		return fmt.Errorf("state manifest %s: %w", p.manifest(), err)
	}
	for _, r := range x.pages.runs {
		r.saved = true
	}
	err := errors.Join(remove(p.FS, p.Name), p.removeParts(0))
	for _, name := range x.pages.dropped {
		err = errors.Join(err, remove(p.FS, name))
	}
	x.pages.dropped = nil
	return err
}

func (x *Index) writeManifest(st Stamp) error {
	m := manifest{Stamp: st, Files: x.files, Keys: x.pages.only, Next: x.pages.next}
	for _, r := range x.pages.runs {
		m.Runs = append(m.Runs, r.runInfo)
	}
	var err error
	if m.Moved, err = x.moved.list(); err != nil {
		return err
	}
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	body = append([]byte(manifestMagic), body...)
	body = binary.LittleEndian.AppendUint64(body, xxh3.Hash(body))
	fsys, name := x.pages.place.FS, x.pages.place.manifest()
	if err := remove(fsys, name+".tmp"); err != nil {
		return err
	}
	if err := vfs.WriteFile(fsys, name+".tmp", body); err != nil {
		return err
	}
	dir := filepath.Dir(name)
	if err := fsys.SyncDir(dir); err != nil { // the runs' names come before the one that names them
		return err
	}
	if err := fsys.Rename(name+".tmp", name); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

func (p Place) readManifest() (*manifest, error) {
	name := p.manifest()
	body, err := vfs.ReadFile(p.FS, name)
	if err != nil {
		return nil, err
	}
	n := len(body) - 8
	if n < len(manifestMagic) || string(body[:len(manifestMagic)]) != manifestMagic ||
		xxh3.Hash(body[:n]) != binary.LittleEndian.Uint64(body[n:]) {
		return nil, fmt.Errorf("%s: %w", name, ErrDamaged)
	}
	m := &manifest{}
	if err := json.Unmarshal(body[len(manifestMagic):n], m); err != nil {
		return nil, fmt.Errorf("%s: %w: %v", name, ErrDamaged, err)
	}
	return m, nil
}

// Load gives the index of the snapshot that is at the place. It fails with fs.ErrNotExist where there is none and with
// ErrDamaged for anything but a whole one of this version; the caller then clears the place and rebuilds.
func (p Place) Load() (*Index, Stamp, error) {
	m, err := p.readManifest()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, Stamp{}, err
	}
	if err := p.removeRuns(m); err != nil {
		return nil, Stamp{}, err
	}
	if m == nil {
		x, st, parts, err := p.loadFlat()
		if err == nil {
			err = p.removeParts(parts)
		}
		return x, st, err
	}
	x, err := p.openRuns(m)
	if err != nil {
		return nil, Stamp{}, err
	}
	if x.fits() {
		if x, err = x.unpaged(); err != nil {
			return nil, Stamp{}, err
		}
	}
	return x, m.Stamp, nil
}

func (p Place) openRuns(m *manifest) (*Index, error) {
	x := p.New()
	for _, f := range m.Files {
		x.FileID(f)
	}
	if err := x.moved.take(m.Moved); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	x.pages.only, x.pages.next = m.Keys, m.Next
	for _, info := range m.Runs {
		r, err := openRun(p.FS, p.dir(), info)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w: %v", ErrDamaged, err) // not a place without a snapshot
		}
		if err != nil {
			x.Close()
			return nil, err
		}
		r.saved = true
		x.pages.runs = append(x.pages.runs, r)
	}
	return x, nil
}

// fits reports that the whole of the index takes up less than half of what it may: it was paged under a lower limit.
func (x *Index) fits() bool {
	bytes := int64(x.pages.only) * (entryHead + 8 + slotBytes + 16)
	for _, r := range x.pages.runs {
		bytes += r.Data
	}
	return x.pages.limit == 0 || bytes < x.pages.limit/2
}

// unpaged gives the index with all of it in memory. The runs go when it is saved.
func (x *Index) unpaged() (*Index, error) {
	defer x.Close()
	y := x.pages.place.New()
	for _, f := range x.files {
		y.FileID(f)
	}
	y.pages.next = x.pages.next
	for _, r := range x.pages.runs {
		y.pages.dropped = append(y.pages.dropped, filepath.Join(x.pages.place.dir(), r.Name))
	}
	err := fold(x.pages.runs, func(r *record) error {
		x.place(r)
		id, _ := y.Put(r.key)
		y.Set(id, r.Entry)
		return nil
	})
	return y, err
}

func (r *redirects) list() (all []moved, err error) {
	for file, to := range r.by {
		if to == nil {
			continue
		}
		m := moved{File: uint32(file), To: to.to, First: to.first}
		if m.Dead, err = to.dead.ToBytes(); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

func (r *redirects) take(all []moved) error {
	for _, m := range all {
		dead := roaring.New()
		if err := dead.UnmarshalBinary(m.Dead); err != nil {
			return err
		}
		for len(r.by) <= int(m.File) {
			r.by = append(r.by, nil)
		}
		r.put(m.File, redirect{to: m.To, dead: dead, first: m.First})
	}
	return nil
}
