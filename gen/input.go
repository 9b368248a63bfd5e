package gen

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/seamflow/seamflow/schemas/parquet"
)

// errNotRegular is of a folder, a pipe or a device where a file is read: opening a pipe would wait for a writer, reading a
// device might never end.
var errNotRegular = errors.New("not a regular file")

// readSpec gives the content of a spec, which may be a link to a file anywhere.
func readSpec(name string) ([]byte, error) { return readRegular(name, os.Stat, os.ReadFile) }

// specFolder reads files of a spec's folder, and none outside of it.
type specFolder struct{ *os.Root }

// ReadFile gives the content of a regular file; of a Parquet file, which may be of any size, its footer.
func (f specFolder) ReadFile(name string) ([]byte, error) {
	if path.Ext(name) == ".parquet" {
		return readRegular(name, f.Stat, f.footer)
	}
	return readRegular(name, f.Stat, f.Root.ReadFile)
}

func (f specFolder) footer(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return parquet.Footer(file, info.Size())
}

func readRegular(name string, stat func(string) (fs.FileInfo, error), read func(string) ([]byte, error)) ([]byte, error) {
	info, err := stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errNotRegular}
	}
	return read(name)
}

// notedFolder is a spec's folder that notes what is read, and what cannot be.
type notedFolder struct {
	specFolder
	note func(name string, s sum)
}

// ReadFile gives the content of a regular file.
func (f notedFolder) ReadFile(name string) ([]byte, error) {
	data, err := f.specFolder.ReadFile(name)
	if err != nil {
		f.note(name, sum{})
	} else {
		f.note(name, sha256.Sum256(data))
	}
	return data, err
}

// leavesFolder reports whether err is of a path that a link leads out of the folder that was opened. Package os has no name
// for it.
func leavesFolder(err error) bool {
	var at *fs.PathError
	return errors.As(err, &at) && at.Err.Error() == "path escapes from parent"
}

// folders are the folders of specs, opened; nothing outside of them is reached by a link or a path.
type folders struct {
	dir  string
	open map[string]*os.Root
}

func folderOf(spec string) string { return filepath.Dir(filepath.FromSlash(spec)) }

func (f *folders) of(folder string) (*os.Root, error) {
	if root := f.open[folder]; root != nil {
		return root, nil
	}
	root, err := os.OpenRoot(filepath.Join(f.dir, folder))
	if err != nil {
		return nil, err
	}
	if f.open == nil {
		f.open = map[string]*os.Root{}
	}
	f.open[folder] = root
	return root, nil
}

func (f *folders) close() {
	for _, root := range f.open {
		root.Close()
	}
}
