package delta

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// randomUUID gives a UUID of version 7: names that sort by the time they were made.
func randomUUID() (id [16]byte) {
	rand.Read(id[:])
	ms := uint64(time.Now().UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

func formatUUID(id [16]byte) string {
	h := hex.EncodeToString(id[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
