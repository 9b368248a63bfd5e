package delta

import (
	"bytes"
	"encoding/hex"

	"github.com/zeebo/xxh3"
)

// A version of ours is sealed: its first line, commitInfo, ends in a checksum of the whole text, for which the checksum
// itself counts as zeros. A log is JSON, in which most changes of a bit give another value and no error: another name of a
// domain is progress that is gone, another digit a file that is passed over.

const (
	sealMark = `,"seamflowSum":"`
	sealEnd  = `"}}`
	unsealed = "00000000000000000000000000000000"
)

// sealAt gives where the checksum stands in a version's text, if there is one.
func sealAt(text []byte) (at int, ok bool) {
	end := bytes.IndexByte(text, '\n')
	at = end - len(sealEnd) - len(unsealed)
	if at < len(sealMark) {
		return 0, false
	}
	return at, string(text[at-len(sealMark):at]) == sealMark && string(text[end-len(sealEnd):end]) == sealEnd
}

// seal puts the checksum into a text that has zeros for it.
func seal(text []byte) {
	if at, ok := sealAt(text); ok {
		hex.Encode(text[at:], sealOf(text, at))
	}
}

func sealOf(text []byte, at int) []byte {
	h := xxh3.New()
	h.Write(text[:at])
	h.WriteString(unsealed)
	h.Write(text[at+len(unsealed):])
	sum := h.Sum128().Bytes()
	return sum[:]
}

// sealBroken reports that a text is sealed, and not what was sealed.
func sealBroken(text []byte) bool {
	at, ok := sealAt(text)
	return ok && hex.EncodeToString(sealOf(text, at)) != string(text[at:at+len(unsealed)])
}
