package delta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// plan is a commit on its way into the log.
type plan struct {
	uuid    string
	tx      *Tx // nil for the first version
	actions []action
	adds    []string // paths
	unborn  []string // paths of files that are not added because no row of them is alive
	// blind is a commit that depends on nothing but Tx.Expect: it may follow a version that it has not seen.
	blind bool
	mark  *domainMetadata // one of actions, of a guarded commit
	shape string
}

// Commit makes tx the table's next version, and gives that version. When it returns nil the commit survives a crash of
// the machine. It fails with ErrConflict where the table is not what tx was made for, and with ErrUnclear where the disk
// failed at the one moment that matters; in both cases the handle stands where it stood, and Refresh tells more. A tx
// with nothing to do makes no version.
func (t *Table) Commit(ctx context.Context, tx *Tx) (int64, error) {
	version, err := t.commit(ctx, tx)
	if err != nil {
		return 0, fmt.Errorf("commit to table %s: %w", t.dir, err)
	}
	return version, nil
}

func (t *Table) commit(ctx context.Context, tx *Tx) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := t.checkWrite(tx); err != nil {
		return 0, err
	}
	if err := t.checkExpect(tx.Expect); err != nil {
		return 0, err
	}
	if !t.Rewrites() || !tx.kills() {
		return t.commitPlanned(ctx, tx)
	}
	r, err := t.rewriteDead(ctx, tx)
	if err != nil {
		return 0, err
	}
	version, err := t.commitPlanned(ctx, &r.tx)
	r.settle(err)
	if err == nil {
		tx.Moved = r.moves
	}
	return version, err
}

// kills reports whether rows die by tx in files that stay or come.
func (tx *Tx) kills() bool {
	return len(tx.Deletes) > 0 || slices.ContainsFunc(tx.Adds, func(a AddFile) bool { return a.Deleted != nil && !a.Deleted.IsEmpty() })
}

func (t *Table) commitPlanned(ctx context.Context, tx *Tx) (int64, error) {
	p, err := t.plan(ctx, tx)
	if err != nil {
		return 0, err
	}
	if len(p.actions) == 1 { // nothing but commitInfo: all its files are in the table already
		return t.version, nil
	}
	for _, dir := range slices.Sorted(maps.Keys(t.dirty)) {
		if err := t.fsys.SyncDir(dir); err != nil {
			return 0, err
		}
		delete(t.dirty, dir)
	}
	version, err := t.put(ctx, p)
	if err == nil {
		for _, name := range p.unborn {
			_ = t.fsys.Remove(filepath.Join(t.dir, filepath.FromSlash(name))) // else it is debris, as after a crash
		}
	}
	return version, err
}

// checkWrite refuses what the table's protocol or properties do not allow.
func (t *Table) checkWrite(tx *Tx) error {
	if need := t.protocol.unwritable(); need != "" {
		return &ProtocolError{Dir: t.dir, Version: t.version, Feature: need}
	}
	domains := len(tx.Domains) > 0 || len(tx.MergeAdds) > 0 || tx.MergeReplace
	if domains && !t.protocol.has("domainMetadata") {
		return errors.New("the table was not made by Seamflow: its protocol lacks the feature domainMetadata, where progress is kept; write to another path")
	}
	rows := tx.kills()
	if rows && !t.Keyed() && (tx.Reset == nil || !tx.Reset.Keyed) {
		return errors.New("the table is append-only (its protocol lacks the feature deletionVectors): no row of it can be deleted")
	}
	if (rows || len(tx.Removes) > 0 || tx.Reset != nil) && t.meta.Configuration["delta.appendOnly"] == "true" {
		return errors.New("the table has delta.appendOnly=true: no row of it can be deleted")
	}
	if _, ok := tx.Domains[markDomain]; ok {
		return errors.New("domain " + markDomain + " is kept by the store itself (see Tx.Guarded)")
	}
	if _, ok := tx.Domains[mergeDomain]; ok {
		return errors.New("domain " + mergeDomain + " is kept by the store itself (see Tx.MergeAdds)")
	}
	return nil
}

// checkExpect is the compare of compare-and-swap.
func (t *Table) checkExpect(expect map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(expect)) {
		if t.domains[name] != expect[name] {
			return fmt.Errorf("%w: domain %s is not what it was (version %d)", ErrConflict, name, t.version)
		}
	}
	return nil
}

// plan works out the actions of tx against the present state, and writes the files that they name.
func (t *Table) plan(ctx context.Context, tx *Tx) (*plan, error) {
	now := tx.Timestamp
	if now.IsZero() {
		now = t.now()
	}
	p := &plan{uuid: formatUUID(t.newUUID()), tx: tx}
	p.blind = len(tx.Deletes)+len(tx.Removes)+len(tx.AddColumns)+len(tx.Widen)+len(tx.MergeAdds) == 0 && tx.Reset == nil && !tx.MergeReplace && !tx.EnableVectors
	head, err := t.planMetadata(tx)
	if err != nil {
		return nil, err
	}
	domains, err := t.planDomains(ctx, tx)
	if err != nil {
		return nil, err
	}
	files, err := t.planFiles(tx, p, millis(now))
	if err != nil {
		return nil, err
	}
	if tx.rearranges {
		rearranged(files)
	}
	operation := tx.Operation
	if operation == "" {
		operation = "WRITE"
	}
	p.actions = append(p.actions, action{CommitInfo: t.info(p.uuid, now, operation, p.blind, tx.Metrics)})
	p.actions = slices.Concat(p.actions, head, domains, files)
	return p, t.planMark(p)
}

// rearranged marks file actions as those of a commit that changes no row.
func rearranged(files []action) {
	for _, a := range files {
		if a.Remove != nil {
			a.Remove.DataChange = false
		} else {
			a.Add.DataChange = false
		}
	}
}

func (t *Table) info(uuid string, now time.Time, operation string, blind bool, metrics map[string]string) *commitInfo {
	if metrics == nil {
		metrics = map[string]string{}
	}
	return &commitInfo{Timestamp: millis(now), Operation: operation, OperationParameters: map[string]string{}, IsBlindAppend: blind,
		EngineInfo: "Seamflow/" + Version, OperationMetrics: metrics, SeamflowCommit: uuid}
}

// planMetadata gives protocol and metaData where they change.
func (t *Table) planMetadata(tx *Tx) ([]action, error) {
	var out []action
	switch {
	case tx.Reset != nil:
		if len(tx.AddColumns) > 0 {
			return nil, errors.New("a reset and added columns in one commit")
		}
		switch vectors := t.protocol.has("deletionVectors"); {
		case vectors && tx.Reset.Rewrite:
			return nil, errors.New("the table's protocol has deletion vectors, which readers without them refuse for good: with `updates: rewrite` the table needs a new path")
		case !vectors && tx.Reset.Keyed && !tx.Reset.Rewrite:
			out = append(out, action{Protocol: t.protocolWithVectors()})
		}
		meta, err := newMetaData(tx.Reset, t.meta.ID, t.meta.CreatedTime)
		if err != nil {
			return nil, err
		}
		out = append(out, action{MetaData: meta})
	case len(tx.AddColumns)+len(tx.Widen) > 0 || tx.EnableVectors:
		meta := *t.meta
		var err error
		if meta.SchemaString, err = appendColumns(t.meta.SchemaString, t.schema, tx.AddColumns); err != nil {
			return nil, err
		}
		if meta.SchemaString, err = widenColumns(meta.SchemaString, tx.Widen); err != nil {
			return nil, err
		}
		if tx.EnableVectors {
			meta.Configuration = maps.Clone(meta.Configuration)
			delete(meta.Configuration, rewriteProperty)
			meta.Configuration[vectorsProperty] = "true"
			out = append(out, action{Protocol: t.protocolWithVectors()})
		}
		out = append(out, action{MetaData: &meta})
	}
	return out, nil
}

// planDomains gives the domainMetadata actions, those of the merge log among them.
func (t *Table) planDomains(ctx context.Context, tx *Tx) ([]action, error) {
	set := map[string]string{}
	if tx.Reset != nil {
		for name := range t.domains {
			set[name] = ""
		}
		maps.Copy(set, tx.Reset.Domains)
		if tx.Guarded { // planMark sets it anew
			delete(set, markDomain)
		}
	}
	maps.Copy(set, tx.Domains)
	if len(tx.MergeAdds) > 0 || tx.MergeReplace {
		config, err := t.planMergeLog(ctx, tx)
		if err != nil {
			return nil, err
		}
		set[mergeDomain] = config
	}
	var out []action
	for _, name := range slices.Sorted(maps.Keys(set)) {
		config := set[name]
		if _, there := t.domains[name]; config == "" && !there {
			continue
		}
		out = append(out, action{Domain: &domainMetadata{Domain: name, Configuration: config, Removed: config == ""}})
	}
	return out, nil
}

// planFiles gives removes and adds, and writes their deletion vectors.
func (t *Table) planFiles(tx *Tx, p *plan, now int64) ([]action, error) {
	var vectors vectorWriter
	var removes, adds []action
	gone := map[string]bool{}
	for _, name := range tx.Removes {
		gone[name] = true
	}
	if tx.Reset != nil {
		for name := range t.files {
			gone[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(gone)) {
		f, ok := t.files[name]
		if !ok {
			return nil, fmt.Errorf("%w: file %s is not in version %d", ErrConflict, name, t.version)
		}
		removes = append(removes, action{Remove: f.remove(now)})
	}
	for _, name := range slices.Sorted(maps.Keys(tx.Deletes)) {
		if gone[name] || tx.Deletes[name].IsEmpty() {
			continue
		}
		remove, add, err := t.planDelete(name, tx.Deletes[name], &vectors, now)
		if err != nil {
			return nil, err
		}
		if remove != nil {
			removes = append(removes, action{Remove: remove})
		}
		if add != nil {
			adds = append(adds, action{Add: add})
		}
	}
	partitioned := t.meta.PartitionColumns
	if tx.Reset != nil {
		partitioned = tx.Reset.PartitionBy
	}
	mine := make(map[string]bool, len(tx.Adds))
	for i := range tx.Adds {
		if err := checkFilePartition(tx.Adds[i].Partition, partitioned); err != nil {
			return nil, err
		}
		add, err := t.planAdd(&tx.Adds[i], &vectors)
		if err != nil {
			return nil, err
		}
		if add == nil || mine[tx.Adds[i].Path] {
			if a := &tx.Adds[i]; a.Deleted != nil && int64(a.Deleted.GetCardinality()) == a.Rows && !t.knows(a.Path) {
				p.unborn = append(p.unborn, a.Path)
			}
			continue
		}
		p.adds, mine[tx.Adds[i].Path] = append(p.adds, tx.Adds[i].Path), true
		adds = append(adds, action{Add: add})
	}
	return append(removes, adds...), vectors.flush(t)
}

// planDelete gives the file with its old vector as a remove, and with its new one as an add. The add is nil when no row
// is left; both are nil when the rows were dead already.
func (t *Table) planDelete(name string, rows *roaring.Bitmap, vectors *vectorWriter, now int64) (*removeAction, *addAction, error) {
	f, ok := t.files[name]
	if !ok {
		return nil, nil, fmt.Errorf("%w: file %s is not in version %d", ErrConflict, name, t.version)
	}
	total, err := t.totalRows(f)
	if err != nil {
		return nil, nil, err
	}
	if last := int64(rows.Maximum()); last >= total {
		return nil, nil, fmt.Errorf("row %d of file %s is to be deleted, and it has %d rows", last, name, total)
	}
	before, err := t.Deleted(f)
	if err != nil {
		return nil, nil, err
	}
	dead := roaring.Or(before, rows)
	switch int64(dead.GetCardinality()) {
	case total:
		return f.remove(now), nil, nil
	case f.Dead:
		return nil, nil, nil
	}
	vector, err := vectors.add(t, dead)
	if err != nil {
		return nil, nil, err
	}
	stats, err := looseStats(f.Stats, total)
	if err != nil {
		return nil, nil, fmt.Errorf("statistics of file %s: %w", name, err)
	}
	return f.remove(now), &addAction{Path: f.raw, PartitionValues: f.Partition.values(), Tags: f.tags, Size: f.Size, ModificationTime: millis(f.ModTime),
		DataChange: true, Stats: stats, DeletionVector: vector, dead: dead}, nil
}

func (f *File) remove(now int64) *removeAction {
	return &removeAction{Path: f.raw, DeletionTimestamp: now, DataChange: true, ExtendedMetadata: true,
		PartitionValues: f.Partition.values(), Size: f.Size, DeletionVector: f.vector}
}

// planAdd gives the add of a new file, nil when it is not to be added.
func (t *Table) planAdd(a *AddFile, vectors *vectorWriter) (*addAction, error) {
	if a.Path == "" || path.Clean(a.Path) != a.Path || path.IsAbs(a.Path) || a.Path[0] == '.' {
		return nil, fmt.Errorf("file path %q is not a plain path within the table", a.Path)
	}
	if t.knows(a.Path) {
		return nil, nil
	}
	add := &addAction{Path: encodePath(a.Path), PartitionValues: a.Partition.values(), Size: a.Size,
		ModificationTime: millis(a.ModTime), DataChange: true, Stats: a.Stats}
	if add.Stats == "" {
		add.Stats = `{"numRecords":` + strconv.FormatInt(a.Rows, 10) + `}`
	}
	if a.Deleted != nil && !a.Deleted.IsEmpty() {
		if last := int64(a.Deleted.Maximum()); last >= a.Rows {
			return nil, fmt.Errorf("row %d of file %s is to be deleted, and it has %d rows", last, a.Path, a.Rows)
		}
		if int64(a.Deleted.GetCardinality()) == a.Rows {
			return nil, nil
		}
		add.dead = a.Deleted.Clone()
		var err error
		if add.DeletionVector, err = vectors.add(t, add.dead); err != nil {
			return nil, err
		}
		if add.Stats, err = looseStats(a.Stats, a.Rows); err != nil {
			return nil, fmt.Errorf("statistics of file %s: %w", a.Path, err)
		}
	}
	t.dirty[filepath.Join(t.dir, filepath.FromSlash(path.Dir(a.Path)))] = true
	return add, nil
}

// knows reports whether the table has a file of this path, or once had.
func (t *Table) knows(path string) bool { return t.files[path] != nil || len(t.gone[path]) > 0 }

// looseStats marks bounds as those of all rows, the dead ones included, and sees to numRecords, which readers of files
// with deletion vectors need.
func looseStats(text string, rows int64) (string, error) {
	stats := map[string]json.RawMessage{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &stats); err != nil {
			return "", err
		}
	}
	stats["numRecords"] = rawJSON(rows)
	stats["tightBounds"] = rawJSON(false)
	return string(rawJSON(stats)), nil
}

// totalRows gives a file's number of rows, from its footer where the log has none.
func (t *Table) totalRows(f *File) (int64, error) {
	if f.Rows >= 0 {
		return f.Rows, nil
	}
	file, closer, err := t.openData(f.Path)
	if err != nil {
		return 0, err
	}
	defer closer.Close()
	f.Rows = 0
	for g := range file.RowGroups() {
		f.Rows += int64(file.Rows(g))
	}
	return f.Rows, nil
}

// tempPrefix is how files of the log are named that are not whole yet. Readers pass over hidden files.
const tempPrefix = ".tmp-"

// put writes the commit beside the log and links it in as the next version, which fails where that exists. A blind
// commit then tries the version after.
func (t *Table) put(ctx context.Context, p *plan) (int64, error) {
	temp := filepath.Join(t.logDir(), tempPrefix+p.uuid+".json")
	for again := false; ; again = true {
		if !again || p.mark != nil {
			if err := t.write(temp, p, again); err != nil {
				return 0, err
			}
		}
		err := t.overtaken()
		if err == nil {
			err = t.stillThere(p)
		}
		if err != nil {
			_ = t.fsys.Remove(temp)
			return 0, err
		}
		version := t.version + 1
		err = t.fsys.Link(temp, t.logPath(version))
		if err == nil {
			_ = t.fsys.Remove(temp) // before the sync, so that a crash does not bring it back
			return version, t.publish(p, version)
		}
		made, serr := t.settle(ctx, p, err)
		if serr == nil && made == nil {
			continue
		}
		_ = t.fsys.Remove(temp)
		if serr != nil {
			return 0, serr
		}
		return made.Version, t.confirm(made)
	}
}

// publish makes a linked version durable, and then the handle's own.
func (t *Table) publish(p *plan, version int64) error {
	if err := t.fsys.SyncDir(t.logDir()); err != nil {
		return fmt.Errorf("version %d: %w: %w", version, ErrUnclear, err)
	}
	_, err := t.apply(version, p.actions, false)
	return err
}

// settle finds out what became of a link that failed. It gives our commit if it is in the log after all, an error where
// the commit was not made, and nil, nil where it may be tried at the next version.
func (t *Table) settle(ctx context.Context, p *plan, cause error) (*Commit, error) {
	newer, err := t.follow(context.WithoutCancel(ctx))
	for _, c := range newer {
		if c.UUID == p.uuid {
			return c, nil
		}
	}
	switch taken := errors.Is(cause, fs.ErrExist); {
	case err != nil && taken:
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w; then %w", ErrUnclear, cause, err)
	case len(newer) == 0:
		return nil, cause
	}
	if err := t.rebase(p, newer); err != nil {
		return nil, err
	}
	return nil, ctx.Err()
}

// confirm makes a version durable whose link had seemed to fail, and takes it from what Refresh reports.
func (t *Table) confirm(made *Commit) error {
	if err := t.fsys.SyncDir(t.logDir()); err != nil {
		return fmt.Errorf("version %d: %w: %w", made.Version, ErrUnclear, err)
	}
	t.unseen = slices.DeleteFunc(t.unseen, func(c *Commit) bool { return c == made })
	return nil
}

// rebase says whether p still holds after newer versions.
func (t *Table) rebase(p *plan, newer []*Commit) error {
	last := newer[len(newer)-1]
	conflict := func(why string) error {
		return fmt.Errorf("%w: version %d was made by %s (%s) meanwhile%s", ErrConflict, last.Version, last.Engine, last.Operation, why)
	}
	if p.tx == nil || !p.blind {
		return conflict("")
	}
	for _, c := range newer {
		if c.Metadata || c.Protocol || c.DataChange && !c.Ours {
			return conflict("")
		}
		if t.judged(p.tx) && c.changesKeys() {
			return conflict(", and may hold keys of this one")
		}
		for name := range p.tx.Domains {
			if _, ok := c.Domains[name]; ok {
				return conflict(", and sets domain " + name + " too")
			}
		}
	}
	for _, name := range p.adds {
		if t.knows(name) {
			return conflict(", and adds file " + name + " too")
		}
	}
	return t.checkExpect(p.tx.Expect)
}

// judged reports whether the rows of tx were compared with those that the table held: they are new keys only as long as
// nobody else has brought or buried one.
func (t *Table) judged(tx *Tx) bool { return tx.Guarded && t.Keyed() && len(tx.Adds) > 0 }

// changesKeys reports whether keys came or went by c, or a tombstone, which makes no change of rows.
func (c *Commit) changesKeys() bool {
	_, log := c.Domains[mergeDomain]
	return c.DataChange || log
}

// openData opens a data file of the table.
func (t *Table) openData(name string) (*column.File, interface{ Close() error }, error) {
	full := filepath.Join(t.dir, filepath.FromSlash(name))
	f, err := t.fsys.Open(full)
	if err != nil {
		return nil, nil, damaged(full, "data file cannot be opened", err)
	}
	size, err := f.Size()
	if err == nil {
		var file *column.File
		if file, err = column.OpenFile(f, size); err == nil {
			return file, f, nil
		}
	}
	f.Close()
	return nil, nil, damaged(full, "data file cannot be read", err)
}
