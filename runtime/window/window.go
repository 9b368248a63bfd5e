// Package window shows a stream through a buffer that slides over it, for readers that cut it into records (jsonr,
// csvr). What they return shares the buffer; it moves only when more is read.
package window

import "io"

const firstSize = 64 << 10

// Window is the part of a stream that was read and not yet passed.
type Window struct {
	rd       io.Reader
	buf      []byte
	from, to int
	offset   int64 // of buf[from] in the stream
	err      error // of rd; io.EOF at the stream's end
}

// Reset begins with a new stream and keeps the buffer.
func (w *Window) Reset(rd io.Reader) {
	w.rd, w.from, w.to, w.offset, w.err = rd, 0, 0, 0, nil
}

// Bytes is what was read and not yet passed. It stays as it is until the next Fill or Reset.
func (w *Window) Bytes() []byte { return w.buf[w.from:w.to] }

// Offset is where Bytes begins in the stream.
func (w *Window) Offset() int64 { return w.offset }

// Pass moves over n of Bytes.
func (w *Window) Pass(n int) {
	w.from += n
	w.offset += int64(n)
}

// Err is the stream's error, nil at its proper end.
func (w *Window) Err() error {
	if w.err == io.EOF {
		return nil
	}
	return w.err
}

// Fill makes Bytes longer. It is false at the end of the stream or at its error, which Err tells apart.
func (w *Window) Fill() bool {
	if w.err != nil {
		return false
	}
	w.room()
	for range 100 {
		n, err := w.rd.Read(w.buf[w.to:])
		w.to += n
		w.err = err
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	w.err = io.ErrNoProgress
	return false
}

// room makes place behind to: by moving the bytes to the front where that is cheap, else by a buffer of twice the size.
func (w *Window) room() {
	switch {
	case w.from == w.to:
		w.from, w.to = 0, 0
	case w.to < len(w.buf):
		return
	case w.from >= len(w.buf)/2:
		w.to = copy(w.buf, w.buf[w.from:w.to])
		w.from = 0
	default:
		grown := make([]byte, 2*len(w.buf))
		w.to = copy(grown, w.buf[w.from:w.to])
		w.buf, w.from = grown, 0
	}
	if len(w.buf) == 0 {
		w.buf = make([]byte, firstSize)
	}
}
