package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the memory that a zstd file may ask for: what `zstd --long` writes by default.
const maxWindow = 128 << 20

// unpack gives a file's content, by the ending of its name.
func unpack(raw *rawFile) (io.ReadCloser, error) {
	p := &packedFile{raw: raw}
	var err error
	switch {
	case strings.HasSuffix(raw.want.Path, ".gz"):
		p.kind = "gzip"
		err = p.gzip()
	case strings.HasSuffix(raw.want.Path, ".zst"):
		p.kind = "zstd"
		err = p.zstd()
	default:
		return raw, nil
	}
	if err != nil {
		return nil, p.wrong(err)
	}
	return p, nil
}

// packedFile is a compressed file as its content.
type packedFile struct {
	raw  *rawFile
	kind string
	in   io.Reader
	done func()
}

func (p *packedFile) gzip() error {
	z, err := gzip.NewReader(p.raw)
	if err != nil {
		return err
	}
	p.in, p.done = z, func() { z.Close() }
	return nil
}

func (p *packedFile) zstd() error {
	if p.raw.want.Size == 0 {
		return io.ErrUnexpectedEOF // zstd would take it for no frames
	}
	z, err := zstd.NewReader(p.raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return err
	}
	p.in, p.done = z, z.Close
	return nil
}

func (p *packedFile) Read(b []byte) (int, error) {
	n, err := p.in.Read(b)
	if err != nil && err != io.EOF {
		err = p.wrong(err)
	}
	return n, err
}

func (p *packedFile) Close() error {
	p.done()
	return p.raw.Close()
}

// wrong says what is wrong with the file.
func (p *packedFile) wrong(err error) error {
	var disk *fs.PathError
	switch {
	case errors.Is(err, ErrChanged), errors.As(err, &disk):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("it is truncated: its %s data has no end; write it again, and rename it into place when it is complete: %w", p.kind, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("it is not a sound %s file: %w", p.kind, err)
}
