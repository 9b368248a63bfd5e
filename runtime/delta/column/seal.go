package column

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"

	"github.com/parquet-go/parquet-go/format"
	"github.com/zeebo/xxh3"
)

// Pages carry checksums in Parquet, and the footer none: a bit that flips in the name of a column makes it one that is not
// there, whose values read as NULL. Footers of ours say what they sum up to, in the key-value metadata that everybody else
// reads over; the sum counts as zeros in itself.

const (
	sealKey  = "seamflow.footer"
	sealMark = "xxh3:"
	sealZero = "0000000000000000"
)

var errSeal = errors.New("parquet: the footer was changed after it was written (its checksum does not fit)")

func sealSpace() []format.KeyValue {
	return []format.KeyValue{{Key: sealKey, Value: sealMark + sealZero}}
}

// sealAt gives where the sum stands in a footer, if it has one.
func sealAt(footer []byte) (at int, ok bool) {
	key := bytes.LastIndex(footer, []byte(sealKey))
	if key < 0 {
		return 0, false
	}
	after := key + len(sealKey)
	mark := bytes.Index(footer[after:], []byte(sealMark))
	at = after + mark + len(sealMark)
	return at, mark >= 0 && at+len(sealZero) <= len(footer)
}

func seal(footer []byte) {
	if at, ok := sealAt(footer); ok {
		copy(footer[at:], sumOf(footer, at))
	}
}

func sumOf(footer []byte, at int) string {
	h := xxh3.New()
	h.Write(footer[:at])
	h.WriteString(sealZero)
	h.Write(footer[at+len(sealZero):])
	sum := h.Sum128().Bytes()
	return hex.EncodeToString(sum[:len(sealZero)/2])
}

func checkSeal(footer []byte) error {
	if at, ok := sealAt(footer); ok && sumOf(footer, at) != string(footer[at:at+len(sealZero)]) {
		return errSeal
	}
	return nil
}

// CheckFooter checks the footer of a Parquet file of size bytes that OpenFile is not to read: that it is there, and what
// was written, if it says so.
func CheckFooter(r io.ReaderAt, size int64) (err error) {
	defer recovered(&err)
	f := &File{r: r, size: size}
	return f.readFooter()
}
