package files

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Lister looks at the files of a source. It is for one goroutine; Watch may run beside.
type Lister struct {
	spec   Spec
	glob   *glob
	dir    string // where glob begins, on the machine
	prefix string // of the paths of files
	scope  Scope
	looks  int
	seen   []sighting // of the last look, by path
	now    func() time.Time
	again  chan time.Duration // to Watch: when a file will have settled
	took   chan time.Duration // to Watch: what the last look cost
}

// Scope says which files a lister gives after its first look.
type Scope uint8

const (
	Everything  Scope = iota // what it finds
	SamePresent              // those of the first look that are as they were then
	AllPresent               // those of the first look, however they changed since
)

// NewLister makes a lister of the files that spec names; relative paths start from the folder data, which is absolute.
func NewLister(data string, spec Spec) (*Lister, error) {
	g, err := newGlob(spec.Path)
	if err != nil {
		return nil, err
	}
	l := &Lister{spec: spec, glob: g, now: time.Now, again: make(chan time.Duration, 1), took: make(chan time.Duration, 1)}
	l.dir = filepath.FromSlash(g.base)
	if !filepath.IsAbs(l.dir) {
		l.dir = filepath.Join(data, l.dir)
	}
	l.prefix = identity(data, l.dir)
	return l, nil
}

// Limit narrows what later looks give.
func (l *Lister) Limit(s Scope) { l.scope = s }

// identity is the path of dir as the paths of files begin.
func identity(data, dir string) string {
	rel, err := filepath.Rel(data, dir)
	switch {
	case err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)):
		return strings.TrimSuffix(filepath.ToSlash(dir), "/") + "/"
	case rel == ".":
		return ""
	}
	return filepath.ToSlash(rel) + "/"
}

// List looks at the source. It gives the files to read, oldest first and by name where that is the same; the number of
// those that are to be read, but are still being written to, as far as one can tell; and the files of done that are not
// as they were when they were read (with Reread they are among those to read instead). store holds what done refers to.
func (l *Lister) List(ctx context.Context, store Store, done *Set) (ready []File, young int, changed []File, err error) {
	began := l.now()
	found, err := l.walk(ctx)
	if err != nil {
		return nil, 0, nil, err
	}
	slices.SortFunc(found, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	left, changed, err := l.sift(store, done, found)
	if err != nil {
		return nil, 0, nil, err
	}
	ready, young = l.settled(left, began)
	slices.SortFunc(ready, func(a, b File) int {
		return cmp.Or(a.ModTime.Compare(b.ModTime), strings.Compare(a.Path, b.Path))
	})
	l.looks++
	replace(l.took, l.now().Sub(began))
	return ready, young, changed, nil
}

// sift leaves out of found, which is sorted by path, what is done.
func (l *Lister) sift(store Store, done *Set, found []File) (left, changed []File, err error) {
	known, err := done.finder(store)
	if err != nil {
		return nil, nil, err
	}
	left = found[:0]
	for _, f := range found {
		was, ok := known.find(f.Path)
		switch {
		case ok && was == f.stamp():
		case ok && l.spec.OnChange != Reread:
			changed = append(changed, f)
		default:
			left = append(left, f)
		}
	}
	return left, changed, nil
}

// replace puts v in a channel of one place, instead of what is in it.
func replace[T any](c chan T, v T) {
	select {
	case <-c:
	default:
	}
	select {
	case c <- v:
	default:
	}
}
