package state

// slabs hold records one after another, each in one piece. A reference counts units of four bytes; 0 is none.
type slabs struct {
	all   [][]byte
	bytes int64 // held
	used  int64
}

const (
	unitBits  = 2
	slabBits  = 24 // a slab of one huge record may be larger
	smallSlab = 32 << 10
	largeSlab = 1 << slabBits
	maxSlabs  = 1 << (32 + unitBits - slabBits)
)

// room is how much of it the next record of n bytes takes that is not held yet.
func (s *slabs) room(n int) int64 {
	if i := len(s.all) - 1; i >= 0 && cap(s.all[i])-len(s.all[i]) >= n {
		return 0
	}
	return int64(s.next(n))
}

// next is the size of the slab that a record of n bytes asks for: little is held in vain.
func (s *slabs) next(n int) int {
	size := min(max(int(s.bytes/16)&^4095, smallSlab), largeSlab)
	return max(size, n+1<<unitBits)
}

// add gives a record of n bytes, all of them 0 or of an earlier use, and its reference, or 0 if there is no reference left.
func (s *slabs) add(n int) (uint32, []byte) {
	n = (n + 1<<unitBits - 1) &^ (1<<unitBits - 1)
	i := len(s.all) - 1
	if i < 0 || cap(s.all[i])-len(s.all[i]) < n {
		if i++; i == maxSlabs {
			return 0, nil
		}
		slab := make([]byte, 0, s.next(n))
		s.bytes += int64(cap(slab))
		if i == 0 {
			slab = slab[:1<<unitBits] // no record is at 0
		}
		s.all = append(s.all, slab)
	}
	at := len(s.all[i])
	s.all[i] = s.all[i][:at+n]
	s.used += int64(n)
	return uint32(i<<(slabBits-unitBits) | at>>unitBits), s.all[i][at : at+n : at+n]
}

// at gives what begins at a reference.
func (s *slabs) at(ref uint32) []byte {
	slab := s.all[ref>>(slabBits-unitBits)]
	return slab[int(ref&(1<<(slabBits-unitBits)-1))<<unitBits:]
}
