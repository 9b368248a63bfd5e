package observe

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Bounds of an event log: at most rotateKeeps older files of about rotateAt bytes beside the one that is written.
const (
	rotateAt    = 16 << 20
	rotateKeeps = 4
)

// appender appends whole lines to a file that several processes may append to, and moves it away when it is full: NAME.1 is
// the newest of those, NAME.4 the oldest.
type appender struct {
	name  string
	most  int64
	keeps int
	file  *os.File
}

func newAppender(name string, most int64, keeps int) *appender {
	return &appender{name: name, most: most, keeps: keeps}
}

func (a *appender) close() {
	if a.file != nil {
		_ = a.file.Close() // each line was written already
		a.file = nil
	}
}

// append writes a line with one write, so that lines of several processes do not mix.
func (a *appender) append(line []byte) error {
	if err := a.ready(int64(len(line))); err != nil {
		return err
	}
	_, err := a.file.Write(line)
	return err
}

// ready sees to it that the open file is the one of the name, and has room.
func (a *appender) ready(room int64) error {
	for range 3 { // another process may move it away meanwhile; then a file is somewhat larger
		there, err := os.Stat(a.name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if a.file == nil || err != nil || !a.is(there) {
			if err := a.open(); err != nil {
				return err
			}
			continue
		}
		if there.Size() == 0 || there.Size()+room <= a.most {
			return nil
		}
		if err := a.rotate(there); err != nil {
			return err
		}
	}
	return nil
}

func (a *appender) is(there fs.FileInfo) bool {
	mine, err := a.file.Stat()
	return err == nil && os.SameFile(mine, there)
}

func (a *appender) open() error {
	a.close()
	if err := os.MkdirAll(filepath.Dir(a.name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(a.name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	a.file = f
	return a.mend()
}

// mend ends a line that a process was killed in, so that ours begins with a line. Where the line was just being written by
// another process, this makes an empty one.
func (a *appender) mend() error {
	size, err := a.file.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return err
	}
	var last [1]byte
	if _, err := a.file.ReadAt(last[:], size-1); err != nil {
		return err
	}
	if last[0] != '\n' {
		_, err = a.file.Write([]byte{'\n'})
	}
	return err
}

// rotate moves the files on, unless another process did so since full was looked at.
func (a *appender) rotate(full fs.FileInfo) error {
	lock, err := os.OpenFile(a.name+".lock", os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	now, err := os.Stat(a.name)
	if err != nil || !os.SameFile(now, full) {
		return nil
	}
	for i := a.keeps; i > 0; i-- {
		from := a.name
		if i > 1 {
			from = a.name + "." + strconv.Itoa(i-1)
		}
		if err := os.Rename(from, a.name+"."+strconv.Itoa(i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
