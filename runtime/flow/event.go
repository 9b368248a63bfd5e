package flow

import "github.com/seamflow/seamflow/runtime/debezium"

// noRow is what the decoder reads of an event that speaks of no row: every column is NULL.
var noRow = []byte("{}")

// openEvent reads a change event's envelope and puts the JSON reader at its row. It reports false for what is no event
// of a row, which is as any record that WHERE does not take.
func (in *taker[S, T]) openEvent(raw []byte) (bool, error) {
	in.meta.Event = &in.event.Event
	image, err := in.event.Read(raw)
	if err != nil {
		return false, &badRecord{err}
	}
	switch image {
	case debezium.None:
		return false, nil
	case debezium.Empty:
		in.json.Reset(noRow)
		in.json.Relax()
	default:
		in.json.ResetAt(raw, in.event.From, in.event.To)
		if image == debezium.Key {
			in.json.Relax()
		}
	}
	return true, nil
}
