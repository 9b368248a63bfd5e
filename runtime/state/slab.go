package state

// slabs hold records one after another, each in one piece. A reference counts units of four bytes; 0 is none, and greater
// ones are of later records.
type slabs struct {
	all   [][]byte
	at    int   // the slab that is filled
	bytes int64 // held
	used  int64
}

const (
	unitBits  = 2
	slabBits  = 24 // a slab of one huge record may be larger
	smallSlab = 32 << 10
	largeSlab = 1 << slabBits
	maxSlabs  = 1 << (32 + unitBits - slabBits)
	noRecord  = 128 // bytes that the first slab begins with: what is at 0 may be written to, and means nothing
)

func padded(n int) int { return (n + 1<<unitBits - 1) &^ (1<<unitBits - 1) }

// fits reports whether a record of n bytes finds room in a slab, at a place that a reference can name.
func fits(slab []byte, n int) bool { return cap(slab)-len(slab) >= n && len(slab) < largeSlab }

// room is how much the next record of n bytes takes that is not held yet.
func (s *slabs) room(n int) int64 {
	if s.at < len(s.all) && fits(s.all[s.at], padded(n)) {
		return 0
	}
	return int64(s.next(n))
}

// next is the size of the slab that a record of n bytes asks for: little is held in vain.
func (s *slabs) next(n int) int {
	size := min(max(int(s.bytes/16)&^4095, smallSlab), largeSlab)
	return max(size, padded(n)+noRecord)
}

// add gives a record of n bytes, which may be of an earlier use, and its reference: 0 if there is none left.
func (s *slabs) add(n int) (uint32, []byte) {
	n = padded(n)
	for s.at < len(s.all) && !fits(s.all[s.at], n) {
		s.at++
	}
	if s.at == len(s.all) {
		if s.at == maxSlabs {
			s.at--
			return 0, s.all[0][:noRecord]
		}
		s.hold(make([]byte, 0, s.next(n)))
	}
	slab := s.all[s.at]
	at := len(slab)
	s.all[s.at] = slab[:at+n]
	s.used += int64(n)
	return uint32(s.at<<(slabBits-unitBits) | at>>unitBits), slab[at : at+n : at+n]
}

// hold appends a slab.
func (s *slabs) hold(slab []byte) {
	s.bytes += int64(cap(slab))
	if len(s.all) == 0 && len(slab) == 0 {
		slab = slab[:noRecord]
	}
	s.all = append(s.all, slab)
}

// get gives what begins at a reference.
func (s *slabs) get(ref uint32) []byte {
	slab := s.all[ref>>(slabBits-unitBits)]
	return slab[int(ref&(1<<(slabBits-unitBits)-1))<<unitBits:]
}

// end is greater than the reference of any record that is there, and not than that of any to come.
func (s *slabs) end() uint64 {
	if len(s.all) == 0 {
		return 0
	}
	return uint64(s.at)<<(slabBits-unitBits) + uint64(min(len(s.all[s.at]), largeSlab))>>unitBits
}

// lens gives the length of each slab that is in use.
func (s *slabs) lens() []int {
	all := []int{}
	for _, slab := range s.all[:min(s.at+1, len(s.all))] {
		all = append(all, len(slab))
	}
	return all
}

// reset forgets what is held and keeps the memory, but for slabs of a single huge record.
func (s *slabs) reset() {
	kept := s.all[:0]
	s.bytes, s.at, s.used = 0, 0, 0
	for _, slab := range s.all {
		if cap(slab) > largeSlab {
			continue
		}
		n := 0
		if len(kept) == 0 {
			n = noRecord
		}
		kept = append(kept, slab[:n])
		s.bytes += int64(cap(slab))
	}
	clear(s.all[len(kept):])
	s.all = kept
}

// take appends a slab as it is; settle ends a row of these.
func (s *slabs) take(slab []byte) {
	s.bytes += int64(cap(slab))
	s.all = append(s.all, slab)
}

func (s *slabs) settle() {
	s.used = 0
	for _, slab := range s.all {
		s.used += int64(len(slab))
	}
	s.at = max(len(s.all)-1, 0)
}

// filled is end before settle.
func (s *slabs) filled() (end uint64) {
	for i, slab := range s.all {
		if len(slab) > 0 {
			end = uint64(i)<<(slabBits-unitBits) + uint64(min(len(slab), largeSlab))>>unitBits
		}
	}
	return end
}

// has reports whether there may be a record at a reference.
func (s *slabs) has(ref uint32) bool {
	i := int(ref >> (slabBits - unitBits))
	return i < len(s.all) && int(ref&(1<<(slabBits-unitBits)-1))<<unitBits+entryHead <= len(s.all[i])
}
