package delta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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

// load reads the state: all of the JSON log where it is there from version 0, else the newest checkpoint that the log
// goes on from.
func (t *Table) load(ctx context.Context, l *listing) error {
	start := l.versions
	if len(start) == 0 || start[0] != 0 || !contiguous(start) {
		cp, rest, err := l.startingPoint(t)
		if err != nil {
			return err
		}
		if err := t.loadCheckpoint(cp); err != nil {
			return err
		}
		start = rest
	}
	for _, v := range start {
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

func contiguous(versions []int64) bool {
	for i := 1; i < len(versions); i++ {
		if versions[i] != versions[i-1]+1 {
			return false
		}
	}
	return true
}

// startingPoint gives the newest checkpoint after which no version is missing, and those versions.
func (l *listing) startingPoint(t *Table) (*checkpoint, []int64, error) {
	newest := int64(-1)
	for v := range l.checkpoints {
		newest = max(newest, v)
	}
	expect := newest + 1
	rest, _ := slices.BinarySearch(l.versions, expect)
	for _, v := range l.versions[rest:] {
		if v != expect {
			return nil, nil, &DamagedError{File: t.logPath(expect), Reason: fmt.Sprintf("version %d of the log is missing, and later ones are there", expect)}
		}
		expect++
	}
	return l.checkpoints[newest], l.versions[rest:], nil
}

// loadCheckpoint makes the state that of a checkpoint.
func (t *Table) loadCheckpoint(cp *checkpoint) error {
	if cp.v2 {
		return &ProtocolError{Dir: t.dir, Version: cp.version, Feature: "v2Checkpoint"}
	}
	var actions []action
	for _, name := range cp.files {
		name = filepath.Join(t.logDir(), name)
		part, err := t.readCheckpoint(name)
		if err != nil {
			return &DamagedError{File: name, Reason: "checkpoint cannot be read: " + err.Error(), Err: err}
		}
		actions = append(actions, part...)
	}
	for _, a := range actions {
		if a.Remove != nil { // of long ago: all that matters is that its path was used
			if p, err := decodePath(a.Remove.Path); err == nil {
				t.gone[p] = true
			}
		}
	}
	if _, err := t.apply(cp.version, actions, false); err != nil {
		return err
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
