package column

import (
	"encoding/binary"
	"errors"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

var errThrift = errors.New("broken metadata")

// decodeThrift reads a struct from the start of b and returns its length. The decoder believes the sizes of lists, which
// it makes room for, so they are checked first: a flipped bit must not take all memory.
func decodeThrift(b []byte, into any) (n int, err error) {
	w := thriftWalk{b: b}
	if !w.value(12, 0, 0) {
		return 0, errThrift
	}
	r := new(thrift.CompactProtocol).NewReaderFromBytes(b[:w.at])
	if err := thrift.NewDecoder(r).Decode(into); err != nil {
		return 0, err
	}
	return w.at, nil
}

// thriftWalk goes over values of the compact protocol.
type thriftWalk struct {
	b  []byte
	at int
}

const maxThriftDepth = 32

// value passes a value of a type as lists and fields name it, and of a field's number; a boolean is one of a list.
func (w *thriftWalk) value(typ byte, depth, field int) bool {
	if depth > maxThriftDepth {
		return false
	}
	switch typ {
	case 1, 2, 3: // booleans, byte
		return w.skip(1)
	case 4, 5, 6: // integers
		_, ok := w.uvarint()
		return ok
	case 7: // double
		return w.skip(8)
	case 8: // bytes
		n, ok := w.uvarint()
		return ok && n <= uint64(len(w.b)) && w.skip(int(n))
	case 9, 10: // list, set
		return w.list(depth, field)
	case 12:
		return w.fields(depth)
	}
	return false // Parquet's metadata has no maps
}

func (w *thriftWalk) fields(depth int) bool {
	field := 0
	for {
		if w.at >= len(w.b) {
			return false
		}
		head := w.b[w.at]
		w.at++
		if head == 0 {
			return true
		}
		field += int(head >> 4)
		if head>>4 == 0 { // the field's number follows
			v, ok := w.uvarint()
			if !ok {
				return false
			}
			field = int(int16(unzigzag(v)))
		}
		if typ := head & 15; typ > 2 && !w.value(typ, depth+1, field) { // a boolean field is all in its head
			return false
		}
	}
}

func (w *thriftWalk) list(depth, field int) bool {
	if w.at >= len(w.b) {
		return false
	}
	head := w.b[w.at]
	w.at++
	n := uint64(head >> 4)
	if n == 15 {
		var ok bool
		if n, ok = w.uvarint(); !ok {
			return false
		}
	}
	if n > uint64(len(w.b)-w.at) { // no value is shorter than a byte
		return false
	}
	least := 0
	if head&15 == 12 {
		least = leastStruct(depth, field)
	}
	for ; n > 0; n-- {
		from := w.at
		if !w.value(head&15, depth+1, 0) || w.at-from < least {
			return false
		}
	}
	return true
}

// leastStruct is how many bytes an element of a list has. The decoder makes room for all elements at once, and shorter
// ones would make it a hundred times what the file has.
func leastStruct(depth, field int) int {
	switch {
	case depth == 3 && field == 1: // column chunks of a row group
		return 20
	case depth == 1 && field == 2: // of the schema
		return 5
	}
	return 3
}

func (w *thriftWalk) uvarint() (uint64, bool) {
	v, n := binary.Uvarint(w.b[w.at:])
	if n <= 0 {
		return 0, false
	}
	w.at += n
	return v, true
}

func (w *thriftWalk) skip(n int) bool {
	if n > len(w.b)-w.at {
		return false
	}
	w.at += n
	return true
}
