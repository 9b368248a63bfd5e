package delta

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
)

// Note lists the table's files, of which alone Vacuum may then remove any. It is for a vacuum beside the work: ages tell
// new files from old ones only as long as the clock does not go back, and a file that is not there yet, when no batch
// is under way, is one that a commit is about to name.
func (s *Snapshot) Note() error {
	there := map[string]bool{}
	if err := s.noteFolder(there, ""); err != nil {
		return fmt.Errorf("vacuum of table %s: %w", s.dir, err)
	}
	s.there = there
	return nil
}

func (s *Snapshot) noteFolder(there map[string]bool, dir string) error {
	entries, err := s.fsys.ReadDir(filepath.Join(s.dir, filepath.FromSlash(dir)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if !e.IsDir() {
			there[name] = true
		} else if err := s.noteFolder(there, name); err != nil {
			return err
		}
	}
	return nil
}

// mayGo reports whether a file was there when the snapshot's files were noted, if they were.
func (s *Snapshot) mayGo(name string) bool { return s.there == nil || s.there[name] }
