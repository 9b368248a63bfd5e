package state

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// Place is where an index is kept and how much memory it may take. An index within its limit is in memory as a whole, and
// its snapshot is the file Name. One that outgrows it holds in memory the keys that were touched last, and the rest in
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

// Clear removes whatever is at the place.
func (p Place) Clear() error {
	err := p.removeRuns(nil)
	return errors.Join(err, remove(p.FS, p.Name), remove(p.FS, p.Name+".tmp"))
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
