package flow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/value"
)

// Parts of files of lines: as long as reading pays, and no longer than what is left to the second pass, which has a
// buffer of its own for lines without end.
const (
	partBytes    = 1 << 20
	mostPart     = 8 << 20
	linesAtATime = 3 // parts that the second pass holds
)

// twice takes plain files of JSON lines. Whether a file is one shows at its first byte.
func (in *folder[S, T]) twice(f files.File) bool {
	return (in.src.Format == JSON || in.src.Format == DebeziumJSON) && !in.src.Multiline && len(in.projects) == 1 && !packed(f) && f.Size > 0
}

func (in *folder[S, T]) parts(f files.File) (parts, error) {
	rc, err := files.Open(in.env.data, f)
	if err != nil {
		return nil, err
	}
	return &lineParts{file: f, src: rc, size: in.env.partBytes()}, nil
}

// lineParts cuts a file behind newlines.
type lineParts struct {
	file files.File
	src  io.ReadCloser
	size int    // of parts, at least
	rest []byte // read, of the next part
	at   int64
	n    int
	err  error // io.EOF once all is read
}

func (l *lineParts) Close() error { return l.src.Close() }

func (l *lineParts) next(p *part) (bool, error) {
	p.data = append(p.data[:0], l.rest...)
	l.rest = l.rest[:0]
	seen := 0
	for want := l.size; ; want *= 2 {
		if want > max(mostPart, l.size) {
			return false, errWhole
		}
		if err := l.fill(p, want); err != nil {
			return false, err
		}
		if l.err == io.EOF {
			break
		}
		if i := bytes.LastIndexByte(p.data[seen:], '\n'); i >= 0 {
			l.rest = append(l.rest, p.data[seen+i+1:]...)
			p.data = p.data[:seen+i+1]
			break
		}
		seen = len(p.data)
	}
	if len(p.data) == 0 {
		return false, nil
	}
	if l.n == 0 {
		if err := l.start(p); err != nil {
			return false, err
		}
	}
	p.file, p.number, p.at, p.bytes = l.file, l.n, l.at, int64(len(p.data))
	l.at += p.bytes
	l.n++
	return true, nil
}

// start passes over a byte order mark, and finds files that are more than lines. jsonr.Splitter has the rules.
func (l *lineParts) start(p *part) error {
	if bytes.HasPrefix(p.data, bom) {
		p.data = p.data[len(bom):]
		l.at = int64(len(bom))
	}
	if len(p.data) == 0 {
		return errWhole
	}
	switch p.data[0] {
	case '[', ' ', '\t', '\r', '\n':
		return errWhole
	}
	return nil
}

var bom = []byte("\xEF\xBB\xBF")

// fill reads until the part has so many bytes.
func (l *lineParts) fill(p *part, want int) error {
	if cap(p.data) < want {
		p.data = append(make([]byte, 0, want), p.data...)
	}
	for len(p.data) < want && l.err == nil {
		var n int
		n, l.err = l.src.Read(p.data[len(p.data):want])
		p.data = p.data[:len(p.data)+n]
	}
	if l.err != io.EOF {
		return l.err
	}
	return nil
}

func (in *folder[S, T]) scout() scout {
	return &lineScout[S, T]{taker: taker[S, T]{input: in.input}}
}

// lineScout is the taker of a first pass, which takes nothing.
type lineScout[S, T any] struct{ taker[S, T] }

func (in *lineScout[S, T]) look(p *part) error {
	in.meta = Meta{FilePath: p.file.Path, FileModTime: value.TimestampOf(p.file.ModTime)}
	p.hash = value.Hash(p.data)
	l := lineCutter{data: p.data}
	for l.next() {
		in.sight(p, l.record)
	}
	p.lines = l.lines
	return nil
}

// sight notes what a record is. Whatever makes it a bad one is for the second pass.
func (in *lineScout[S, T]) sight(p *part, raw []byte) {
	some, err := in.decodeJSON(raw)
	switch {
	case err != nil:
		p.keep()
		return
	case !some:
		p.leaveOut()
		return
	}
	ok, err := in.projectOne(in.projects[0])
	switch {
	case err != nil, in.change.Truncate:
		p.keep()
	case !ok:
		p.leaveOut()
	default:
		p.offer(&in.change)
	}
}

// lineCutter gives the records of whole lines.
type lineCutter struct {
	data   []byte
	at     int // the next line
	record []byte
	offset int   // of record
	lines  int64 // that were passed
}

// next goes to the next record, which is a line that is not blank.
func (l *lineCutter) next() bool {
	for l.at < len(l.data) {
		l.offset = l.at
		line := l.data[l.at:]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
			l.at++
		}
		l.at += len(line)
		l.lines++
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if !blankLine(line) {
			l.record = line
			return true
		}
	}
	return false
}

func blankLine(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// line is a record that matters, in the bytes of its part.
type line struct {
	from, to int
	number   int64
}

// someLines is a part of a file with the records that matter.
type someLines struct {
	data  []byte
	at    int64
	lines []line
	err   error
}

// readSome takes the records of a file that the first pass has left. Reading and cutting go on beside.
func (in *folder[S, T]) readSome(ctx context.Context, rc io.ReadCloser, b *batch, some *survivors) error {
	defer rc.Close()
	src, plain := rc.(files.Plain)
	if !plain {
		return errNotPlain
	}
	full, empty, stop := make(chan *someLines, linesAtATime), make(chan *someLines, linesAtATime), make(chan struct{})
	for range linesAtATime {
		empty <- new(someLines)
	}
	go func() {
		defer close(full)
		some.fetch(src, full, empty, stop)
	}()
	defer func() {
		close(stop)
		for range full { // until the goroutine has ended
		}
	}()
	for s := range full {
		if s.err != nil {
			return s.err
		}
		for _, l := range s.lines {
			b.counts.Read++
			in.meta.Line = l.number
			raw, offset := s.data[l.from:l.to], s.at+int64(l.from)
			if err := in.takeJSON(raw); err != nil {
				if err := in.failed(ctx, b, err, in.rejected(raw, offset)); err != nil {
					return err
				}
			}
			if err := b.tick(ctx, offset); err != nil {
				return err
			}
		}
		empty <- s
	}
	return src.Check()
}

var errNotPlain = errors.New("a packed file cannot be read twice")

// fetch reads the parts of a file in which records matter.
func (k *survivors) fetch(src io.ReaderAt, full chan<- *someLines, empty <-chan *someLines, stop <-chan struct{}) {
	for i := range k.marks {
		until := k.records
		if i+1 < len(k.marks) {
			until = k.marks[i+1].records
		}
		if !k.any(k.marks[i].records, until) {
			continue
		}
		var s *someLines
		select {
		case s = <-empty:
		case <-stop:
			return
		}
		s.err = s.read(src, k, &k.marks[i], until)
		select {
		case full <- s:
		case <-stop:
			return
		}
		if s.err != nil {
			return
		}
	}
}

// read reads the part at m, whose records end at until. It must be what the first pass has read.
func (s *someLines) read(src io.ReaderAt, k *survivors, m *mark, until int) error {
	if int64(cap(s.data)) < m.bytes {
		s.data = make([]byte, m.bytes)
	}
	s.data, s.at, s.lines = s.data[:m.bytes], m.at, s.lines[:0]
	if n, err := src.ReadAt(s.data, m.at); n < len(s.data) {
		if err != io.EOF {
			return err
		}
		return fmt.Errorf("%w (it was cut off)", files.ErrChanged)
	}
	if value.Hash(s.data) != m.hash {
		return fmt.Errorf("%w (it was written to)", files.ErrChanged)
	}
	record := m.records
	for l := (lineCutter{data: s.data}); l.next(); record++ {
		if k.has(record) {
			s.lines = append(s.lines, line{l.offset, l.offset + len(l.record), m.lines + l.lines})
		}
	}
	return nil
}
