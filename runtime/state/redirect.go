package state

import "github.com/RoaringBitmap/roaring/v2"

// redirects say where the rows of files went that were written anew, by the index's number of the file. A place that the
// index holds is followed when it is looked at: a file with a million rows that moves costs nothing before.
type redirects struct {
	by    []*redirect
	count int
	bytes int64
}

type redirect struct {
	to    uint32
	dead  *roaring.Bitmap // rows that did not move
	first uint32
}

// Nowhere is the file of a row that did not move with its file: it was dead, and its key is about to be told of a newer.
const Nowhere = 1<<32 - 16

// Move tells the index that a file's rows, but for the dead ones, are those of another from first on, in order. dead is
// the index's from then on.
func (x *Index) Move(from, to string, dead *roaring.Bitmap, first uint32) {
	id, known := x.fileIDs[from]
	if !known {
		return // no key is there
	}
	r := &x.moved
	for len(r.by) <= int(id) {
		r.by = append(r.by, nil)
	}
	r.put(id, redirect{to: x.FileID(to), dead: dead, first: first})
}

func (r *redirects) put(id uint32, to redirect) {
	r.by[id] = &to
	r.count++
	r.bytes += int64(to.dead.GetSizeInBytes()) + 100
}

// follow gives the place where the row at loc is now.
func (r *redirects) follow(loc Loc) Loc {
	for int(loc.File) < len(r.by) && r.by[loc.File] != nil {
		to := r.by[loc.File]
		if to.dead.Contains(loc.Row) {
			return Loc{File: Nowhere}
		}
		loc = Loc{File: to.to, Row: to.first + loc.Row - uint32(to.dead.Rank(loc.Row))}
	}
	return loc
}

// settle follows all redirects for good. It takes a look at every key in memory.
func (x *Index) settle() {
	if x.moved.count == 0 {
		return
	}
	x.each(func(id ID, e entry) bool {
		if e.word()&flagRow != 0 {
			was := e.loc()
			if now := x.moved.follow(was); now != was {
				x.SetLoc(id, now)
			}
		}
		return true
	})
	x.moved = redirects{}
}
