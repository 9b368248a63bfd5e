package state

// forgetFiles drops the files that no key is in from the registry, and numbers the others anew: a table that lives long
// goes through any number of files, of which it has a few at a time. All keys are in memory, redirects are settled, and
// no number is in use outside of the index.
func (x *Index) forgetFiles() {
	old := x.files
	kept, n := make([]bool, len(old)), 0
	x.eachPlace(len(old), func(e *entry) {
		if !kept[e.file] {
			kept[e.file] = true
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
	x.eachPlace(len(old), func(e *entry) { e.file = number[e.file] })
}

// eachPlace visits the keys whose row is in one of the first n files.
func (x *Index) eachPlace(n int, visit func(*entry)) {
	for id := range ID(x.count) {
		if e := x.at(id); e.key&flagRow != 0 && int(e.file) < n {
			visit(e)
		}
	}
}
