package flow

import (
	"context"

	"github.com/seamflow/seamflow/runtime/debezium"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/merge"
)

// taker makes rows of records, one at a time. Its record, row and change are used again for each.
type taker[S, T any] struct {
	*input[S, T]
	sink   *sink[T]
	judge  *judge
	record S
	row    T
	change merge.Change
	meta   Meta
	json   jsonr.Reader
	event  debezium.Reader
}

func (in *taker[S, T]) source() string { return in.src.Name }

func (in *taker[S, T]) takeJSON(raw []byte) error {
	some, err := in.decodeJSON(raw)
	if err != nil {
		return err
	}
	if !some {
		in.sink.b.leaveOutAll(len(in.projects))
		return nil
	}
	return in.project()
}

// decodeJSON makes raw the record at hand. It reports false for an event of no row.
func (in *taker[S, T]) decodeJSON(raw []byte) (bool, error) {
	in.json.Reset(raw)
	if in.src.Format == DebeziumJSON {
		if some, err := in.openEvent(raw); err != nil || !some {
			return false, err
		}
	}
	if err := in.src.JSON(&in.json, &in.record); err != nil {
		return false, &badRecord{err}
	}
	if in.src.Rescue {
		in.meta.Rescued = in.json.Rescued()
	}
	return true, nil
}

// project makes rows of the record at hand and hands them on. With several projections all are tried before the first
// row is taken: a record is bad as a whole.
func (in *taker[S, T]) project() error {
	return in.judge.settle(in.projectAll(), &in.meta, in.sink.b)
}

func (in *taker[S, T]) projectAll() error {
	if len(in.projects) > 1 {
		for _, p := range in.projects {
			if _, err := in.projectOne(p); err != nil {
				return err
			}
		}
		in.sink.b.counts.Read += int64(len(in.projects) - 1) // each branch of a UNION ALL reads the record
	}
	for _, p := range in.projects {
		ok, err := in.projectOne(p)
		if err != nil {
			return err
		}
		if !ok {
			in.sink.b.leaveOut(in.judge)
			continue
		}
		in.judge.give()
		in.sink.take(&in.row, &in.change, &in.meta)
	}
	return nil
}

func (in *taker[S, T]) projectOne(p projection[S, T]) (bool, error) {
	in.change.Reset()
	in.judge.begin()
	ok, err := p(&in.record, &in.meta, &in.row, &in.change)
	switch {
	case err != nil:
		return false, &badRecord{err}
	case ok && in.change.NullKey != "" && !in.change.Truncate:
		return false, &badRecord{&nullKeyError{in.change.NullKey}}
	case ok && in.change.NullSeq:
		return false, &badRecord{errNullSequence}
	}
	return ok, nil
}

// sightRecord notes what the record at hand is to a first pass. Whatever makes it a bad one is for the second.
func (in *taker[S, T]) sightRecord(p *part) {
	ok, err := in.projectOne(in.projects[0])
	switch {
	case err != nil, in.change.Truncate:
		p.keep()
	case !ok:
		p.leaveOut()
	default:
		p.offer(&in.change)
	}
}

// failed sorts the record's own fault from the engine's.
func (in *taker[S, T]) failed(ctx context.Context, b *batch, err error, q *quarantined) error {
	bad, ok := err.(*badRecord)
	if !ok {
		return err
	}
	return b.bad(ctx, q, bad.err)
}

// fault is the other way round, for a replay.
func fault(err error) (bad, other error) {
	if bad, is := err.(*badRecord); is {
		return bad.err, nil
	}
	return nil, err
}
