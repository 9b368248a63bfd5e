package delta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// listing is what the log folder holds.
type listing struct {
	versions    []int64               // of JSON files, ascending
	checkpoints map[int64]*checkpoint // whole ones
}

// checkpoint is a state written out in Parquet, in one file or several.
type checkpoint struct {
	version int64
	files   []string
	v2      bool
}

func (l *listing) empty() bool { return len(l.versions) == 0 && len(l.checkpoints) == 0 }

var (
	commitName     = regexp.MustCompile(`^(\d{20})\.json$`)
	checkpointName = regexp.MustCompile(`^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$`)
	checkpointV2   = regexp.MustCompile(`^(\d{20})\.checkpoint\.[0-9a-fA-F-]{36}\.(?:json|parquet)$`)
)

func (t *Table) list() (*listing, error) {
	entries, err := t.fsys.ReadDir(t.logDir())
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	l := &listing{checkpoints: map[int64]*checkpoint{}}
	parts := map[string][]string{}
	for _, e := range entries {
		name := e.Name()
		if m := commitName.FindStringSubmatch(name); m != nil {
			if v, err := strconv.ParseInt(m[1], 10, 64); err == nil {
				l.versions = append(l.versions, v)
			}
		} else if m := checkpointName.FindStringSubmatch(name); m != nil {
			v, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				continue
			}
			if m[2] == "" {
				l.checkpoints[v] = &checkpoint{version: v, files: []string{name}}
				continue
			}
			of, _ := strconv.Atoi(m[3])
			if group := m[1] + "." + m[3]; l.checkpoints[v] == nil {
				if parts[group] = append(parts[group], name); len(parts[group]) == of {
					l.checkpoints[v] = &checkpoint{version: v, files: parts[group]}
				}
			}
		} else if m := checkpointV2.FindStringSubmatch(name); m != nil {
			if v, err := strconv.ParseInt(m[1], 10, 64); err == nil && l.checkpoints[v] == nil {
				l.checkpoints[v] = &checkpoint{version: v, v2: true}
			}
		}
	}
	slices.Sort(l.versions)
	return l, nil
}

// load reads the state: the newest checkpoint that can be read, and the versions after it; without one, all of the log.
// What _last_checkpoint says is a hint for those who cannot list a folder, and may be stale: it is not asked.
func (t *Table) load(ctx context.Context, l *listing) error {
	var spoilt error // of the newest checkpoint that cannot be read
	for _, version := range slices.Backward(slices.Sorted(maps.Keys(l.checkpoints))) {
		rest, err := l.after(t, version)
		if err != nil {
			return err // older checkpoints need the missing version too
		}
		if err = t.loadCheckpoint(ctx, l.checkpoints[version]); err == nil {
			t.checkpointed = version
			return t.replayAll(ctx, rest)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if spoilt == nil {
			spoilt = err
		}
		t.state, t.version = newState(), -1
	}
	if spoilt != nil && (len(l.versions) == 0 || l.versions[0] != 0) {
		return spoilt
	}
	rest, err := l.after(t, -1)
	if err != nil {
		return err
	}
	return t.replayAll(ctx, rest)
}

func (t *Table) replayAll(ctx context.Context, versions []int64) error {
	for _, v := range versions {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := vfs.ReadFile(t.fsys, t.logPath(v))
		if err != nil {
			return fmt.Errorf("read log: %w", err)
		}
		if _, err := t.replay(v, data, false); err != nil {
			return err
		}
		if v == 0 && (t.protocol == nil || t.meta == nil) {
			return &DamagedError{File: t.logPath(v), Reason: "version 0 has no protocol or no metaData action"}
		}
	}
	return nil
}

// after gives the versions behind one, of which none may be missing.
func (l *listing) after(t *Table, version int64) ([]int64, error) {
	expect := version + 1
	rest, _ := slices.BinarySearch(l.versions, expect)
	for _, v := range l.versions[rest:] {
		if v != expect {
			return nil, &DamagedError{File: t.logPath(expect), Reason: fmt.Sprintf("version %d of the log is missing, and later ones are there", expect)}
		}
		expect++
	}
	return l.versions[rest:], nil
}

// loadCheckpoint makes the state that of a checkpoint.
func (t *Table) loadCheckpoint(ctx context.Context, cp *checkpoint) error {
	if cp.v2 {
		return &ProtocolError{Dir: t.dir, Version: cp.version, Feature: "v2Checkpoint"}
	}
	for _, name := range cp.files {
		if err := t.readCheckpoint(ctx, name, func(a *action) error { return t.absorb(cp.version, a) }); err != nil {
			var refused *ProtocolError
			if errors.As(err, &refused) {
				return err
			}
			return &DamagedError{File: filepath.Join(t.logDir(), name), Reason: "checkpoint cannot be read: " + err.Error(), Err: err}
		}
	}
	if t.protocol == nil || t.meta == nil {
		return &DamagedError{File: filepath.Join(t.logDir(), cp.files[0]), Reason: "the checkpoint has no protocol or no metaData action"}
	}
	t.uuid = fmt.Sprintf("checkpoint-%d", cp.version)
	t.version = -1 // so that CommitUUID asks the log
	uuid, err := t.CommitUUID(cp.version)
	t.version = cp.version
	switch {
	case err == nil:
		t.uuid = uuid
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return nil
}

// absorb puts an action of a checkpoint into the state, which has nothing yet that it could replace.
func (t *Table) absorb(version int64, a *action) error {
	schema, err := t.admit(version, []action{*a})
	if err != nil {
		return err
	}
	switch {
	case a.Txn != nil:
		t.txns[a.Txn.AppID] = a.Txn
	case a.Protocol != nil:
		t.protocol = a.Protocol
	case a.MetaData != nil:
		t.meta, t.schema = a.MetaData, schema
	case a.Domain != nil && !a.Domain.Removed:
		t.domains[a.Domain.Domain] = a.Domain.Configuration
	case a.Add != nil:
		f, err := newFile(a.Add)
		if err != nil {
			return err
		}
		t.files[f.Path] = f
	case a.Remove != nil:
		p, err := decodePath(a.Remove.Path)
		if err != nil {
			return err
		}
		t.gone.bury(p, a.Remove)
	}
	return nil
}
