package flow

import (
	"context"
	"regexp"
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
	keyed    *keyed   // nil for append tables
	fold     *folding // nil but for folded tables
	out      output
	log      *mergeLog
	rejected rejects
	equal    equalRows        // with others, against a unique expectation
	unmet    map[string]int64 // expectations, once the batch is complete
	began    time.Time

	reached  map[*unit]reached // of streams
	streamed int64             // bytes of messages
	arrivals *observe.Arrivals
	readTo   int64 // counts.Read at the start of the file at hand

	ticks    int
	looked   int64 // the offset of the last look, see tick
	drainBy  time.Time
	file     files.File
	plain    bool       // the file's offsets are bytes of the disk
	first    *firstPass // of a batch that is read twice
	beyond   int64      // bytes of files that the second pass has to read after the one at hand
	tried    bool       // a commit that names the batch's files was begun
	seen     totals
	before   totals // of the run, without the file at hand
	reported time.Time
}

func (w *worker) newBatch(f *flowState) *batch {
	b := &batch{w: w, flow: f, rows: w.rows, out: output{table: w.table, schema: w.def.schema, encoder: &w.encoder}, began: w.env.now()}
	b.rows.leaves.Reset()
	b.equal = w.newEqualRows()
	b.reached = map[*unit]reached{}
	b.arrivals = &w.arrivals
	b.arrivals.Reset(b.began)
	w.resetJudges()
	b.rejected = rejects{b: b, columns: map[string]int64{}}
	if w.def.keyed() {
		b.keyed = newKeyed(w.index, w.table.Version(), &b.counts, w.def.onTie == Fail)
		b.keyed.truncatedBefore = w.truncated
		b.log = &mergeLog{table: w.table, at: b.began.UnixMicro()}
		if w.def.fold != nil {
			b.fold = w.foldingOf(b)
		}
	}
	rest := sum(f.pending)
	if f.once {
		rest = sum(f.frozen)
	}
	b.before = f.done
	b.seen = totals{f.done.files + rest.files, f.done.bytes + rest.bytes}
	return b
}

// Records, and bytes, between looks at the buffers and at the context; records between looks at the clock.
const (
	sizeTicks  = 64
	sizeBytes  = 4 << 20
	clockTicks = 4096
)

// What a drain still reads of a file, to commit what was read of it, rather than to abandon the batch.
const (
	drainable = 64 << 20        // bytes, where offsets tell how many are left
	drainFor  = 3 * time.Second // at any rate; less where a drain may not take twice as long
)

// tick is called after each record. offset is where the record began.
func (b *batch) tick(ctx context.Context, offset int64) error {
	b.ticks++
	large := offset-b.looked >= sizeBytes
	if b.ticks%sizeTicks != 0 && !large {
		return nil
	}
	return b.pause(ctx, offset, large)
}

// pause looks at the buffers and at the context between two records, and, where report is set or its time has come, at the clock.
func (b *batch) pause(ctx context.Context, offset int64, report bool) error {
	b.looked = offset
	if err := b.tieError(); err != nil {
		return err
	}
	if b.held() >= b.w.full || b.crowded() {
		if err := b.flush(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		if err := b.makeRoom(); err != nil {
			return err
		}
	}
	if ctx.Err() != nil && b.tooFar(b.left(offset)) {
		return errDrained
	}
	if report || b.ticks%clockTicks == 0 {
		b.report(offset)
	}
	return nil
}

// held is the memory of what is not in files yet.
func (b *batch) held() int {
	n := b.rows.leaves.Bytes()
	if b.fold != nil {
		n += b.fold.bytes()
	}
	return n
}

// left is how many bytes a drain has to read still, 0 where that is not known: to the end of the file, or of a batch that
// is read twice.
func (b *batch) left(offset int64) int64 {
	if !b.plain {
		return b.beyond
	}
	return b.beyond + b.file.Size - offset
}

// tooFar reports whether so many bytes are too many for a drain to read.
func (b *batch) tooFar(left int64) bool {
	now := b.w.env.now()
	if b.drainBy.IsZero() {
		b.drainBy = now.Add(b.w.env.drainFor())
	}
	return now.After(b.drainBy) || left > drainable
}

// tieError is the error of a batch with a tie in a table with on_tie: fail.
func (b *batch) tieError() error {
	if b.keyed == nil || b.keyed.broken == nil {
		return nil
	}
	at := b.keyed.broken
	return &TieError{Table: b.w.def.name, Flow: b.flow.name, Record: at.String()}
}

func (b *batch) startFile(f files.File) {
	b.file, b.looked, b.readTo = f, 0, b.counts.Read
	b.plain = !packed(f)
}

func packed(f files.File) bool {
	return strings.HasSuffix(f.Path, ".gz") || strings.HasSuffix(f.Path, ".zst")
}

// endFile counts a file that was read, of which some says what the first pass has settled.
func (b *batch) endFile(f files.File, some *survivors) {
	some.tally(&b.counts)
	b.before.files++
	b.before.bytes += f.Size
	b.arrivals.Note(f.ModTime.UnixMicro(), b.counts.Read-b.readTo)
	b.file = files.File{}
	b.report(0)
}

// report says how far the flow is, ten times a second at most.
func (b *batch) report(offset int64) {
	done := b.before.bytes
	if b.plain {
		done += min(offset, b.file.Size)
	}
	if f := b.first; f != nil {
		b.tell(f.from+(f.bytes+done-f.from)/2, max(f.records, b.counts.Read))
		return
	}
	b.tell(done, b.counts.Read)
}

// tell says how many bytes and records are done.
func (b *batch) tell(done, records int64) {
	now := b.w.env.now()
	if now.Sub(b.reported) < 100*time.Millisecond {
		return
	}
	b.reported = now
	p := observe.Progress{
		Table: b.w.def.name, Flow: b.flow.name,
		FilesDone: b.before.files, FilesSeen: b.seen.files,
		BytesDone: done, BytesSeen: b.seen.bytes,
		Rows: b.flow.run.Read + records,
	}
	if len(b.flow.topics) > 0 {
		p.RecordsDone = p.Rows
		p.RecordsSeen = p.Rows + b.flow.backlog().Records
	}
	b.w.env.sink.Progress(p)
}

// bad sets a record aside, or, in a table with on_bad_record: fail, counts it for the error that ends the batch.
func (b *batch) bad(ctx context.Context, q *quarantined, why error) error {
	q.Flow, q.Reason, q.Column = b.flow.name, brief(why.Error()), brief(columnOf(why))
	b.counts.Quarantined++
	return b.rejected.add(ctx, q)
}

// anyIndex is what differs between the elements of a list that are bad for one reason.
var anyIndex = regexp.MustCompile(`\[[0-9]+\]`)

// brief is text without what is behind its first kilobyte: reasons quote values, and paths names, of any length.
func brief(text string) string {
	const most = 1 << 10
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
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

// Columns that a BadRecordsError tells apart: a path may hold names out of the data, of which there are any number.
const (
	columnsTold  = 50
	otherColumns = "(others)"
)

func (r *rejects) add(ctx context.Context, q *quarantined) error {
	told := anyIndex.ReplaceAllLiteralString(q.Column, "[]")
	if _, known := r.columns[told]; !known && len(r.columns) >= columnsTold {
		told = otherColumns
	}
	r.columns[told]++
	if r.first == "" {
		r.first = q.place().String() + ": " + q.Reason
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
