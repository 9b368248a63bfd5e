package column

import (
	"encoding/binary"

	"github.com/klauspost/compress/s2"
	"github.com/parquet-go/parquet-go/compress/snappy"
)

// snappyCodec is Snappy at its fastest: the library's own choice saves a tenth of the size and costs far more time.
type snappyCodec struct{ snappy.Codec }

const (
	// sampled is the size from which a page is compressed only if a part of it shrinks: indexes of a dictionary do not,
	// and the dictionary, which has the same codec, does.
	sampled = 64 << 10
	sample  = 16 << 10
)

func (*snappyCodec) Encode(dst, src []byte) ([]byte, error) {
	if len(src) < sampled {
		return s2.EncodeSnappy(dst, src), nil
	}
	if dst = s2.EncodeSnappy(dst, src[len(src)/2:][:sample]); len(dst) > sample-sample/16 {
		return appendStored(dst[:0], src), nil
	}
	return s2.EncodeSnappy(dst[:cap(dst)], src), nil
}

// appendStored appends what Snappy makes of bytes that do not shrink.
func appendStored(dst, src []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(src)))
	const most = 1 << 16
	for len(src) > 0 {
		n := min(len(src), most)
		// A literal with two bytes of length.
		dst = append(dst, 61<<2, byte(n-1), byte((n-1)>>8))
		dst, src = append(dst, src[:n]...), src[n:]
	}
	return dst
}
