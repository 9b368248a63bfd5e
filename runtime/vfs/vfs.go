// Package vfs is the file system as the table store needs it: creation that never overwrites, hard links as
// put-if-absent, and syncs of files and folders as calls of their own, so that faults can be put between them.
//
// OS is the machine's. Mem forgets in a crash what was not synced, and fails where a test tells it to.
package vfs

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
)

// ErrLocked is what Lock fails with while somebody else holds the lock.
var ErrLocked = errors.New("locked by somebody else")

// FS is a file system. Names are paths of the machine; errors wrap fs.ErrExist and fs.ErrNotExist.
type FS interface {
	// Create makes a new file, open for writing. It fails with fs.ErrExist where the name is taken.
	Create(name string) (File, error)
	Open(name string) (File, error)
	// Link gives the file oldname a second name. It fails with fs.ErrExist where newname is taken, and of several that
	// try one wins.
	Link(oldname, newname string) error
	Rename(oldname, newname string) error
	Remove(name string) error
	MkdirAll(dir string) error
	// ReadDir lists a folder, sorted by name.
	ReadDir(dir string) ([]fs.DirEntry, error)
	Stat(name string) (fs.FileInfo, error)
	// SyncDir makes the names in dir durable, not what they name.
	SyncDir(dir string) error
	// Lock takes an exclusive lock on a file, which it makes, until the lock is closed or the process ends. It fails
	// with ErrLocked at once where somebody else has it, this process included.
	Lock(name string) (io.Closer, error)
	// LockShared is Lock for one of many: it fails with ErrLocked where somebody has the exclusive lock, and as long as
	// there is a shared one nobody gets an exclusive one. A lock is never turned into the other kind, which is no atomic
	// step for the kernel: it is closed, the other one is taken, and what was known under the first is looked at again.
	LockShared(name string) (io.Closer, error)
}

// File is an open file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.Closer
	// Sync makes the file's content durable, not its name.
	Sync() error
	Size() (int64, error)
}

// ReadFile reads the whole of a file.
func ReadFile(fsys FS, name string) ([]byte, error) {
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
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

// WriteFile makes a new file of data and syncs it. It leaves no file behind when it fails.
func WriteFile(fsys FS, name string, data []byte) error {
	f, err := fsys.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = fsys.Remove(name)
	}
	return err
}

// MkdirAllSync makes dir and its missing parents, and makes their names durable.
func MkdirAllSync(fsys FS, dir string) error {
	dir = filepath.Clean(dir)
	var missing []string
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := fsys.Stat(at); err == nil {
			break
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		missing = append(missing, at)
		if filepath.Dir(at) == at {
			break
		}
	}
	if err := fsys.MkdirAll(dir); err != nil {
		return err
	}
	if len(missing) == 0 {
		missing = append(missing, dir) // made by a process that was killed before it could sync, perhaps
	}
	for _, at := range missing {
		if err := fsys.SyncDir(filepath.Dir(at)); err != nil {
			return err
		}
	}
	return nil
}
