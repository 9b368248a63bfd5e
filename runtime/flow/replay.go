package flow

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seamflow/seamflow/runtime/observe"
)

// Rejected is a record of a quarantine table.
type Rejected struct {
	Table  string    `json:"table"`
	Flow   string    `json:"flow"`
	Source string    `json:"source"`
	Reason string    `json:"reason"`
	Column string    `json:"column,omitempty"`
	File   string    `json:"file"`
	Line   int64     `json:"line"`
	Offset int64     `json:"byte_offset"`
	At     time.Time `json:"quarantined_at"`
	Raw    string    `json:"raw"`

	Message *RejectedMessage `json:"message,omitempty"` // of a stream; file and line are empty then
}

// RejectedMessage says which message of a stream a rejected record is.
type RejectedMessage struct {
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"`
	Timestamp time.Time `json:"timestamp"`
	Key       *string   `json:"key"` // null is NULL
	NoValue   bool      `json:"no_value,omitempty"`
}

// Place says where the record is: file and line, or topic, partition and offset.
func (r *Rejected) Place() string {
	if m := r.Message; m != nil {
		return position{topic: m.Topic, partition: m.Partition, line: m.Offset}.String()
	}
	return position{file: r.File, line: r.Line}.String()
}

// QuarantineList visits the records that are set aside: of a table, of a flow, or of all for "". It takes no lock.
func (p Pipeline) QuarantineList(ctx context.Context, opt Options, name string, visit func(*Rejected)) error {
	tables, flow, err := p.find(name)
	if err != nil {
		return err
	}
	env, err := newEnvironment(&p, opt)
	if err != nil {
		return err
	}
	for _, t := range tables {
		w, err := t.open(env)
		if err != nil {
			return err
		}
		if err := w.quarantine.open(ctx); err != nil {
			return err
		}
		if w.quarantine.table == nil {
			continue
		}
		if w.table, err = w.find(ctx); err != nil {
			return err
		}
		names, err := w.namesOf(flow)
		if err != nil {
			return err
		}
		err = w.quarantine.scan(ctx, func(q *quarantined, _ string, _ uint32) {
			if flow == "" || slices.Contains(names, q.Flow) {
				visit(q.shown(w.def.name))
			}
		})
		if err != nil {
			return w.quarantine.wrap(err)
		}
	}
	return nil
}

// shown is a copy: q's texts alias buffers that the next file overwrites.
func (q *quarantined) shown(table string) *Rejected {
	r := &Rejected{
		Table: table, Flow: strings.Clone(q.Flow), Source: strings.Clone(q.Source), Reason: strings.Clone(q.Reason),
		Column: strings.Clone(q.Column), File: strings.Clone(q.File), Line: q.Line,
		Offset: q.Offset, At: q.At.Time(), Raw: string(q.Raw),
	}
	if m := &q.Message; m.Topic != "" {
		r.Message = &RejectedMessage{Topic: strings.Clone(m.Topic), Partition: m.Partition, Offset: m.Offset, Timestamp: m.Timestamp.Time(), NoValue: m.Null}
		if m.Key != nil {
			key := string(m.Key)
			r.Message.Key = &key
		}
	}
	return r
}

// Replayed is what a replay did to one table.
type Replayed struct {
	Table   string         `json:"table"`
	Tried   int64          `json:"tried"`
	Bad     int64          `json:"still_bad"` // and still set aside
	Counts  observe.Counts `json:"counts"`    // of those that became rows
	Version int64          `json:"version"`
}

// QuarantineReplay tries the records again that are set aside. Those that are good now become rows, in one commit a
// table, and leave the quarantine; each does so once, whatever kills the process. name is as in QuarantineList.
func (p Pipeline) QuarantineReplay(ctx context.Context, opt Options, name string) ([]Replayed, error) {
	tables, flow, err := p.find(name)
	if err != nil {
		return nil, err
	}
	var all []Replayed
	for _, t := range tables {
		r, err := p.replayTable(ctx, opt, t, flow)
		if r != nil {
			all = append(all, *r)
		}
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func (p Pipeline) replayTable(ctx context.Context, opt Options, t TableRunner, flow string) (*Replayed, error) {
	w, err := p.worker(opt, t)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.attach(ctx); err != nil || w.table == nil {
		return nil, err
	}
	if err := w.check(ctx); err != nil {
		return nil, err
	}
	if err := w.prepare(ctx); err != nil {
		return nil, err
	}
	if err := w.quarantine.open(ctx); err != nil || w.quarantine.table == nil {
		return nil, err
	}
	r, err := w.replay(ctx, flow)
	if err == nil {
		w.save()
	}
	return r, err
}

// replay is a batch whose records come from the quarantine.
func (w *worker) replay(ctx context.Context, only string) (*Replayed, error) {
	if err := w.ensureIndex(ctx); err != nil {
		return nil, err
	}
	if err := w.ensureUniques(ctx); err != nil {
		return nil, err
	}
	owners, err := w.ownersByName()
	if err != nil {
		return nil, err
	}
	b := w.newBatch(&flowState{name: "quarantine replay", prog: &progress{}})
	r := &Replayed{Table: w.def.name}
	done := deletes{}
	var failed error
	var bytes int64
	err = w.quarantine.scan(ctx, func(q *quarantined, path string, n uint32) {
		f := owners[q.Flow]
		if failed != nil || only != "" && (f == nil || f.name != only) {
			return
		}
		r.Tried++
		ok, err := b.replayOne(ctx, f, q, bytes)
		bytes += int64(len(q.Raw))
		switch {
		case err != nil:
			failed = err
		case ok:
			addRow(done, path, n)
		default:
			r.Bad++
		}
	})
	if err = errors.Join(failed, err); err == nil && len(done) > 0 {
		err = b.commitReplay(ctx, done)
	}
	if err != nil {
		b.discard()
		w.dropIndex()
		if errors.Is(err, errDrained) || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			err = errors.New("interrupted: no record was replayed, all are where they were")
		}
		return r, err
	}
	r.Counts, r.Version = b.counts, w.table.Version()
	return r, w.quarantine.rollForward(ctx)
}

// replayOne reports false for a record that is still bad; the error is the engine's. f is the flow that it came by, nil
// where the pipeline does not have it any more.
func (b *batch) replayOne(ctx context.Context, f *flowState, q *quarantined, offset int64) (bool, error) {
	if f == nil {
		return false, nil
	}
	in := f.input(q.Source)
	if in == nil {
		return false, nil
	}
	bad, err := in.replay(ctx, q, b)
	if bad != nil || err != nil {
		return false, err
	}
	b.counts.Read++
	return true, b.tick(ctx, offset)
}

func (b *batch) commitReplay(ctx context.Context, done deletes) error {
	tx, err := b.finish(ctx)
	if err != nil {
		return err
	}
	data, err := encodeDeletes(done)
	if err != nil {
		return err
	}
	name, err := b.w.table.WriteSide(sideReplayed, data)
	if err != nil {
		return err
	}
	if err := b.w.quarantine.annotate(tx, quarantineDomain, quarantineMark{Replayed: name}); err != nil {
		return err
	}
	tx.Operation = "SEAMFLOW REPLAY"
	b.tried = true
	if err := b.w.commit(ctx, tx); err != nil {
		return err
	}
	b.committed(nil)
	return nil
}
