package state

import "github.com/zeebo/xxh3"

// Each visits every key once, in no particular order, with what the index knows of it. The slices are valid during the
// call, and the index must stay as it is meanwhile. Keys that are on disk are read and stay there.
func (x *Index) Each(visit func(key []byte, e Entry) error) error {
	var stopped error
	x.each(func(id ID, e entry) bool {
		stopped = visit(e.key(), x.Get(id))
		return stopped == nil
	})
	if stopped != nil || len(x.pages.runs) == 0 {
		return stopped
	}
	err := fold(x.pages.runs, func(r *record) error {
		if _, ok := x.probe(r.key, xxh3.HashSeed(r.key, x.seed)); ok {
			return nil // it was seen in memory, maybe newer
		}
		x.place(r)
		stopped = visit(r.key, r.Entry)
		return stopped
	})
	if err != nil && stopped == nil {
		x.pages.fail(err)
	}
	return err
}
