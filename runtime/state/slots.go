package state

// slots finds records by hash: an open-addressed table of a tag, 32 bits of the hash, and a reference each. Within a shard
// the slots are in order of their tags, as near behind the place that the tag asks for as there is room. So
//
//   - a look stops at the first greater tag, and an absent key costs no look at a record but once in many million keys,
//   - a shard grows where it is, by a quarter at a time, from its own slots: no key is read or hashed, and there is
//     never an old table beside a new one.
//
// Equal hashes are the caller's to tell apart. A reference is not 0.
type slots struct {
	shards [1 << shardBits]shard
	count  int
	bytes  int64
}

const (
	shardBits  = 3
	chunkBits  = 10 // slots of a chunk, 8 KiB: what a shard grows by at least
	chunkSlots = 1 << chunkBits
	tailSlots  = 32 // behind the last place that a tag asks for
)

// shard holds the hashes that begin with its number.
type shard struct {
	chunks []*[chunkSlots]uint64
	homes  uint64 // places that tags ask for
	size   uint64 // slots in all
	count  int
	full   int // count at which it grows
}

// seek is a search for a hash. next gives the references under its tag, one after the other.
type seek struct {
	sh  *shard
	pos uint64
	tag uint64
}

func (t *slots) seek(h uint64) seek {
	sh := &t.shards[h>>(64-shardBits)]
	tag := tagOf(h)
	return seek{sh, sh.home(tag), tag}
}

// tagOf gives the 32 bits behind those that choose the shard.
func tagOf(h uint64) uint64 { return h << shardBits >> 32 }

func (sh *shard) home(tag uint64) uint64 { return tag * sh.homes >> 32 }

func (sh *shard) at(pos uint64) *uint64 { return &sh.chunks[pos>>chunkBits][pos&(chunkSlots-1)] }

func (s *seek) next() (ref uint32, ok bool) {
	for s.pos < s.sh.size {
		v := *s.sh.at(s.pos)
		if v == 0 || v>>32 > s.tag {
			return 0, false
		}
		s.pos++
		if v>>32 == s.tag {
			return uint32(v), true
		}
	}
	return 0, false
}

// point changes the reference that next has just given.
func (s *seek) point(ref uint32) { *s.sh.at(s.pos - 1) = s.tag<<32 | uint64(ref) }

// touch reads the slot that h asks for, so that it is near when it is looked at: a batch touches all of its slots first,
// and waits for them together.
func (t *slots) touch(h uint64) uint64 {
	sh := &t.shards[h>>(64-shardBits)]
	if sh.size == 0 {
		return 0
	}
	return *sh.at(sh.home(tagOf(h)))
}

// insert adds a reference under a hash.
func (t *slots) insert(h uint64, ref uint32) {
	sh := &t.shards[h>>(64-shardBits)]
	for sh.count >= sh.full || !sh.insert(tagOf(h), ref) {
		t.bytes -= sh.bytes()
		sh.grow()
		t.bytes += sh.bytes()
	}
	sh.count++
	t.count++
}

func (sh *shard) insert(tag uint64, ref uint32) bool {
	v := tag<<32 | uint64(ref)
	free := sh.home(tag)
	for free < sh.size && *sh.at(free) != 0 {
		free++
	}
	if free == sh.size {
		return false
	}
	for pos := sh.home(tag); pos < free; pos++ {
		if at := sh.at(pos); *at>>32 > tag {
			v, *at = *at, v
			tag = v >> 32
		}
	}
	*sh.at(free) = v
	return true
}

// A shard is full when 13 in 16 of its homes are taken, and has 10 in 16 taken when it has grown.
const (
	growBy  = 4
	fullNum = 13
	fullDen = 16
)

func (sh *shard) grow() {
	if sh.count < sh.full { // hashes crowd at its end
		sh.extend(sh.size + 1)
		return
	}
	sh.resize(sh.homes + sh.homes/growBy + 1)
}

// room is at least what an insertion adds to bytes.
func (t *slots) room(h uint64) int64 {
	sh := &t.shards[h>>(64-shardBits)]
	if sh.count < sh.full {
		return 0
	}
	return int64(sh.homes/growBy+chunkSlots) * 8
}

// resize gives the shard at least so many homes.
func (sh *shard) resize(homes uint64) {
	old := sh.size
	sh.lay(homes)
	sh.spread(sh.pack(old))
}

// lay extends the shard to so many homes or more. What it holds is not where it asks for then.
func (sh *shard) lay(homes uint64) {
	sh.extend(homes + tailSlots)
	sh.homes = sh.size - tailSlots
	sh.full = int(sh.homes * fullNum / fullDen)
}

// extend appends chunks of empty slots until there are size slots.
func (sh *shard) extend(size uint64) {
	for ; sh.size < size; sh.size += chunkSlots {
		sh.chunks = append(sh.chunks, new([chunkSlots]uint64))
	}
}

// pack moves what the first old slots hold to the end of the shard, in order, and says where it begins.
func (sh *shard) pack(old uint64) uint64 {
	to := sh.size
	for from := old; from > 0; {
		from--
		if v := *sh.at(from); v != 0 {
			to--
			*sh.at(to) = v
		}
	}
	return to
}

// spread puts what is packed from the slot from on where its tags ask for. It never gets ahead of what it reads: what is
// still to be put has just as many slots left.
func (sh *shard) spread(from uint64) {
	next := uint64(0)
	for ; from < sh.size; from++ {
		v := *sh.at(from)
		home := sh.home(v >> 32)
		for home > from { // more than the tail has room for
			old := sh.size
			sh.extend(old + 1)
			from = sh.pushBack(from, old)
			v = *sh.at(from)
		}
		for ; next < home; next++ {
			*sh.at(next) = 0
		}
		*sh.at(next) = v
		next++
	}
	for ; next < sh.size; next++ {
		*sh.at(next) = 0
	}
}

// pushBack moves the slots [from, old) to the end of the shard, and says where they begin.
func (sh *shard) pushBack(from, old uint64) uint64 {
	to := sh.size
	for old > from {
		old--
		to--
		*sh.at(to) = *sh.at(old)
	}
	return to
}

func (sh *shard) bytes() int64 { return int64(sh.size) * 8 }

// clear forgets every hash and keeps the memory.
func (t *slots) clear() {
	for i := range t.shards {
		for _, c := range t.shards[i].chunks {
			clear(c[:])
		}
		t.shards[i].count = 0
	}
	t.count = 0
}

// packed visits what the shard holds, in order.
func (sh *shard) packed(visit func(uint64)) {
	for _, c := range sh.chunks {
		for _, v := range c {
			if v != 0 {
				visit(v)
			}
		}
	}
}

// begin makes room in an empty shard for n slots that fill is to write, in order, from a place on.
func (sh *shard) begin(n int) (from uint64) {
	if n == 0 {
		return 0
	}
	sh.lay(uint64(n)*fullDen/fullNum + 1)
	sh.count = n
	return sh.size - uint64(n)
}
