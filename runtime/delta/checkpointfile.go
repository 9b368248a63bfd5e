package delta

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// checkpointGroup rows make a row group, which is what writing a checkpoint holds in memory.
const checkpointGroup = 1 << 13

// lastCheckpoint is the content of _last_checkpoint.
type lastCheckpoint struct {
	Version int64 `json:"version"`
	Size    int64 `json:"size"` // actions
	Bytes   int64 `json:"sizeInBytes,omitempty"`
	Adds    int64 `json:"numOfAddFiles,omitempty"`
}

// Checkpoint is Snapshot.Checkpoint of the version that the handle stands at. Whether it fails or not, the next one is due
// an interval later.
func (t *Table) Checkpoint(ctx context.Context) error {
	t.checkpointed = t.version
	return t.Snapshot().Checkpoint(ctx)
}

// Attempted notes that a snapshot of the handle's version is being made a checkpoint.
func (t *Table) Attempted() { t.checkpointed = max(t.checkpointed, t.version) }

// Checkpoint writes the snapshot's state as a checkpoint of its version: a reader then needs neither the versions before
// nor their files of the log. The file is whole and durable before _last_checkpoint names it. A checkpoint of the same
// version that is there already is replaced: it says the same, or is damaged.
func (s *Snapshot) Checkpoint(ctx context.Context) error {
	last, err := s.writeCheckpoint(ctx)
	if err == nil {
		err = s.replace("_last_checkpoint", func(temp string) error {
			return vfs.WriteFile(s.fsys, temp, append(rawJSON(last), '\n'))
		})
	}
	if err != nil {
		return fmt.Errorf("checkpoint of version %d of table %s: %w", s.version, s.dir, err)
	}
	return nil
}

func checkpointFile(version int64) string { return fmt.Sprintf("%020d.checkpoint.parquet", version) }

func (s *Snapshot) writeCheckpoint(ctx context.Context) (last lastCheckpoint, err error) {
	err = s.replace(checkpointFile(s.version), func(temp string) error {
		f, err := s.fsys.Create(temp)
		if err != nil {
			return err
		}
		last, err = s.encodeCheckpoint(ctx, f)
		if err == nil {
			err = f.Sync()
		}
		return errors.Join(err, f.Close())
	})
	return last, err
}

// replace puts a file into the log folder, atomically and durably, in the place of what may be there.
func (s *Snapshot) replace(name string, write func(temp string) error) error {
	temp := filepath.Join(s.logDir(), tempPrefix+formatUUID(s.newUUID())+"."+strings.TrimLeft(name, "_"))
	err := write(temp)
	if err == nil {
		err = s.fsys.Rename(temp, filepath.Join(s.logDir(), name))
	}
	if err != nil {
		_ = s.fsys.Remove(temp)
		return err
	}
	return s.fsys.SyncDir(s.logDir())
}

// encodeCheckpoint writes one row per action, row group after row group.
func (s *Snapshot) encodeCheckpoint(ctx context.Context, f vfs.File) (last lastCheckpoint, err error) {
	buf := bufio.NewWriterSize(f, 1<<18)
	w := &checkpointWriter{leaves: column.NewLeaves(checkpointSchema), file: column.NewFileWriter(buf, checkpointSchema, column.WriterOptions{})}
	for a := range s.actions() {
		if err := w.put(&a); err != nil {
			return last, err
		}
		last.Size++
		if a.Add != nil {
			last.Adds++
		}
		if last.Size%checkpointGroup == 0 && ctx.Err() != nil {
			return last, ctx.Err()
		}
	}
	if err := w.flush(); err != nil {
		return last, err
	}
	info, err := w.file.Close()
	if err == nil {
		err = buf.Flush()
	}
	last.Version, last.Bytes = s.version, info.Size
	return last, err
}

// actions gives the state as actions, in an order that does not depend on chance.
func (s *Snapshot) actions() func(yield func(action) bool) {
	slices.SortFunc(s.files, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(s.gone, func(a, b *removeAction) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.DeletionVector.id(), b.DeletionVector.id()))
	})
	slices.SortFunc(s.txns, func(a, b *txnAction) int { return cmp.Compare(a.AppID, b.AppID) })
	return func(yield func(action) bool) {
		on := yield(action{Protocol: s.protocol}) && yield(action{MetaData: s.meta})
		for i := 0; on && i < len(s.txns); i++ {
			on = yield(action{Txn: s.txns[i]})
		}
		for _, name := range slices.Sorted(maps.Keys(s.domains)) {
			on = on && yield(action{Domain: &domainMetadata{Domain: name, Configuration: s.domains[name]}})
		}
		for i := 0; on && i < len(s.files); i++ {
			on = yield(action{Add: s.files[i].add()})
		}
		for i := 0; on && i < len(s.gone); i++ {
			on = yield(action{Remove: s.gone[i]})
		}
	}
}

// add is the action that would put the file, as it is, into the table again.
func (f *File) add() *addAction {
	return &addAction{Path: f.raw, PartitionValues: f.Partition.values(), Size: f.Size, ModificationTime: millis(f.ModTime),
		Stats: f.Stats, Tags: f.tags, DeletionVector: f.vector}
}

// overtaken says why a handle cannot go on: what came after its version was put into a checkpoint, and cleaned up. Without
// this its next commit would take the place of a version that others have long read.
func (t *Table) overtaken() error {
	data, err := vfs.ReadFile(t.fsys, filepath.Join(t.logDir(), "_last_checkpoint"))
	var last lastCheckpoint
	if err != nil || json.Unmarshal(data, &last) != nil || last.Version <= t.version {
		return nil // none, or a torn one of another engine: then nobody has cleaned up by it either
	}
	l, err := t.list() // what it says may be of a copy of the table that was put away
	if err != nil {
		return err
	}
	newer := slices.ContainsFunc(slices.Collect(maps.Keys(l.checkpoints)), func(v int64) bool { return v > t.version })
	if _, next := slices.BinarySearch(l.versions, t.version+1); next || !newer {
		return nil
	}
	return fmt.Errorf("table %s is at version %d at least, and the versions after %d, where this process stands, are cleaned up: start it again",
		t.dir, last.Version, t.version)
}
