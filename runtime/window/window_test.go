package window

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func TestShowsTheWholeStream(t *testing.T) {
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(i ^ i>>8 ^ i>>16)
	}
	rapid.Check(t, func(t *rapid.T) {
		var w Window
		for range 2 { // with the buffer of the first stream
			size := rapid.IntRange(0, len(data)).Draw(t, "size")
			w.Reset(&chunks{data: data[:size], n: rapid.IntRange(1, 100_000).Draw(t, "chunk")})
			step := rapid.IntRange(1, 200_000).Draw(t, "step")
			at := 0
			for more := true; more; {
				for more && len(w.Bytes()) < step {
					more = w.Fill()
				}
				if w.Offset() != int64(at) || !bytes.HasPrefix(data[at:size], w.Bytes()) {
					t.Fatalf("at %d, not %d, or other bytes", w.Offset(), at)
				}
				n := min(step, len(w.Bytes()))
				w.Pass(n)
				at += n
			}
			if at+len(w.Bytes()) != size || w.Err() != nil || w.Fill() {
				t.Fatalf("ends at %d of %d: %v", at, size, w.Err())
			}
			if len(w.buf) > 4*200_000 {
				t.Fatalf("a buffer of %d bytes for records of at most 200000", len(w.buf))
			}
		}
	})
}

// chunks gives at most n bytes a read.
type chunks struct {
	data []byte
	n    int
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), c.n)], c.data)
	c.data = c.data[n:]
	return n, nil
}

func TestErrors(t *testing.T) {
	cause := errors.New("broken")
	var w Window
	w.Reset(iotest.DataErrReader(io.MultiReader(bytes.NewReader([]byte("abc")), iotest.ErrReader(cause))))
	for w.Fill() {
	}
	if string(w.Bytes()) != "abc" || w.Err() != cause {
		t.Errorf("%q, %v", w.Bytes(), w.Err())
	}
	w.Reset(nothing{})
	if w.Fill() || w.Err() != io.ErrNoProgress {
		t.Errorf("%v", w.Err())
	}
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }
