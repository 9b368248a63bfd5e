package delta

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// Table is a handle on a table at one version. It is for one goroutine.
type Table struct {
	fsys    vfs.FS
	dir     string
	now     func() time.Time
	newUUID func() [16]byte

	version      int64
	uuid         string // of the commit at version
	checkpointed int64  // the newest version that has a checkpoint, or was to get one
	state
	unseen []*Commit // read while committing, not reported by Refresh yet
	dirty  map[string]bool
	made   map[string]bool // folders that are known to be there, durably

	checked map[string]bool // files of the merge log that were found whole
}

// state is what the log up to a version amounts to.
type state struct {
	protocol *protocolAction
	meta     *metaData
	schema   column.Schema
	files    map[string]*File
	gone     tombstones            // of files that the table once named, and may not add again
	txns     map[string]*txnAction // by application
	domains  map[string]string
	sorted   []*File // of files; nil when they have changed
}

func newHandle(fsys vfs.FS, dir string) *Table {
	return &Table{fsys: fsys, dir: filepath.Clean(dir), now: time.Now, newUUID: randomUUID, version: -1,
		state: newState(), dirty: map[string]bool{}, made: map[string]bool{}, checked: map[string]bool{}}
}

func newState() state {
	return state{files: map[string]*File{}, gone: tombstones{}, txns: map[string]*txnAction{}, domains: map[string]string{}}
}

func (t *Table) logDir() string { return filepath.Join(t.dir, "_delta_log") }

func logName(version int64) string { return fmt.Sprintf("%020d.json", version) }

func (t *Table) logPath(version int64) string { return filepath.Join(t.logDir(), logName(version)) }

// makeDir makes a folder of the table, once, with its name synced.
func (t *Table) makeDir(dir string) error {
	if t.made[dir] {
		return nil
	}
	if err := vfs.MkdirAllSync(t.fsys, dir); err != nil {
		return err
	}
	t.made[dir] = true
	return nil
}

// Create makes a table in dir, whose parents are made too. It fails with ErrExist where a table is, and with ErrNotDelta
// where something else is.
func Create(ctx context.Context, fsys vfs.FS, dir string, m NewTable) (*Table, error) {
	return create(ctx, newHandle(fsys, dir), m)
}

func create(ctx context.Context, t *Table, m NewTable) (*Table, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if _, err := t.look(); err == nil {
		return nil, fmt.Errorf("create table %s: %w", t.dir, ErrExist)
	} else if !errors.Is(err, ErrNotExist) {
		return nil, err
	}
	now := t.now()
	meta, err := newMetaData(&m, formatUUID(t.newUUID()), millis(now))
	if err != nil {
		return nil, fmt.Errorf("create table %s: %w", t.dir, err)
	}
	for _, dir := range []string{t.dir, t.logDir()} {
		if err := t.makeDir(dir); err != nil {
			return nil, fmt.Errorf("create table %s: %w", t.dir, err)
		}
	}
	operation := m.Operation
	if operation == "" {
		operation = "CREATE TABLE"
	}
	p := &plan{uuid: formatUUID(t.newUUID())}
	p.actions = append(p.actions,
		action{CommitInfo: t.info(p.uuid, now, operation, false, nil)},
		action{Protocol: newProtocol(m.Keyed && !m.Rewrite)},
		action{MetaData: meta})
	for _, name := range slices.Sorted(maps.Keys(m.Domains)) {
		p.actions = append(p.actions, action{Domain: &domainMetadata{Domain: name, Configuration: m.Domains[name]}})
	}
	if _, err := t.put(ctx, p); errors.Is(err, ErrConflict) {
		return nil, fmt.Errorf("create table %s: %w", t.dir, ErrExist)
	} else if err != nil {
		return nil, fmt.Errorf("create table %s: %w", t.dir, err)
	}
	return t, nil
}

// look says what dir holds: the listing of the log, ErrNotExist where a table can be made, ErrNotDelta otherwise.
func (t *Table) look() (*listing, error) {
	info, err := t.fsys.Stat(t.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", t.dir, ErrNotExist)
	} else if err != nil {
		return nil, fmt.Errorf("open table: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is a file and %w; name another path for the table", t.dir, ErrNotDelta)
	}
	l, err := t.list()
	if err == nil && !l.empty() {
		return l, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	entries, rerr := t.fsys.ReadDir(t.dir)
	if rerr != nil {
		return nil, fmt.Errorf("open table: %w", rerr)
	}
	other := slices.IndexFunc(entries, func(e fs.DirEntry) bool {
		return e.Name() != "_delta_log" && e.Name() != "_seamflow" // what a lock and a Create that was killed leave
	})
	switch {
	case other < 0:
		return nil, fmt.Errorf("%s: %w", t.dir, ErrNotExist)
	case err == nil:
		return nil, &DamagedError{File: t.logDir(), Reason: "the log is empty, and the folder holds files (" + entries[other].Name() + ", …)"}
	}
	return nil, fmt.Errorf("%s holds other things (%s, …) and is %w; name another path for the table", t.dir, entries[other].Name(), ErrNotDelta)
}

// Open reads a table as it stands. It fails with ErrNotExist where there is none and ErrNotDelta where dir holds something else.
func Open(ctx context.Context, fsys vfs.FS, dir string) (*Table, error) {
	t := newHandle(fsys, dir)
	if err := t.lookAndLoad(ctx); err != nil {
		return nil, err
	}
	// What was read may be the commit of a process that died before it synced the log: what follows may rely on it only
	// once it is durable.
	if err := fsys.SyncDir(t.logDir()); err != nil {
		return nil, fmt.Errorf("open table: %w", err)
	}
	return t, nil
}

// lookAndLoad reads the log as it is. Somebody may clean it up between the listing and the reading: it is then listed anew.
func (t *Table) lookAndLoad(ctx context.Context) error {
	for tries := 3; ; tries-- {
		l, err := t.look()
		if err != nil {
			return err
		}
		if err = t.load(ctx, l); err == nil || tries == 1 || !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		t.state, t.version = newState(), -1
	}
}

// Refresh reads the versions that others have added, and reports them.
func (t *Table) Refresh(ctx context.Context) ([]*Commit, error) {
	fresh, err := t.follow(ctx)
	if err != nil {
		return nil, err
	}
	if len(fresh) > 0 {
		if err := t.fsys.SyncDir(t.logDir()); err != nil {
			return nil, fmt.Errorf("refresh table: %w", err)
		}
	}
	seen := t.unseen
	t.unseen = nil
	return seen, nil
}

// follow applies newer versions, and keeps them for Refresh.
func (t *Table) follow(ctx context.Context) ([]*Commit, error) {
	from := len(t.unseen)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		next := t.version + 1
		data, err := vfs.ReadFile(t.fsys, t.logPath(next))
		if errors.Is(err, fs.ErrNotExist) {
			return t.unseen[from:], t.overtaken()
		} else if err != nil {
			return nil, fmt.Errorf("read log: %w", err)
		}
		c, err := t.replay(next, data, true)
		if err != nil {
			return nil, err
		}
		t.unseen = append(t.unseen, c)
	}
}

// replay applies the text of a version. With report it works out what changed.
func (t *Table) replay(version int64, data []byte, report bool) (*Commit, error) {
	actions, err := decodeActions(t.logPath(version), data)
	if err != nil {
		return nil, err
	}
	c, err := t.apply(version, actions, report)
	if err != nil {
		return nil, err
	}
	if c.UUID == "" {
		c.UUID = hashUUID(data)
	}
	t.uuid = c.UUID
	return c, nil
}

// hashUUID names a version of another engine by its content.
func hashUUID(data []byte) string {
	sum := xxh3.Hash128(data).Bytes()
	return "xxh3-" + hex.EncodeToString(sum[:])
}

// apply makes the state that of version. Nothing has changed when it fails.
func (t *Table) apply(version int64, actions []action, report bool) (*Commit, error) {
	c := &Commit{Version: version, Deletes: map[string]*roaring.Bitmap{}, Domains: map[string]string{}}
	schema, err := t.admit(version, actions)
	if err != nil {
		return nil, err
	}
	added, removed, err := t.fileChanges(version, actions)
	if err != nil {
		return nil, err
	}
	if report {
		if err := t.reportFiles(c, added, removed); err != nil {
			return nil, err
		}
	}
	shape := ""
	if t.meta != nil && slices.ContainsFunc(actions, func(a action) bool { return a.Protocol != nil || a.MetaData != nil }) {
		shape = t.Shape()
	}
	for _, a := range actions {
		switch {
		case a.CommitInfo != nil:
			c.describe(a.CommitInfo)
		case a.Protocol != nil:
			t.protocol, c.Protocol = a.Protocol, true
		case a.MetaData != nil:
			t.meta, t.schema, c.Metadata = a.MetaData, schema, true
		case a.Domain != nil && a.Domain.Removed:
			delete(t.domains, a.Domain.Domain)
			c.Domains[a.Domain.Domain] = ""
		case a.Domain != nil:
			t.domains[a.Domain.Domain] = a.Domain.Configuration
			c.Domains[a.Domain.Domain] = a.Domain.Configuration
		case a.Txn != nil:
			t.txns[a.Txn.AppID] = a.Txn
		case a.Add != nil:
			c.DataChange = c.DataChange || a.Add.DataChange
		case a.Remove != nil:
			c.DataChange = c.DataChange || a.Remove.DataChange
		}
	}
	c.Reshaped = shape != "" && t.Shape() != shape
	for path := range removed {
		delete(t.files, path)
	}
	t.buryAll(actions)
	for path, f := range added {
		t.files[path] = f
		t.gone.raise(path, f.vector.id())
	}
	if len(added)+len(removed) > 0 {
		t.sorted = nil
	}
	t.version, t.uuid = version, c.UUID
	return c, nil
}

// buryAll makes tombstones of the removes, whose paths fileChanges has read.
func (t *Table) buryAll(actions []action) {
	for _, a := range actions {
		if a.Remove != nil {
			if p, err := decodePath(a.Remove.Path); err == nil {
				t.gone.bury(p, a.Remove)
			}
		}
	}
}

// admit refuses a version that needs what we do not do, and gives its schema where it has a new one.
func (t *Table) admit(version int64, actions []action) (column.Schema, error) {
	var schema column.Schema
	for _, a := range actions {
		var need string
		var err error
		switch {
		case a.Protocol != nil:
			need = a.Protocol.unreadable()
		case a.MetaData != nil:
			if need = a.MetaData.unreadable(); need == "" {
				schema, err = decodeSchema(a.MetaData.SchemaString)
			}
		case a.Domain != nil && a.Domain.Domain == mergeDomain:
			if _, err := decodeMergeLevels(a.Domain.Configuration); err != nil {
				return nil, &DamagedError{File: t.logPath(version), Reason: "domain " + mergeDomain + " cannot be read: " + err.Error(), Err: err}
			}
		}
		if err != nil {
			need = err.Error()
		}
		if need != "" {
			return nil, &ProtocolError{Dir: t.dir, Version: version, Feature: need, By: maker(actions)}
		}
	}
	return schema, nil
}

// maker names who made a version, and how.
func maker(actions []action) string {
	for _, a := range actions {
		if a.CommitInfo != nil && a.CommitInfo.EngineInfo != "" {
			return a.CommitInfo.EngineInfo + " (" + a.CommitInfo.Operation + ")"
		}
	}
	return ""
}

// fileChanges gives the files that a version adds, and takes away: a path in both has a new deletion vector.
func (t *Table) fileChanges(version int64, actions []action) (added map[string]*File, removed map[string]bool, err error) {
	added, removed = map[string]*File{}, map[string]bool{}
	refuse := func(err error) error { return &DamagedError{File: t.logPath(version), Reason: err.Error(), Err: err} }
	for _, a := range actions {
		switch {
		case a.Remove != nil:
			p, err := decodePath(a.Remove.Path)
			if err != nil {
				return nil, nil, refuse(err)
			}
			// A remove names file and vector; one of another vector is of a state that is no longer there.
			if f := t.files[p]; f != nil && f.vector.id() == a.Remove.DeletionVector.id() {
				removed[p] = true
			}
		case a.Add != nil:
			f, err := newFile(a.Add)
			if err != nil {
				return nil, nil, refuse(err)
			}
			added[f.Path] = f
		}
	}
	return added, removed, nil
}

func newFile(a *addAction) (*File, error) {
	p, err := decodePath(a.Path)
	if err != nil {
		return nil, err
	}
	f := &File{Path: p, Size: a.Size, Rows: -1, Stats: a.Stats, ModTime: time.UnixMilli(a.ModificationTime).UTC(), raw: a.Path, tags: a.Tags, vector: a.DeletionVector, dead: a.dead,
		Partition: partitionOf(a.PartitionValues)}
	if a.Stats != "" {
		var stats struct {
			NumRecords *int64 `json:"numRecords"`
		}
		if err := json.Unmarshal([]byte(a.Stats), &stats); err == nil && stats.NumRecords != nil {
			f.Rows = *stats.NumRecords
		}
	}
	if f.vector != nil {
		f.Dead = f.vector.Cardinality
	}
	return f, nil
}

// reportFiles tells new files from files with more dead rows.
func (t *Table) reportFiles(c *Commit, added map[string]*File, removed map[string]bool) error {
	for _, p := range slices.Sorted(maps.Keys(added)) {
		f, old := added[p], t.files[p]
		if old == nil {
			c.Adds = append(c.Adds, f)
			continue
		}
		if f.vector.id() == old.vector.id() {
			continue
		}
		dead, err := t.Deleted(f)
		if err != nil {
			return err
		}
		before, err := t.Deleted(old)
		if err != nil {
			return err
		}
		if more := roaring.AndNot(dead, before); !more.IsEmpty() {
			c.Deletes[p] = more
		}
	}
	for _, p := range slices.Sorted(maps.Keys(removed)) {
		if added[p] == nil {
			c.Removes = append(c.Removes, p)
		}
	}
	return nil
}

func (c *Commit) describe(info *commitInfo) {
	c.Engine, c.Operation, c.Timestamp = info.EngineInfo, info.Operation, time.UnixMilli(info.Timestamp).UTC()
	if info.SeamflowCommit != "" && strings.HasPrefix(info.EngineInfo, "Seamflow/") {
		c.UUID, c.Ours = info.SeamflowCommit, true
	}
}

// Deleted gives the dead rows of a file. The bitmap is the handle's own: clone it to change it.
func (t *Table) Deleted(f *File) (*roaring.Bitmap, error) {
	if f.dead == nil {
		if f.vector == nil {
			f.dead = roaring.New()
		} else {
			dead, err := t.loadVector(f.vector)
			if err != nil {
				return nil, err
			}
			f.dead = dead
		}
	}
	return f.dead, nil
}

// Dir gives the table's folder.
func (t *Table) Dir() string { return t.dir }

// Version gives the version that the handle stands at.
func (t *Table) Version() int64 { return t.version }

// ID gives the table's id, which it keeps through resets, and which a copy of its folder shares.
func (t *Table) ID() string { return t.meta.ID }

// Name gives the table's name.
func (t *Table) Name() string { return t.meta.Name }

// Keyed reports whether rows can be deleted: whether the protocol has deletion vectors, or files are written anew.
func (t *Table) Keyed() bool { return t.protocol.has("deletionVectors") || t.Rewrites() }

// Schema gives the columns.
func (t *Table) Schema() column.Schema { return t.schema }

// Configuration gives the table's properties.
func (t *Table) Configuration() map[string]string { return maps.Clone(t.meta.Configuration) }

// Files gives the files, sorted by path.
func (t *Table) Files() []*File {
	if t.sorted == nil {
		t.sorted = make([]*File, 0, len(t.files))
		for _, p := range slices.Sorted(maps.Keys(t.files)) {
			t.sorted = append(t.sorted, t.files[p])
		}
	}
	return t.sorted
}

// File gives a file of the table's present state.
func (t *Table) File(path string) (*File, bool) {
	f, ok := t.files[path]
	return f, ok
}

// Domain gives the configuration of a domain.
func (t *Table) Domain(name string) (string, bool) {
	c, ok := t.domains[name]
	return c, ok
}

// Domains gives the domains whose names start with prefix.
func (t *Table) Domains(prefix string) map[string]string {
	out := map[string]string{}
	for name, c := range t.domains {
		if strings.HasPrefix(name, prefix) {
			out[name] = c
		}
	}
	return out
}

// CommitUUID gives the identity of a version of the log: two tables with the same UUID at a version have the same history
// up to it. It fails with fs.ErrNotExist for a version that is not there.
func (t *Table) CommitUUID(version int64) (string, error) {
	if version == t.version {
		return t.uuid, nil
	}
	data, err := vfs.ReadFile(t.fsys, t.logPath(version))
	if err != nil {
		return "", err
	}
	actions, err := decodeActions(t.logPath(version), data)
	if err != nil {
		return "", err
	}
	c := &Commit{UUID: hashUUID(data)}
	for _, a := range actions {
		if a.CommitInfo != nil {
			c.describe(a.CommitInfo)
		}
	}
	return c.UUID, nil
}
