package flow

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/observe"
)

// batch is what becomes one commit: rows of one flow.
type batch struct {
	w        *worker
	flow     *flowState
	counts   observe.Counts
	rows     rowBuffer
	keyed    *keyed // nil for append tables
	out      output
	log      *mergeLog
	rejected rejects
	began    time.Time

	ticks    int
	file     files.File
	plain    bool // the file's offsets are bytes of the disk
	seen     totals
	before   totals // of the run, without the file at hand
	reported time.Time
}

func (w *worker) newBatch(f *flowState) *batch {
	b := &batch{w: w, flow: f, rows: w.rows, out: output{table: w.table, schema: w.def.schema}, began: w.env.now()}
	b.rows.leaves.Reset()
	b.rejected = rejects{b: b, columns: map[string]int64{}}
	if w.def.keyed() {
		b.keyed = newKeyed(w.index, &b.counts, w.def.onTie == Fail)
		b.log = &mergeLog{table: w.table}
	}
	rest := sum(f.pending)
	if f.once {
		rest = sum(f.frozen)
	}
	b.before = f.done
	b.seen = totals{f.done.files + rest.files, f.done.bytes + rest.bytes}
	return b
}

// Records between looks at the buffers, and between looks at the clock and the context.
const (
	sizeTicks  = 64
	clockTicks = 4096
)

// drainable is how much of a file may be left for a drain to read it to its end rather than to abandon the batch.
const drainable = 64 << 20

// tick is called after each record.
func (b *batch) tick(ctx context.Context, offset int64) error {
	b.ticks++
	if b.ticks%sizeTicks != 0 {
		return nil
	}
	if err := b.tieError(); err != nil {
		return err
	}
	if b.rows.leaves.Bytes() >= b.w.full {
		if err := b.flush(ctx); err != nil {
			return err
		}
	}
	if b.ticks%clockTicks != 0 {
		return nil
	}
	if ctx.Err() != nil && b.file.Size-offset > drainable {
		return errDrained
	}
	b.report(offset)
	return nil
}

// tieError is the error of a batch with a tie in a table with on_tie: fail.
func (b *batch) tieError() error {
	if b.keyed == nil || b.keyed.broken == nil {
		return nil
	}
	at := b.keyed.broken
	return &TieError{Table: b.w.def.name, Flow: b.flow.name, File: at.file, Line: at.line}
}

func (b *batch) startFile(f files.File) {
	b.file = f
	b.plain = !strings.HasSuffix(f.Path, ".gz") && !strings.HasSuffix(f.Path, ".zst")
}

func (b *batch) endFile(f files.File) {
	b.before.files++
	b.before.bytes += f.Size
	b.file = files.File{}
	b.report(0)
}

// report says how far the flow is, ten times a second at most.
func (b *batch) report(offset int64) {
	now := b.w.env.now()
	if now.Sub(b.reported) < 100*time.Millisecond {
		return
	}
	b.reported = now
	p := observe.Progress{
		Table: b.w.def.name, Flow: b.flow.name,
		FilesDone: b.before.files, FilesSeen: b.seen.files,
		BytesDone: b.before.bytes, BytesSeen: b.seen.bytes,
		Rows: b.flow.run.Read + b.counts.Read,
	}
	if b.plain {
		p.BytesDone += min(offset, b.file.Size)
	}
	b.w.env.sink.Progress(p)
}

// bad sets a record aside, or, in a table with on_bad_record: fail, counts it for the error that ends the batch.
func (b *batch) bad(ctx context.Context, q *quarantined, why error) error {
	q.Flow, q.Reason, q.Column = b.flow.name, why.Error(), columnOf(why)
	b.counts.Quarantined++
	return b.rejected.add(ctx, q)
}

// rejects are the bad records of a batch.
type rejects struct {
	b       *batch
	columns map[string]int64
	first   string
	rows    *quarantineRows
	batch   int64 // the number that its records carry
	out     output
}

func (r *rejects) add(ctx context.Context, q *quarantined) error {
	r.columns[q.Column]++
	if r.first == "" {
		r.first = q.File + ":" + strconv.FormatInt(q.Line, 10) + ": " + q.Reason
	}
	if r.b.w.def.onBadRecord == Fail {
		return nil
	}
	return r.keep(ctx, q)
}

// failure is the error of a batch with bad records in a table with on_bad_record: fail.
func (r *rejects) failure() error {
	if r.first == "" || r.b.w.def.onBadRecord != Fail {
		return nil
	}
	return &BadRecordsError{
		Table: r.b.w.def.name, Flow: r.b.flow.name, Total: r.b.counts.Quarantined, ByColumn: r.columns, First: r.first,
	}
}
