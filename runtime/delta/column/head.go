package column

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// Most strings are short. The first 16 bytes of one are two words here, with zeros after its end: they hash, compare and
// order without a call and without a branch on the length.

// heads are the bits of the two words that a value of so many bytes has.
var heads = func() (m [17][2]uint64) {
	for n := range m {
		for i := range n {
			m[n][i/8] |= 0xff << (8 * (i % 8))
		}
	}
	return m
}()

// headAt is the head of a value of n bytes, which starts where data does.
func headAt(data []byte, n uint32) (a, b uint64) {
	m := &heads[min(n, 16)]
	if len(data) >= 16 {
		return binary.LittleEndian.Uint64(data) & m[0], binary.LittleEndian.Uint64(data[8:]) & m[1]
	}
	return headAtEnd(data, m)
}

// headAtEnd is headAt where the data ends.
func headAtEnd(data []byte, m *[2]uint64) (a, b uint64) {
	var full [16]byte
	copy(full[:], data)
	return binary.LittleEndian.Uint64(full[:]) & m[0], binary.LittleEndian.Uint64(full[8:]) & m[1]
}

// What is written does not depend on hashes, and nobody is to choose values that collide.
var seed, seed2 = rand.Uint64(), rand.Uint64()

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// hashHead is the hash of a value of up to 16 bytes.
func hashHead(a, b uint64, n uint32) uint64 {
	return mix(mix(a^seed, b^seed2), uint64(n)^0x9e3779b97f4a7c15)
}

// hashLong is the hash of a value of more than 16 bytes, with its head.
func hashLong(a, b uint64, v []byte) uint64 {
	last := v[len(v)-16:]
	c, d := binary.LittleEndian.Uint64(last), binary.LittleEndian.Uint64(last[8:])
	h := mix(c^seed2, d^seed)
	for at := 16; at+16 < len(v); at += 16 {
		h = mix(binary.LittleEndian.Uint64(v[at:])^seed^h, binary.LittleEndian.Uint64(v[at+8:])^seed2)
	}
	return hashHead(a, b, uint32(len(v))) ^ h*0x9e3779b97f4a7c15
}
