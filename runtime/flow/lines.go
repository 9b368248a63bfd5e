package flow

import (
	"bytes"
	"io"

	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/value"
)

// Parts of files of lines: as long as reading pays, and no longer than what is left to the second pass, which has a
// buffer of its own for lines without end.
const (
	partBytes = 1 << 19
	mostPart  = 8 << 20
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
	in.sightRecord(p)
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
