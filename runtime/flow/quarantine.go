package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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
// number, and this table remembers, under the mark's name, the last one that was done to it.
type quarantineTable struct {
	w      *worker
	table  *delta.Table    // nil until it exists
	mine   map[string]bool // marks of a shared table that this process has left
	upkeep upkeep
}

// quarantineDomain is the mark of a process that has the table alone: the mark in the main table, and the number of the
// last one done in the quarantine table. Processes that share a table each leave theirs under a name below, that of a
// unit which is theirs, so that none replaces the other's before it is done.
const quarantineDomain = "seamflow.quarantine"

// markDomain is the mark's name for who owns a flow's progress, or a unit's.
func markDomain(progress string) string {
	return quarantineDomain + "/" + strings.TrimPrefix(progress, flowDomains)
}

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

// make makes the table if it does not exist, and gives one of an earlier version the columns that it lacks.
func (q *quarantineTable) make(ctx context.Context) error {
	if err := q.open(ctx); err != nil {
		return err
	}
	if q.table != nil {
		return q.wrap(q.complete(ctx))
	}
	domains := map[string]string{} // what was to be done to one that somebody has removed
	for domain := range q.w.table.Domains(quarantineDomain) {
		mark, _, err := decodeMark(q.w.table, domain)
		if err != nil {
			return q.wrap(err)
		}
		done, err := json.Marshal(quarantineMark{V: progressVersion, Batch: mark.Batch})
		if err != nil {
			return err
		}
		domains[domain] = string(done)
	}
	t, err := delta.Create(ctx, q.w.env.fs, q.dir(), delta.NewTable{
		Schema: quarantineSchema, Name: q.w.def.name + "__quarantine", Keyed: true, Rewrite: q.w.def.rewrite,
		Comment: "records that could not become rows of " + q.w.def.name,
		Domains: domains,
	})
	if errors.Is(err, delta.ErrExist) { // by another process, just now
		return q.open(ctx)
	}
	q.table = t
	return q.wrap(err)
}

// complete adds columns that are new.
func (q *quarantineTable) complete(ctx context.Context) error {
	for try := 1; ; try++ {
		have := len(q.table.Schema())
		if have >= len(quarantineSchema) {
			return nil
		}
		_, err := q.table.Commit(ctx, &delta.Tx{Operation: "SEAMFLOW QUARANTINE", Timestamp: q.w.env.now(), AddColumns: quarantineSchema[have:]})
		if !errors.Is(err, delta.ErrConflict) || try == maxConflicts {
			return err
		}
		if _, err := q.table.Refresh(ctx); err != nil {
			return err
		}
	}
}

func (q *quarantineTable) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("quarantine of table %s (%s): %w", q.w.def.name, q.dir(), err)
}

// decodeMark gives a table's mark of a name, zero when there is none, with its text.
func decodeMark(t *delta.Table, domain string) (m quarantineMark, text string, err error) {
	text, ok := t.Domain(domain)
	if !ok {
		return m, "", nil
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, text, fmt.Errorf("domain %s: %w", domain, err)
	}
	return m, text, nil
}

// next is the number of the next mark: above the main table's last ones, and above what was done to this table, which is
// ahead where an older copy of the main table was put back. Processes that share a table may take one number at a time:
// it orders the marks of one name.
func (q *quarantineTable) next() (int64, error) {
	last := int64(0)
	for _, t := range []*delta.Table{q.w.table, q.table} {
		if t == nil {
			continue
		}
		for domain := range t.Domains(quarantineDomain) {
			m, _, err := decodeMark(t, domain)
			if err != nil {
				return 0, q.wrap(err)
			}
			last = max(last, m.Batch)
		}
	}
	return last + 1, nil
}

// annotate puts the next mark of a name into a commit of the main table.
func (q *quarantineTable) annotate(tx *delta.Tx, domain string, m quarantineMark) error {
	_, stored, err := decodeMark(q.w.table, domain)
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
	tx.Domains[domain], tx.Expect[domain] = string(text), stored
	if domain != quarantineDomain {
		if q.mine == nil {
			q.mine = map[string]bool{}
		}
		q.mine[domain] = true
	}
	return nil
}

// rollForward does what the main table's marks say, unless it was done. Of a shared table it leaves to others what is
// theirs: see rollForwardAll.
func (q *quarantineTable) rollForward(ctx context.Context) error {
	return q.roll(ctx, func(domain string) bool { return !q.w.shared || domain == quarantineDomain || q.mine[domain] })
}

// rollForwardAll does also what others have left to do: those of whom one takes over.
func (q *quarantineTable) rollForwardAll(ctx context.Context) error {
	return q.roll(ctx, func(string) bool { return true })
}

func (q *quarantineTable) roll(ctx context.Context, wanted func(domain string) bool) error {
	ctx = context.WithoutCancel(ctx)
	for _, domain := range slices.Sorted(maps.Keys(q.w.table.Domains(quarantineDomain))) {
		if !wanted(domain) {
			continue
		}
		if err := q.do(ctx, domain); err != nil {
			return q.wrap(err)
		}
	}
	return nil
}

// do does what the mark of a name says. Of several processes that do so one does.
func (q *quarantineTable) do(ctx context.Context, domain string) error {
	m, _, err := decodeMark(q.w.table, domain)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		if done, err := q.isDone(domain, &m); done || err != nil {
			return err
		}
		if err := q.open(ctx); err != nil {
			return err
		}
		if q.table == nil {
			return nil // somebody removed the quarantine as a whole
		}
		if done, err := q.isDone(domain, &m); done || err != nil {
			return err
		}
		err := q.commit(ctx, domain, &m)
		if !errors.Is(err, delta.ErrConflict) || try == maxConflicts {
			return err
		}
	}
}

func (q *quarantineTable) isDone(domain string, m *quarantineMark) (bool, error) {
	if q.table == nil {
		return false, nil
	}
	done, _, err := decodeMark(q.table, domain)
	return done.Batch >= m.Batch, err
}

func (q *quarantineTable) commit(ctx context.Context, domain string, m *quarantineMark) error {
	_, stored, err := decodeMark(q.table, domain)
	if err != nil {
		return err
	}
	next, err := json.Marshal(quarantineMark{V: progressVersion, Batch: m.Batch})
	if err != nil {
		return err
	}
	tx := &delta.Tx{
		Operation: "SEAMFLOW QUARANTINE",
		Timestamp: q.w.env.now(),
		Domains:   map[string]string{domain: string(next)},
		Expect:    map[string]string{domain: stored},
	}
	if err := q.effect(ctx, *m, tx); err != nil {
		return err
	}
	if _, err = q.table.Commit(ctx, tx); err == nil && q.w.leads() {
		q.upkeep.after(q.table)
	}
	return err
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
		names, err := q.w.namesOf(m.Clear)
		if err != nil {
			return err
		}
		tx.Deletes = deletes{}
		return q.scan(ctx, func(row *quarantined, path string, n uint32) {
			if slices.Contains(names, row.Flow) {
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
	return r.b.w.quarantine.annotate(tx, r.b.markDomain(), quarantineMark{Adds: r.out.adds})
}

// markDomain is the name of the batch's mark: of a shared table that of what this process owns of it.
func (b *batch) markDomain() string {
	if !b.w.shared {
		return quarantineDomain
	}
	if units := b.units(); len(units) > 0 {
		return markDomain(units[0].domain)
	}
	return markDomain(flowDomain(b.flow.name))
}
