package gen

import (
	"errors"
	"io/fs"
	"os"
)

// errNotRegular is of a folder, a pipe or a device where a file is read: opening a pipe would wait for a writer, reading a
// device might never end.
var errNotRegular = errors.New("not a regular file")

// readSpec gives the content of a spec, which may be a link to a file anywhere.
func readSpec(name string) ([]byte, error) { return readRegular(name, os.Stat, os.ReadFile) }

// specFolder reads files of a spec's folder, and none outside of it.
type specFolder struct{ *os.Root }

// ReadFile gives the content of a regular file.
func (f specFolder) ReadFile(name string) ([]byte, error) {
	return readRegular(name, f.Stat, f.Root.ReadFile)
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
