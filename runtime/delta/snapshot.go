package delta

import (
	"maps"
	"path/filepath"
	"time"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// Snapshot is a version of a table, held for the work that goes on beside commits: a checkpoint of it, the clean-up of the
// log before it, and vacuum. It may be used in another goroutine than its table, and by one.
type Snapshot struct {
	fsys    vfs.FS
	dir     string
	version int64
	now     func() time.Time
	newUUID func() [16]byte

	protocol *protocolAction
	meta     *metaData
	files    []*File
	gone     []*removeAction // that are not expired
	txns     []*txnAction
	domains  map[string]string
	there    map[string]bool // files, by path within the table, if they were noted
}

// Snapshot gives the version that the handle stands at. What a checkpoint of it would leave out, because it is older than
// the table promises to keep it, the handle forgets too.
func (t *Table) Snapshot() *Snapshot {
	t.gone.expire(millis(t.now().Add(-t.meta.fileRetention())))
	s := &Snapshot{fsys: t.fsys, dir: t.dir, version: t.version, now: t.now, newUUID: t.newUUID, protocol: t.protocol, meta: t.meta,
		files: make([]*File, 0, len(t.files)), domains: maps.Clone(t.domains)}
	for _, f := range t.files {
		s.files = append(s.files, f)
	}
	for _, all := range t.gone {
		s.gone = append(s.gone, all...)
	}
	for _, x := range t.txns {
		s.txns = append(s.txns, x)
	}
	return s
}

// Version is the version that the snapshot is of.
func (s *Snapshot) Version() int64 { return s.version }

func (s *Snapshot) logDir() string { return filepath.Join(s.dir, "_delta_log") }

// CheckpointDue reports whether so many versions were made since the last checkpoint that the next one should be written.
func (t *Table) CheckpointDue() bool {
	n := t.meta.checkpointInterval()
	return t.version/n > t.checkpointed/n
}
