package state

// forgetFiles drops the files that no key is in from the registry, and numbers the others anew: a table that lives long
// goes through any number of files, of which it has a few at a time. All keys are in memory, redirects are settled, and
// no number is in use outside of the index.
func (x *Index) forgetFiles() {
	old := x.files
	kept, n := make([]bool, len(old)), 0
	x.eachPlace(len(old), func(e entry) {
		if file := e.loc().File; !kept[file] {
			kept[file] = true
			n++
		}
	})
	if n == len(old) {
		return
	}
	number := make([]uint32, len(old))
	x.files, x.fileIDs = make([]string, 0, n), make(map[string]uint32, n)
	for id, path := range old {
		if kept[id] {
			number[id] = x.FileID(path)
		}
	}
	x.eachPlace(len(old), func(e entry) {
		loc := e.loc()
		e.setLoc(Loc{File: number[loc.File], Row: loc.Row})
	})
}

// eachPlace visits the keys whose row is in one of the first n files.
func (x *Index) eachPlace(n int, visit func(entry)) {
	x.each(func(_ ID, e entry) bool {
		if e.word()&flagRow != 0 && int64(e.loc().File) < int64(n) {
			visit(e)
		}
		return true
	})
}
