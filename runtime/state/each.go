package state

// Each visits every key once, in no particular order, with what the index knows of it. The slices are valid during the
// call, and the index must stay as it is meanwhile. Keys that are on disk are read and stay there.
func (x *Index) Each(visit func(key []byte, e Entry) error) error {
	for id := range ID(x.count) {
		if err := visit(x.Key(id), x.Get(id)); err != nil {
			return err
		}
	}
	if len(x.pages.runs) == 0 {
		return nil
	}
	var stopped error
	err := fold(x.pages.runs, func(r *record) error {
		if _, _, ok := x.probe(r.key, r.hash); ok {
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
