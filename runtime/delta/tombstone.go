package delta

import "slices"

// tombstones are what is left of files that the table once named, by decoded path. A file and the same file with another
// deletion vector are two: the vector's file must outlive whoever still reads the older version.
type tombstones map[string][]*removeAction

// bury takes in a remove. One of the same file and vector is replaced.
func (g tombstones) bury(path string, r *removeAction) {
	g.raise(path, r.DeletionVector.id())
	g[path] = append(g[path], r)
}

// raise forgets that a file with this vector was removed: it is in the table again.
func (g tombstones) raise(path, vector string) {
	all := g[path]
	i := slices.IndexFunc(all, func(r *removeAction) bool { return r.DeletionVector.id() == vector })
	switch {
	case i < 0:
	case len(all) == 1:
		delete(g, path)
	default:
		g[path] = slices.Delete(all, i, i+1)
	}
}

// expire forgets what was removed before a time, in milliseconds: nobody is promised to read those files any more.
func (g tombstones) expire(before int64) {
	for path, all := range g {
		all = slices.DeleteFunc(all, func(r *removeAction) bool { return r.DeletionTimestamp < before })
		if len(all) == 0 {
			delete(g, path)
		} else {
			g[path] = all
		}
	}
}
