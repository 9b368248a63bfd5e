package state

// Begin adds from to the ordinals of all offers: whoever adds offers may count them from 0.
func (o *Offers) Begin(from uint64) {
	for i := range o.ordinals {
		o.ordinals[i] += from
	}
}

// Paged reports that a part of the index is on disk, where to look for a key takes a read.
func (x *Index) Paged() bool { return len(x.pages.runs) > 0 }
