package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/value"
)

// deletes are rows by file.
type deletes = map[string]*roaring.Bitmap

// quarantineTable is the table beside a table that holds what could not become its rows.
//
// The two never commit together. What a commit of the main table means for this one is written first, named by that
// commit (its mark), and done afterwards; whoever opens the main table next does it if it was not. Each mark has a
// number, and this table remembers the last one that was done to it.
type quarantineTable struct {
	w      *worker
	table  *delta.Table // nil until it exists
	upkeep upkeep
}

// quarantineDomain holds the mark in the main table, and the number of the last mark done in the quarantine table.
const quarantineDomain = "seamflow.quarantine"

const sideReplayed = "replayed"

// quarantineMark is one change of the quarantine table.
type quarantineMark struct {
	V        int             `json:"v"`
	Batch    int64           `json:"batch"`
	Adds     []delta.AddFile `json:"adds,omitempty"`     // records of a batch
	Replayed string          `json:"replayed,omitempty"` // side file: records that became rows
	Clear    string          `json:"clear,omitempty"`    // a flow whose records are dropped, allFlows for every one
}

const allFlows = "*"

func (q *quarantineTable) dir() string { return q.w.dir + "__quarantine" }

// open finds the table, if it exists.
func (q *quarantineTable) open(ctx context.Context) error {
	if q.table != nil {
		_, err := q.table.Refresh(ctx)
		return q.wrap(err)
	}
	t, err := delta.Open(ctx, q.w.env.fs, q.dir())
	if errors.Is(err, delta.ErrNotExist) {
		return nil
	}
	q.table = t
	return q.wrap(err)
}

// make makes the table if it does not exist.
func (q *quarantineTable) make(ctx context.Context) error {
	if err := q.open(ctx); err != nil || q.table != nil {
		return err
	}
	mark, _, err := q.mark()
	if err != nil {
		return err
	}
	done, err := json.Marshal(quarantineMark{V: progressVersion, Batch: mark.Batch})
	if err != nil {
		return err
	}
	t, err := delta.Create(ctx, q.w.env.fs, q.dir(), delta.NewTable{
		Schema: quarantineSchema, Name: q.w.def.name + "__quarantine", Keyed: true, Rewrite: q.w.def.rewrite,
		Comment: "records that could not become rows of " + q.w.def.name,
		Domains: map[string]string{quarantineDomain: string(done)},
	})
	q.table = t
	return q.wrap(err)
}

func (q *quarantineTable) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("quarantine of table %s (%s): %w", q.w.def.name, q.dir(), err)
}

// mark is the main table's last one, zero when there is none, with its text.
func (q *quarantineTable) mark() (m quarantineMark, text string, err error) {
	return decodeMark(q.w.table)
}

func decodeMark(t *delta.Table) (m quarantineMark, text string, err error) {
	text, ok := t.Domain(quarantineDomain)
	if !ok {
		return m, "", nil
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, text, fmt.Errorf("domain %s: %w", quarantineDomain, err)
	}
	return m, text, nil
}

// next is the number of the next mark: above the main table's last one, and above what was done to this table, which is
// ahead where an older copy of the main table was put back.
func (q *quarantineTable) next() (int64, error) {
	last, _, err := q.mark()
	if err == nil && q.table != nil {
		var done quarantineMark
		done, _, err = decodeMark(q.table)
		last.Batch = max(last.Batch, done.Batch)
	}
	return last.Batch + 1, q.wrap(err)
}

// annotate puts the next mark into a commit of the main table.
func (q *quarantineTable) annotate(tx *delta.Tx, m quarantineMark) error {
	_, stored, err := q.mark()
	if err != nil {
		return q.wrap(err)
	}
	m.V = progressVersion
	if m.Batch, err = q.next(); err != nil {
		return err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if tx.Expect == nil {
		tx.Expect = map[string]string{}
	}
	tx.Domains[quarantineDomain], tx.Expect[quarantineDomain] = string(text), stored
	return nil
}

// rollForward does what the main table's mark says, unless it was done.
func (q *quarantineTable) rollForward(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	m, text, err := q.mark()
	if err != nil || text == "" {
		return q.wrap(err)
	}
	if err := q.open(ctx); err != nil {
		return err
	}
	if q.table == nil {
		return nil // somebody removed the quarantine as a whole
	}
	done, stored, err := decodeMark(q.table)
	if err != nil || done.Batch >= m.Batch {
		return q.wrap(err)
	}
	next, err := json.Marshal(quarantineMark{V: progressVersion, Batch: m.Batch})
	if err != nil {
		return err
	}
	tx := &delta.Tx{
		Operation: "SEAMFLOW QUARANTINE",
		Timestamp: q.w.env.now(),
		Domains:   map[string]string{quarantineDomain: string(next)},
		Expect:    map[string]string{quarantineDomain: stored},
	}
	if err := q.effect(ctx, m, tx); err != nil {
		return q.wrap(err)
	}
	if _, err = q.table.Commit(ctx, tx); err != nil {
		return q.wrap(err)
	}
	q.upkeep.after(q.table)
	return nil
}

func (q *quarantineTable) effect(ctx context.Context, m quarantineMark, tx *delta.Tx) (err error) {
	tx.Adds = m.Adds
	switch {
	case m.Replayed != "":
		data, err := q.w.table.ReadSide(m.Replayed)
		if err != nil {
			return err
		}
		tx.Deletes, err = decodeDeletes(data)
		if err != nil {
			return err
		}
		for path := range tx.Deletes {
			if _, ok := q.table.File(path); !ok {
				delete(tx.Deletes, path)
			}
		}
	case m.Clear == allFlows:
		for _, f := range q.table.Files() {
			tx.Removes = append(tx.Removes, f.Path)
		}
	case m.Clear != "":
		tx.Deletes = deletes{}
		return q.scan(ctx, func(row *quarantined, path string, n uint32) {
			if row.Flow == m.Clear {
				addRow(tx.Deletes, path, n)
			}
		})
	}
	return nil
}

func addRow(d deletes, path string, row uint32) {
	if d[path] == nil {
		d[path] = roaring.New()
	}
	d[path].Add(row)
}

// scan visits the records that are there. row is reused.
func (q *quarantineTable) scan(ctx context.Context, visit func(row *quarantined, path string, n uint32)) error {
	rows := newQuarantineRows()
	var row quarantined
	var paths []string
	for _, f := range q.table.Files() {
		paths = append(paths, f.Path)
	}
	return q.table.Scan(ctx, rows.leaves, everyLeaf, paths, func(path string, n uint32) {
		rows.Read(&row)
		visit(&row, path, n)
	})
}

// count is how many records are there.
func (q *quarantineTable) count() (n int64) {
	if q.table == nil {
		return 0
	}
	for _, f := range q.table.Files() {
		n += f.Rows - f.Dead
	}
	return n
}

func encodeDeletes(d deletes) ([]byte, error) {
	out := map[string][]byte{}
	for path, rows := range d {
		b, err := rows.ToBytes()
		if err != nil {
			return nil, err
		}
		out[path] = b
	}
	return json.Marshal(out)
}

func decodeDeletes(data []byte) (deletes, error) {
	var in map[string][]byte
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, err
	}
	out := deletes{}
	for path, b := range in {
		rows := roaring.New()
		if err := rows.UnmarshalBinary(b); err != nil {
			return nil, err
		}
		out[path] = rows
	}
	return out, nil
}

// keep writes a bad record to the batch's quarantine file.
func (r *rejects) keep(ctx context.Context, q *quarantined) error {
	w := r.b.w
	ctx = context.WithoutCancel(ctx) // a drain keeps what it reads
	if r.rows == nil {
		if err := w.quarantine.make(ctx); err != nil {
			return err
		}
		r.rows = newQuarantineRows()
		r.out = output{table: w.quarantine.table, schema: quarantineSchema}
		var err error
		if r.batch, err = w.quarantine.next(); err != nil {
			return err
		}
	}
	q.At, q.Batch = value.TimestampOf(w.env.now()), r.batch
	r.rows.Append(q)
	if r.rows.leaves.Bytes() < quarantineBytes {
		return nil
	}
	return r.flush()
}

// quarantineBytes of records make a row group.
const quarantineBytes = 8 << 20

func (r *rejects) flush() error {
	if r.rows.leaves.Rows() == 0 {
		return nil
	}
	_, _, err := r.out.write(r.rows.leaves, nil)
	r.rows.leaves.Reset()
	return err
}

// finish completes the batch's quarantine file and names it in the main table's commit.
func (r *rejects) finish(tx *delta.Tx) error {
	if r.rows == nil {
		return nil
	}
	if err := r.flush(); err != nil {
		return err
	}
	if err := r.out.finish(); err != nil {
		return err
	}
	// The main table's commit is about to rely on the file's name, which its own syncs know nothing of.
	if err := r.b.w.env.fs.SyncDir(r.b.w.quarantine.dir()); err != nil {
		return err
	}
	return r.b.w.quarantine.annotate(tx, quarantineMark{Adds: r.out.adds})
}
