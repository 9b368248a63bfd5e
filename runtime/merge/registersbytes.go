package merge

import (
	"encoding/binary"
	"errors"
)

var errRegisters = errors.New("the registers of a key end inside a sequence")

// AppendRegisters appends reg as bytes: as many for all keys of a table whose sequences are of one width, so that an index
// can write over them.
//
// They are the width, then Row, Delete and each of Authors: a length and as many bytes, or 0 and as many zeros as the
// width. dst must not be memory that reg aliases.
func AppendRegisters(dst []byte, reg *Registers) []byte {
	width := len(reg.Sequence())
	dst = binary.AppendUvarint(dst, uint64(width))
	dst = appendRegister(dst, reg.Row, width)
	dst = appendRegister(dst, reg.Delete, width)
	for _, author := range reg.Authors {
		dst = appendRegister(dst, author, width)
	}
	return dst
}

func appendRegister(dst, seq []byte, width int) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(seq)))
	if len(seq) > 0 {
		return append(dst, seq...)
	}
	for range width {
		dst = append(dst, 0)
	}
	return dst
}

// ReadRegisters reads what AppendRegisters wrote; reg aliases src. Memory of reg.Authors is used again.
func ReadRegisters(src []byte, reg *Registers) error {
	reg.Reset()
	width, src, err := readLength(src)
	if err == nil {
		reg.Row, src, err = readRegister(src, width)
	}
	if err == nil {
		reg.Delete, src, err = readRegister(src, width)
	}
	for err == nil && len(src) > 0 {
		var author []byte
		author, src, err = readRegister(src, width)
		reg.Authors = append(reg.Authors, author)
	}
	return err
}

// RegistersSequence is Sequence of what AppendRegisters wrote, without reading all of it.
func RegistersSequence(src []byte) ([]byte, error) {
	var reg Registers
	width, src, err := readLength(src)
	if err == nil {
		reg.Row, src, err = readRegister(src, width)
	}
	if err == nil {
		reg.Delete, _, err = readRegister(src, width)
	}
	return reg.Sequence(), err
}

func readRegister(src []byte, width int) (seq, rest []byte, err error) {
	n, src, err := readLength(src)
	if err != nil {
		return nil, nil, err
	}
	if n > 0 {
		return src[:n:n], src[n:], nil
	}
	if width > len(src) {
		return nil, nil, errRegisters
	}
	return nil, src[width:], nil
}

// readLength reads the length of what follows; there is as much of it.
func readLength(src []byte) (n int, rest []byte, err error) {
	v, size := binary.Uvarint(src)
	if size <= 0 || v > uint64(len(src)-size) {
		return 0, nil, errRegisters
	}
	return int(v), src[size:], nil
}
