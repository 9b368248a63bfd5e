package flow

import "github.com/seamflow/seamflow/runtime/observe"

// settle tells the flow's tally how fresh the batch's records are and what is left behind them and picks. What the commit
// itself takes is not in it: it is what is being written.
func (t *tally) settle(b *batch, picks []pick) {
	if t.Fresh == nil {
		t.Fresh = &observe.Window{}
	}
	left, read := b.flow.backlog(), sum(picks)
	left.Files, left.Bytes = left.Files-int64(read.files), left.Bytes-read.bytes
	_, ages := b.arrivals.Settle(t.Last.At)
	t.Fresh.Add(t.Last.At, ages, left)
}

// freshOf is the window of a flow whose own and whose units' tallies these are: that of those which were committed to
// lately, with the backlog of the last one.
func freshOf(all []*tally) *observe.Window {
	var last *tally
	for _, t := range all {
		if t.Last != nil && t.Fresh != nil && (last == nil || last.Last.At.Before(t.Last.At)) {
			last = t
		}
	}
	if last == nil {
		return nil
	}
	w := &observe.Window{Since: last.Fresh.Since, Now: &observe.Histogram{}, Backlog: last.Fresh.Backlog}
	for _, t := range all {
		if t.Last != nil && t.Fresh != nil && last.Last.At.Sub(t.Last.At) < observe.WindowSpan {
			w.Now.Merge(t.Fresh.Histogram())
		}
	}
	return w
}
