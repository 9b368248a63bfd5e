package delta

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// Those who share a table each have two files in _seamflow/owners: NAME.json says who it is, and NAME.lock is held by the
// process, so that what a killed one leaves is told from what is true.

func ownersDir(side string) string { return filepath.Join(side, "owners") }

// SharedLock is the lock of one of several owners.
type SharedLock struct {
	lock  io.Closer
	entry *ownerEntry
}

// ID names the owner among those of the table, for Alive.
func (l *SharedLock) ID() string { return filepath.Base(l.entry.name) }

// Close gives the owner's part up.
func (l *SharedLock) Close() error {
	l.entry.leave()
	return l.lock.Close()
}

// Alive reports whether the owner of an ID still has its part of the table. One that was killed has not, from the moment
// on at which its process ended; one that is stopped still has.
func Alive(fsys vfs.FS, dir, id string) bool {
	name := filepath.Join(ownersDir(filepath.Join(dir, "_seamflow")), id)
	if _, err := fsys.Stat(name + ".lock"); err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	return alive(fsys, name)
}

// ownerEntry is an owner's pair of files.
type ownerEntry struct {
	fsys vfs.FS
	name string // without its extension
	lock io.Closer
}

// join tells others of this owner.
func join(fsys vfs.FS, side string, o Owner) (*ownerEntry, error) {
	dir := ownersDir(side)
	if err := fsys.MkdirAll(dir); err != nil {
		return nil, err
	}
	for _, name := range entries(fsys, dir) {
		if !alive(fsys, name) {
			_ = errors.Join(fsys.Remove(name+".json"), fsys.Remove(name+".lock"))
		}
	}
	e := &ownerEntry{fsys: fsys, name: filepath.Join(dir, formatUUID(randomUUID()))}
	var err error
	if e.lock, err = fsys.Lock(e.name + ".lock"); err != nil {
		return nil, err
	}
	if err := writeJSON(fsys, e.name+".tmp", e.name+".json", o); err != nil {
		e.leave()
		return nil, err
	}
	return e, nil
}

func (e *ownerEntry) leave() {
	_ = errors.Join(e.fsys.Remove(e.name+".json"), e.fsys.Remove(e.name+".lock"), e.lock.Close())
}

// entries are the names of those that have a file that says who they are, whose lock came before it.
func entries(fsys vfs.FS, dir string) (names []string) {
	list, err := fsys.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, f := range list {
		if name, ok := strings.CutSuffix(f.Name(), ".json"); ok {
			names = append(names, filepath.Join(dir, name))
		}
	}
	return names
}

func alive(fsys vfs.FS, name string) bool {
	lock, err := fsys.LockShared(name + ".lock")
	if err == nil {
		lock.Close()
	}
	return errors.Is(err, vfs.ErrLocked)
}

// owners are those who share a table now, those first who came first.
func owners(fsys vfs.FS, side string) (all []Owner) {
	for _, name := range entries(fsys, ownersDir(side)) {
		text, err := vfs.ReadFile(fsys, name+".json")
		var o Owner
		if err == nil && json.Unmarshal(text, &o) == nil && alive(fsys, name) {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b Owner) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.PID, b.PID)) })
	return all
}

// Owners gives the processes that share a table, those first who came first; none where one process has it alone, or none.
func Owners(fsys vfs.FS, dir string) []Owner { return owners(fsys, filepath.Join(dir, "_seamflow")) }
