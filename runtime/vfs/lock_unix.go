//go:build unix

package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Kinds of flock.
const (
	exclusive = syscall.LOCK_EX
	shared    = syscall.LOCK_SH
)

// lock takes a flock, which the kernel gives back when the process ends, however it ends.
func lock(name string, kind int) (io.Closer, error) {
	for {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		if err := flock(f, kind); err != nil {
			f.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				err = ErrLocked
			}
			return nil, &fs.PathError{Op: "lock", Path: name, Err: err}
		}
		// Somebody may have removed the file between open and flock: then the lock is on a file that nobody else finds.
		mine, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, err
		}
		if there, err := os.Stat(name); err == nil && os.SameFile(mine, there) {
			return f, nil
		}
		f.Close()
	}
}

func flock(f *os.File, kind int) error {
	for {
		err := syscall.Flock(int(f.Fd()), kind|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
