package state

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// Place is where an index is kept and how much memory it may take. An index within its limit is in memory as a whole, and
// its snapshot is the file Name, and parts beside
// it. One that outgrows it holds in memory the keys that were touched last, and the rest in
// runs in the folder beside, of which a manifest is the snapshot.
type Place struct {
	FS    vfs.FS
	Name  string // ends in .state
	Limit int64  // bytes; 0 is none
}

func (p Place) dir() string { return strings.TrimSuffix(p.Name, ".state") + ".cold" }

func (p Place) manifest() string { return filepath.Join(p.dir(), "manifest") }

// New gives an empty index. What is on disk stays until Clear or Save.
func (p Place) New() *Index {
	x := New()
	x.pages.place, x.pages.limit = p, p.Limit
	return x
}

// ErrPaged is a snapshot that cannot be read beside the process that goes on with it.
var ErrPaged = errors.New("the index is paged to disk")

// Peek is Load for a process that has no right to the place, where another one writes: it changes nothing there. The index
// is to be saved only once the place is this process's own. It fails with ErrPaged for an index in runs, or one larger
// than the limit.
func (p Place) Peek() (*Index, Stamp, error) {
	if _, err := p.FS.Stat(p.manifest()); !errors.Is(err, fs.ErrNotExist) {
		return nil, Stamp{}, errors.Join(err, ErrPaged)
	}
	whole := p
	whole.Limit = 0
	x, st, _, err := whole.loadFlat()
	if err != nil {
		return nil, st, err
	}
	x.pages.place, x.pages.limit = p, p.Limit
	x.kept.drop(x) // the owner may have written more by the time that this is saved
	if x.Full() {
		x.Close()
		return nil, st, ErrPaged
	}
	return x, st, nil
}

// Clear removes whatever is at the place.
func (p Place) Clear() error {
	err := p.removeRuns(nil)
	return errors.Join(err, remove(p.FS, p.Name), remove(p.FS, p.Name+".tmp"), p.removeParts(0))
}

// removeRuns empties the folder of runs, but for those of m. Without m the manifest goes first: it names the others.
func (p Place) removeRuns(m *manifest) error {
	named := map[string]bool{}
	var err error
	if m == nil {
		err = remove(p.FS, p.manifest())
	} else {
		named[filepath.Base(p.manifest())] = true
		for _, r := range m.Runs {
			named[r.Name] = true
		}
	}
	entries, lerr := p.FS.ReadDir(p.dir())
	if lerr != nil && !errors.Is(lerr, fs.ErrNotExist) {
		return errors.Join(err, lerr)
	}
	for _, e := range entries {
		if !named[e.Name()] && !e.IsDir() {
			err = errors.Join(err, remove(p.FS, filepath.Join(p.dir(), e.Name())))
		}
	}
	return err
}

func remove(fsys vfs.FS, name string) error {
	if err := fsys.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
