package flow

import (
	"errors"
	"io"
	"sync"
)

// readAhead reads (and unpacks) the next part of a file while the one before is decoded. Close waits for its goroutine.
type readAhead struct {
	src   io.ReadCloser
	full  chan chunk
	empty chan []byte
	stop  chan struct{}
	once  sync.Once
	done  chan struct{}
	cur   chunk
	rest  []byte
}

type chunk struct {
	data []byte
	err  error
}

const (
	aheadChunks = 3
	aheadBytes  = 1 << 20
)

var errClosed = errors.New("read of a closed file")

func newReadAhead(src io.ReadCloser) *readAhead {
	r := &readAhead{
		src:   src,
		full:  make(chan chunk, aheadChunks),
		empty: make(chan []byte, aheadChunks),
		stop:  make(chan struct{}),
		done:  make(chan struct{}),
	}
	go r.fill()
	return r
}

// fill makes its buffers as they are needed: most files are smaller than one.
func (r *readAhead) fill() {
	defer close(r.done)
	made := 0
	size := aheadBytes / 16
	for {
		var buf []byte
		select {
		case buf = <-r.empty:
		default:
			if made < aheadChunks {
				buf, made = make([]byte, size), made+1
				size = aheadBytes
				break
			}
			select {
			case buf = <-r.empty:
			case <-r.stop:
				return
			}
		}
		n, err := readFull(r.src, buf[:cap(buf)])
		select {
		case r.full <- chunk{buf[:n], err}:
		case <-r.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// readFull is io.ReadFull that gives the stream's own error.
func readFull(src io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = src.Read(buf[n:])
		n += m
	}
	return n, err
}

func (r *readAhead) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.cur.err != nil {
			return 0, r.cur.err
		}
		if r.cur.data != nil {
			r.empty <- r.cur.data
		}
		select {
		case r.cur = <-r.full:
			r.rest = r.cur.data
		case <-r.stop:
			return 0, errClosed
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *readAhead) Close() error {
	r.once.Do(func() { close(r.stop) })
	<-r.done
	return r.src.Close()
}
