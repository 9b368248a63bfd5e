package state

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// A snapshot's files are images: sections of memory as it is, one after the other, then what they are as JSON with a
// checksum of each, then length and checksum of that. So a start reads each byte once, into the place where it is used,
// on all processors.

// imageHead is what an image says of itself.
type imageHead struct {
	Stamp Stamp    `json:"stamp"`
	Files []string `json:"files"` // numbers from where the image before ends
	// After is the id of the image that this one is a part to, 0 of a whole one.
	After uint64 `json:"after,omitempty"`
	Seed  uint64 `json:"seed"`
	Room  int    `json:"room"`
	Slabs []int  `json:"slabs"` // bytes in use of each
	Long  []int  `json:"long,omitempty"`
	Slots []int  `json:"slots,omitempty"` // hashes of each shard
	// Changed is how many entries of earlier images have changed.
	Changed  int       `json:"changed,omitempty"`
	Sections []section `json:"sections"`
	id       uint64
	size     int64 // of the file
}

// section is a piece of an image with a checksum of its own.
type section struct {
	Bytes int    `json:"bytes"`
	Sum   uint64 `json:"sum"`
}

const imageMagic = "seamflow state 3\n"

// imageWriter writes an image. Its first error latches.
type imageWriter struct {
	f    vfs.File
	head imageHead
	buf  []byte
	err  error
}

// writeImage makes a file of what fill writes, and puts it in the place of name only once all of it is on disk.
func writeImage(fsys vfs.FS, name string, head imageHead, fill func(*imageWriter)) (imageHead, error) {
	dir := path.Dir(name)
	if err := fsys.MkdirAll(dir); err != nil {
		return head, fmt.Errorf("state snapshot: %w", err)
	}
	tmp := name + ".tmp"
	_ = fsys.Remove(tmp) // of a run that was killed while saving; Create tells if it is still there
	f, err := fsys.Create(tmp)
	if err != nil {
		return head, fmt.Errorf("state snapshot %s: %w", tmp, err)
	}
	w := &imageWriter{f: f, head: head}
	w.write([]byte(imageMagic))
	fill(w)
	w.finish()
	if w.err == nil {
		w.err = f.Sync()
	}
	if err := errors.Join(w.err, f.Close()); err != nil {
		_ = fsys.Remove(tmp)
		return head, fmt.Errorf("state snapshot %s: %w", tmp, err)
	}
	if err := fsys.Rename(tmp, name); err != nil {
		return head, fmt.Errorf("state snapshot: %w", err)
	}
	return w.head, fsys.SyncDir(dir)
}

func (w *imageWriter) write(b []byte) {
	if w.err != nil {
		return
	}
	_, w.err = w.f.Write(b)
	w.head.size += int64(len(b))
}

// section writes a piece of at most sectionBytes.
func (w *imageWriter) section(b []byte) {
	w.head.Sections = append(w.head.Sections, section{len(b), xxh3.Hash(b)})
	w.write(b)
}

// sectionBytes bounds what is read before its checksum is known.
const sectionBytes = 256 << 10

// memory writes b in sections.
func (w *imageWriter) memory(b []byte) {
	for len(b) > 0 {
		n := min(len(b), sectionBytes)
		w.section(b[:n])
		b = b[n:]
	}
}

func (w *imageWriter) finish() {
	head, err := json.Marshal(w.head)
	w.err = errors.Join(w.err, err)
	w.head.id = xxh3.Hash(head)
	w.write(head)
	w.write(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), w.head.id))
}

// readHead gives what an image says of itself. Nothing of it is believed without its checksum: a length that is wrong
// would ask for any amount of memory.
func readHead(f vfs.File) (h imageHead, err error) {
	size, err := f.Size()
	if err != nil {
		return h, err
	}
	magic, tail := make([]byte, len(imageMagic)), make([]byte, 16)
	if size < int64(len(magic)+len(tail)) {
		return h, errors.New("it is too short")
	}
	if err := readAt(f, magic, 0); err != nil || string(magic) != imageMagic {
		return h, errors.New("no header")
	}
	if err := readAt(f, tail, size-16); err != nil {
		return h, err
	}
	n := binary.LittleEndian.Uint64(tail)
	if n > uint64(size)-uint64(len(magic)+len(tail)) {
		return h, errors.New("its end is cut off")
	}
	text := make([]byte, n)
	if err := readAt(f, text, size-16-int64(n)); err != nil {
		return h, err
	}
	h.id = binary.LittleEndian.Uint64(tail[8:])
	if xxh3.Hash(text) != h.id {
		return h, errors.New("checksum")
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, err
	}
	h.size = int64(len(magic)) + int64(n) + 16
	for _, s := range h.Sections {
		h.size += int64(s.Bytes)
	}
	if h.size != size {
		return h, errors.New("its length is not what it says")
	}
	return h, nil
}

func readAt(f vfs.File, b []byte, at int64) error {
	if n, err := f.ReadAt(b, at); n < len(b) {
		return errors.Join(err, io.ErrUnexpectedEOF)
	}
	return nil
}

// imageReader gives the sections of an image, in the order in which they were written.
type imageReader struct {
	f    vfs.File
	left []section
	at   int64
	jobs []func(buf []byte) error
}

func newImageReader(f vfs.File, h *imageHead) *imageReader {
	return &imageReader{f: f, left: h.Sections, at: int64(len(imageMagic))}
}

var errShape = errors.New("its sections are not those of its contents")

// load is a section and where it is.
type load struct {
	section
	at int64
}

// next takes the next section.
func (r *imageReader) next() (load, error) {
	if len(r.left) == 0 || r.left[0].Bytes > sectionBytes {
		return load{}, errShape
	}
	l := load{r.left[0], r.at}
	r.at += int64(l.Bytes)
	r.left = r.left[1:]
	return l, nil
}

// take gives the sections that n bytes were written as.
func (r *imageReader) take(n int) (all []load, err error) {
	for ; n > 0; n -= sectionBytes {
		l, err := r.next()
		if err != nil || l.Bytes != min(n, sectionBytes) {
			return nil, errShape
		}
		all = append(all, l)
	}
	return all, nil
}

// memory has the next bytes read into b by run.
func (r *imageReader) memory(b []byte) error {
	all, err := r.take(len(b))
	for _, l := range all {
		into := b[:l.Bytes]
		b = b[l.Bytes:]
		r.jobs = append(r.jobs, func([]byte) error { return l.read(r.f, into) })
	}
	return err
}

// read reads the next section into buf, which has room for any.
func (r *imageReader) read(buf []byte) ([]byte, error) {
	l, err := r.next()
	if err != nil {
		return nil, err
	}
	return buf[:l.Bytes], l.read(r.f, buf[:l.Bytes])
}

func (l *load) read(f vfs.File, into []byte) error {
	if err := readAt(f, into, l.at); err != nil {
		return err
	}
	if xxh3.Hash(into) != l.Sum {
		return fmt.Errorf("checksum of the %d bytes at %d", l.Bytes, l.at)
	}
	return nil
}

// run does the jobs on all processors. A job may use the buffer that it is given, of the size of a section.
func (r *imageReader) run() error {
	workers := min(runtime.GOMAXPROCS(0), len(r.jobs), maxLoaders)
	var next atomic.Int64
	errs := make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			buf := make([]byte, sectionBytes)
			for i := next.Add(1); errs[w] == nil && int(i) <= len(r.jobs); i = next.Add(1) {
				errs[w] = r.jobs[i-1](buf)
			}
		})
	}
	all.Wait()
	r.jobs = r.jobs[:0]
	return errors.Join(errs...)
}

const maxLoaders = 4 // more only wait for memory

// done fails if there is more than was asked for.
func (r *imageReader) done() error {
	if len(r.left) > 0 {
		return errShape
	}
	return nil
}
