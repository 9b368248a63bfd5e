package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Open opens a file that List gave, and unpacks it where its name ends in .gz or .zst. It fails with ErrChanged, at once or
// where the file would end, when the file is not the one that was listed.
func Open(data string, f File) (io.ReadCloser, error) {
	file, err := os.Open(f.full(data))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, changed("it was removed")
	}
	if err != nil {
		return nil, err
	}
	raw := &rawFile{file: file, want: f}
	if err := raw.Check(); err != nil {
		file.Close()
		return nil, err
	}
	rc, err := unpack(raw)
	if err != nil {
		file.Close()
		return nil, err
	}
	return rc, nil
}

// Stat gives a file as it is now.
func Stat(data, path string) (File, error) {
	f := File{Path: path}
	info, err := os.Stat(f.full(data))
	if err != nil {
		return f, err
	}
	f.Size, f.ModTime = info.Size(), info.ModTime()
	return f, nil
}

// Unchanged checks, after a file was read, that it still is the one that was listed. A file that was removed or moved away
// meanwhile was read whole: Open's reader saw its end.
func Unchanged(data string, f File) error {
	info, err := os.Stat(f.full(data))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return compare(info, &f)
}

func compare(info fs.FileInfo, want *File) error {
	got := File{Size: info.Size(), ModTime: info.ModTime()}
	switch {
	case got.Size != want.Size:
		return changed(fmt.Sprintf("%d bytes were listed, now it has %d", want.Size, got.Size))
	case got.stamp() != want.stamp():
		return changed("it was written to")
	}
	return nil
}

// Plain is a file that Open has opened and that is not packed.
type Plain interface {
	io.ReadCloser
	io.ReaderAt
	// Check fails with ErrChanged when the file is not the one that was listed any more.
	Check() error
}

// rawFile is a file that vouches at its end for being the one that was listed, whatever became of its name.
type rawFile struct {
	file *os.File
	want File
}

func (r *rawFile) Read(p []byte) (int, error) {
	n, err := r.file.Read(p)
	if err == io.EOF {
		if bad := r.Check(); bad != nil {
			return n, bad
		}
	}
	return n, err
}

func (r *rawFile) Close() error { return r.file.Close() }

func (r *rawFile) ReadAt(p []byte, off int64) (int, error) { return r.file.ReadAt(p, off) }

func (r *rawFile) Check() error {
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	return compare(info, &r.want)
}
