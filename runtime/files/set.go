package files

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Store keeps side files of the table that a Set is stored with. Those that no commit names are debris.
type Store interface {
	WriteSide(kind string, data []byte) (name string, err error)
	ReadSide(name string) ([]byte, error)
}

const sideKind = "files"

// The tail holds the latest files by name, as long as it is small: it is written with every commit.
const (
	tailFiles = 256
	tailBytes = 32 << 10 // of names
)

// Set is the files that were read. Its JSON, which is what a commit stores, is small however many they are: the latest by
// name, all others in side files, each of which is more than twice as long as the next. Methods are for one goroutine.
// The zero Set is empty.
type Set struct {
	levels []level // oldest and longest first
	tail   []entry // in the order they were added; of several with one path the last counts
	runs   map[string]*run
}

// level is a side file with a run of entries.
type level struct {
	Side  string `json:"side"`
	Files int    `json:"files"`
}

// entry is a file that was read, as it was then.
type entry struct {
	path string
	stamp
}

// Add adds files that were read. They may be in the set already: their size and time are then the new ones. It changes the
// set alone; what it writes to store is not part of it until the set is stored.
func (s *Set) Add(store Store, read ...File) error {
	for i := range read {
		s.tail = append(s.tail, entry{read[i].Path, read[i].stamp()})
	}
	if s.tailFits() {
		return nil
	}
	return s.flush(store)
}

func (s *Set) tailFits() bool {
	bytes := 0
	for i := range s.tail {
		bytes += len(s.tail[i].path)
	}
	return len(s.tail) <= tailFiles && bytes <= tailBytes
}

// flush makes the tail, and the levels that are not more than twice as long, one level. So an entry is written again only
// when its level grows by half at least: as often as the logarithm of the set.
func (s *Set) flush(store Store) error {
	keep, files := len(s.levels), len(s.tail)
	for keep > 0 && s.levels[keep-1].Files <= 2*files {
		keep--
		files += s.levels[keep].Files
	}
	m, err := s.merge(store, keep)
	if err != nil {
		return err
	}
	var w runWriter
	for m.next() {
		w.add(m.key, m.stamp)
	}
	name, err := store.WriteSide(sideKind, w.finish())
	if err != nil {
		return err
	}
	r, err := newRun(w.finish())
	if err != nil {
		return err
	}
	for _, l := range s.levels[keep:] {
		delete(s.runs, l.Side)
	}
	s.levels = append(s.levels[:keep:keep], level{name, r.count})
	s.tail = nil
	s.cache(name, r)
	return nil
}

// Each calls do with the path of every file of the set, sorted.
func (s *Set) Each(store Store, do func(path string)) error {
	m, err := s.merge(store, 0)
	if err != nil {
		return err
	}
	for m.next() {
		do(string(m.key))
	}
	return nil
}

// run gives a level's entries.
func (s *Set) run(store Store, l level) (*run, error) {
	if r := s.runs[l.Side]; r != nil {
		return r, nil
	}
	data, err := store.ReadSide(l.Side)
	if err != nil {
		return nil, fmt.Errorf("list of the files that were read: %w", err)
	}
	r, err := newRun(data)
	if err == nil && r.count != l.Files {
		err = fmt.Errorf("it holds %d files instead of %d", r.count, l.Files)
	}
	if err != nil {
		return nil, fmt.Errorf("list of the files that were read: side file %s: %w", l.Side, err)
	}
	s.cache(l.Side, r)
	return r, nil
}

func (s *Set) cache(name string, r *run) {
	if s.runs == nil {
		s.runs = map[string]*run{}
	}
	s.runs[name] = r
}

// sortedTail is the tail by path, each path once.
func (s *Set) sortedTail() []entry {
	tail := slices.Clone(s.tail)
	slices.SortStableFunc(tail, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	out := tail[:0]
	for i, e := range tail {
		if i+1 == len(tail) || tail[i+1].path != e.path {
			out = append(out, e)
		}
	}
	return out
}

// setJSON is a Set in a commit.
type setJSON struct {
	V      int         `json:"v"`
	Levels []level     `json:"levels,omitempty"`
	Tail   []entryJSON `json:"tail,omitempty"`
}

type entryJSON struct {
	Path  string `json:"path"`
	Size  int64  `json:"size"`
	MTime int64  `json:"mtime"` // nanoseconds
}

const setVersion = 1

func (s *Set) MarshalJSON() ([]byte, error) {
	out := setJSON{V: setVersion, Levels: s.levels}
	for _, e := range s.tail {
		out.Tail = append(out.Tail, entryJSON{e.path, e.size, e.mtime})
	}
	return json.Marshal(out)
}

func (s *Set) UnmarshalJSON(data []byte) error {
	var in setJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("list of the files that were read: %w", err)
	}
	if in.V != setVersion {
		return fmt.Errorf("list of the files that were read: it is of version %d; this seamflow reads version %d", in.V, setVersion)
	}
	*s = Set{levels: in.Levels}
	for _, e := range in.Tail {
		s.tail = append(s.tail, entry{e.Path, stamp{e.Size, e.MTime}})
	}
	return nil
}
