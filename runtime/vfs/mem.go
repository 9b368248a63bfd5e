package vfs

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrStopped is what every call fails with after the machine of a Mem has stopped.
var ErrStopped = errors.New("the machine has stopped")

// Mem is a file system in memory that keeps the promises of POSIX and no others: a file's content is durable after
// Sync, a name after SyncDir of its folder, and anything else may or may not survive a crash, in any combination.
// Faults are set by call number: every method of FS and of File is one call. It is safe for concurrent use.
type Mem struct {
	mu      sync.Mutex
	root    *node
	pending []nameOp       // changes of names that no SyncDir has made durable, oldest first
	locks   map[string]int // how many have the shared lock, or exclusively
	calls   []Call
	faults  map[int]fault
	stopAt  int // 0 is never
	fullAt  int // 0 is never
	full    error
	clock   int64
	time    func() time.Time
}

// Call is one call of a Mem's methods.
type Call struct {
	Op   string // create, open, link, rename, remove, mkdir, readdir, stat, syncdir, lock, lockshared; read, write, sync, size, close
	Name string
}

type fault struct {
	err  error
	done bool // the call has its effect all the same
}

// node is a file or folder. What is durable is kept beside what is seen.
type node struct {
	dir     bool
	names   map[string]*node
	durable map[string]*node
	data    []byte
	synced  int // so many bytes of data are durable: files only grow
	mtime   time.Time
}

// nameOp is a change of names that is durable as a whole or not at all; a nil node takes the name away.
type nameOp struct{ edits []nameEdit }

type nameEdit struct {
	dir  *node
	name string
	to   *node
}

// NewMem gives an empty file system with a root folder "/".
func NewMem() *Mem { return &Mem{root: newDir(), locks: map[string]int{}, faults: map[int]fault{}} }

func newDir() *node {
	return &node{dir: true, names: map[string]*node{}, durable: map[string]*node{}}
}

// Calls gives the number of calls so far.
func (m *Mem) Calls() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.calls)
}

// Trace gives the calls so far.
func (m *Mem) Trace() []Call {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.calls)
}

// FailAt makes the k-th call, from 1, fail with err and do nothing.
func (m *Mem) FailAt(k int, err error) { m.fail(k, fault{err: err}) }

// FailAfter makes the k-th call do its work and fail with err all the same, as a request whose answer was lost.
func (m *Mem) FailAfter(k int, err error) { m.fail(k, fault{err: err, done: true}) }

func (m *Mem) fail(k int, f fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults[k] = f
}

// StopAt makes the k-th call, from 1, and all later ones fail with ErrStopped and do nothing. Crash then shows what the
// disk holds.
func (m *Mem) StopAt(k int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopAt = k
}

// FullAt makes the k-th call, from 1, and all later ones that take space fail with err and do nothing, until Free.
func (m *Mem) FullAt(k int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fullAt, m.full = k, err
}

// Free ends what FullAt began.
func (m *Mem) Free() { m.FullAt(0, nil) }

// takesSpace are the calls that a full disk refuses.
var takesSpace = map[string]bool{"create": true, "link": true, "write": true}

// do counts a call and runs it unless a fault says otherwise.
func (m *Mem) do(op, name string, run func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, Call{op, name})
	k := len(m.calls)
	if m.stopAt > 0 && k >= m.stopAt {
		return &fs.PathError{Op: op, Path: name, Err: ErrStopped}
	}
	if m.fullAt > 0 && k >= m.fullAt && takesSpace[op] {
		return &fs.PathError{Op: op, Path: name, Err: m.full}
	}
	f, faulty := m.faults[k]
	if faulty && !f.done {
		return &fs.PathError{Op: op, Path: name, Err: f.err}
	}
	err := run()
	if err == nil && faulty {
		err = f.err
	}
	if err == nil || err == io.EOF {
		return err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// find walks to a node.
func (m *Mem) find(name string) (*node, error) {
	at := m.root
	for part := range strings.SplitSeq(filepath.ToSlash(filepath.Clean(name)), "/") {
		if part == "" || part == "." {
			continue
		}
		if !at.dir {
			return nil, errors.New("not a directory")
		}
		next, ok := at.names[part]
		if !ok {
			return nil, fs.ErrNotExist
		}
		at = next
	}
	return at, nil
}

// parent finds the folder that name is or would be in.
func (m *Mem) parent(name string) (*node, string, error) {
	name = filepath.Clean(name)
	dir, err := m.find(filepath.Dir(name))
	if err != nil {
		return nil, "", err
	}
	if !dir.dir {
		return nil, "", errors.New("not a directory")
	}
	return dir, filepath.Base(name), nil
}

// edit changes names in sight and notes the change as not durable yet.
func (m *Mem) edit(edits ...nameEdit) {
	for _, e := range edits {
		e.apply(e.dir.names)
	}
	m.pending = append(m.pending, nameOp{edits})
}

func (e nameEdit) apply(names map[string]*node) {
	if e.to == nil {
		delete(names, e.name)
	} else {
		names[e.name] = e.to
	}
}

// SetClock makes the times of files those of a clock; without one they are some of 2023 that grow from call to call. The
// clock is asked while the file system is held.
func (m *Mem) SetClock(now func() time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.time = now
}

func (m *Mem) now() time.Time {
	if m.time != nil {
		return m.time()
	}
	m.clock++
	return time.UnixMicro(1_700_000_000_000_000 + m.clock)
}

// Create implements FS.
func (m *Mem) Create(name string) (File, error) {
	n := &node{}
	err := m.do("create", name, func() error {
		dir, base, err := m.parent(name)
		if err != nil {
			return err
		}
		if dir.names[base] != nil {
			return fs.ErrExist
		}
		n.mtime = m.now()
		m.edit(nameEdit{dir, base, n})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &memFile{m: m, n: n, name: name, writable: true}, nil
}

// Open implements FS.
func (m *Mem) Open(name string) (File, error) {
	var n *node
	err := m.do("open", name, func() (err error) {
		n, err = m.find(name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &memFile{m: m, n: n, name: name}, nil
}

// Link implements FS.
func (m *Mem) Link(oldname, newname string) error {
	return m.do("link", newname, func() error {
		n, err := m.find(oldname)
		if err != nil {
			return err
		}
		dir, base, err := m.parent(newname)
		if err != nil {
			return err
		}
		if dir.names[base] != nil {
			return fs.ErrExist
		}
		m.edit(nameEdit{dir, base, n})
		return nil
	})
}

// Rename implements FS. It is atomic, and in a crash too: both names change or none.
func (m *Mem) Rename(oldname, newname string) error {
	return m.do("rename", newname, func() error {
		n, err := m.find(oldname)
		if err != nil {
			return err
		}
		from, oldBase, err := m.parent(oldname)
		if err != nil {
			return err
		}
		to, newBase, err := m.parent(newname)
		if err != nil {
			return err
		}
		m.edit(nameEdit{from, oldBase, nil}, nameEdit{to, newBase, n})
		return nil
	})
}

// Remove implements FS.
func (m *Mem) Remove(name string) error {
	return m.do("remove", name, func() error {
		n, err := m.find(name)
		if err != nil {
			return err
		}
		if len(n.names) > 0 {
			return errors.New("directory not empty")
		}
		dir, base, err := m.parent(name)
		if err != nil {
			return err
		}
		m.edit(nameEdit{dir, base, nil})
		return nil
	})
}

// MkdirAll implements FS.
func (m *Mem) MkdirAll(name string) error {
	return m.do("mkdir", name, func() error {
		at := m.root
		for part := range strings.SplitSeq(filepath.ToSlash(filepath.Clean(name)), "/") {
			if part == "" || part == "." {
				continue
			}
			if at.names[part] == nil {
				n := newDir()
				n.mtime = m.now()
				m.edit(nameEdit{at, part, n})
			}
			if at = at.names[part]; !at.dir {
				return errors.New("not a directory")
			}
		}
		return nil
	})
}

// ReadDir implements FS.
func (m *Mem) ReadDir(name string) ([]fs.DirEntry, error) {
	var list []fs.DirEntry
	err := m.do("readdir", name, func() error {
		n, err := m.find(name)
		if err != nil {
			return err
		}
		if !n.dir {
			return errors.New("not a directory")
		}
		for base, c := range n.names {
			list = append(list, fs.FileInfoToDirEntry(c.info(base)))
		}
		slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		return nil
	})
	return list, err
}

// Stat implements FS.
func (m *Mem) Stat(name string) (fs.FileInfo, error) {
	var info fs.FileInfo
	err := m.do("stat", name, func() error {
		n, err := m.find(name)
		if err != nil {
			return err
		}
		info = n.info(filepath.Base(name))
		return nil
	})
	return info, err
}

// SyncDir implements FS.
func (m *Mem) SyncDir(name string) error {
	return m.do("syncdir", name, func() error {
		n, err := m.find(name)
		if err != nil {
			return err
		}
		if !n.dir {
			return errors.New("not a directory")
		}
		m.settle(n)
		return nil
	})
}

// settle makes the changes of dir durable. A change that spans two folders is settled as a whole, and takes with it the
// older changes of the names that it touches, so that none of those comes back later.
func (m *Mem) settle(dir *node) {
	take := make([]bool, len(m.pending))
	type place struct {
		dir  *node
		name string
	}
	touched := map[place]bool{}
	for i := len(m.pending) - 1; i >= 0; i-- {
		for _, e := range m.pending[i].edits {
			if e.dir == dir || touched[place{e.dir, e.name}] {
				take[i] = true
			}
		}
		if take[i] {
			for _, e := range m.pending[i].edits {
				touched[place{e.dir, e.name}] = true
			}
		}
	}
	var rest []nameOp
	for i, op := range m.pending {
		if !take[i] {
			rest = append(rest, op)
			continue
		}
		for _, e := range op.edits {
			e.apply(e.dir.durable)
		}
	}
	m.pending = rest
}

// exclusively is the lock of one.
const exclusively = -1

// Lock implements FS.
func (m *Mem) Lock(name string) (io.Closer, error) { return m.lock("lock", name, exclusively) }

// LockShared implements FS.
func (m *Mem) LockShared(name string) (io.Closer, error) { return m.lock("lockshared", name, 1) }

func (m *Mem) lock(op, name string, n int) (io.Closer, error) {
	name = filepath.Clean(name)
	err := m.do(op, name, func() error {
		if held := m.locks[name]; held == exclusively || n == exclusively && held > 0 {
			return ErrLocked
		}
		dir, base, err := m.parent(name)
		if err != nil {
			return err
		}
		if dir.names[base] == nil {
			m.edit(nameEdit{dir, base, &node{mtime: m.now()}})
		}
		m.locks[name] += n
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &memLock{m: m, name: name, n: n}, nil
}

type memLock struct {
	m      *Mem
	name   string
	n      int
	closed bool
}

func (l *memLock) Close() error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	if l.closed {
		return fs.ErrClosed
	}
	l.closed = true
	l.m.locks[l.name] -= l.n
	return nil
}

// memFile is an open file.
type memFile struct {
	m        *Mem
	n        *node
	name     string
	at       int
	writable bool
	closed   bool
}

func (f *memFile) do(op string, run func() error) error {
	return f.m.do(op, f.name, func() error {
		if f.closed {
			return fs.ErrClosed
		}
		if f.n.dir {
			return errors.New("is a directory")
		}
		return run()
	})
}

func (f *memFile) Read(p []byte) (n int, err error) {
	err = f.do("read", func() error {
		if f.at >= len(f.n.data) && len(p) > 0 {
			return io.EOF
		}
		n = copy(p, f.n.data[f.at:])
		f.at += n
		return nil
	})
	return n, err
}

func (f *memFile) ReadAt(p []byte, off int64) (n int, err error) {
	err = f.do("read", func() error {
		if off < 0 || off > int64(len(f.n.data)) {
			return io.EOF
		}
		if n = copy(p, f.n.data[off:]); n < len(p) {
			return io.EOF
		}
		return nil
	})
	return n, err
}

func (f *memFile) Write(p []byte) (n int, err error) {
	err = f.do("write", func() error {
		if !f.writable {
			return fs.ErrPermission
		}
		f.n.data = append(f.n.data, p...)
		f.n.mtime = f.m.now()
		n = len(p)
		return nil
	})
	return n, err
}

func (f *memFile) Sync() error {
	return f.do("sync", func() error {
		f.n.synced = len(f.n.data)
		return nil
	})
}

func (f *memFile) Size() (size int64, err error) {
	err = f.do("size", func() error {
		size = int64(len(f.n.data))
		return nil
	})
	return size, err
}

func (f *memFile) Close() error {
	return f.do("close", func() error {
		f.closed = true
		return nil
	})
}

// info is a snapshot of a node under a name.
func (n *node) info(name string) fs.FileInfo {
	return memInfo{name: name, size: int64(len(n.data)), dir: n.dir, mtime: n.mtime}
}

type memInfo struct {
	name  string
	size  int64
	dir   bool
	mtime time.Time
}

func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return i.size }
func (i memInfo) ModTime() time.Time { return i.mtime }
func (i memInfo) IsDir() bool        { return i.dir }
func (i memInfo) Sys() any           { return nil }
func (i memInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o755
	}
	return 0o644
}
