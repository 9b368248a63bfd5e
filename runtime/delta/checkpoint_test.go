package delta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// writeCheckpoint writes a table's state as another engine would, in so many parts.
func writeCheckpoint(t *testing.T, table *Table, parts int) {
	t.Helper()
	rows := []checkpointRow{
		{Protocol: &checkpointProtocol{MinReader: 3, MinWriter: 7, ReaderFeatures: table.protocol.ReaderFeatures, WriterFeatures: table.protocol.WriterFeatures}},
		{MetaData: &checkpointMeta{ID: table.meta.ID, SchemaString: table.meta.SchemaString, PartitionColumns: table.meta.PartitionColumns, Configuration: table.meta.Configuration}},
	}
	for name, config := range table.domains {
		rows = append(rows, checkpointRow{Domain: &checkpointDomain{Domain: name, Configuration: config}})
	}
	for _, f := range table.Files() {
		rows = append(rows, checkpointRow{Add: &checkpointAdd{Path: f.raw, PartitionValues: f.Partition, Size: f.Size, ModificationTime: millis(f.ModTime), Stats: f.Stats, DeletionVector: f.vector}})
	}
	for _, all := range table.gone {
		for _, r := range all {
			rows = append(rows, checkpointRow{Remove: &checkpointRemove{Path: r.Path, DeletionVector: r.DeletionVector}})
		}
	}
	for part := range parts {
		var b bytes.Buffer
		w := parquet.NewGenericWriter[checkpointRow](&b)
		_, err := w.Write(rows[part*len(rows)/parts : (part+1)*len(rows)/parts])
		must(t, err)
		must(t, w.Close())
		name := fmt.Sprintf("%s/%020d.checkpoint.parquet", table.logDir(), table.version)
		if parts > 1 {
			name = fmt.Sprintf("%s/%020d.checkpoint.%010d.%010d.parquet", table.logDir(), table.version, part+1, parts)
		}
		must(t, vfs.WriteFile(table.fsys, name, b.Bytes()))
	}
}

func dropLog(t *testing.T, table *Table, from, to int64) {
	t.Helper()
	for v := from; v < to; v++ {
		must(t, table.fsys.Remove(table.logPath(v)))
	}
}

func checkpointed(t *testing.T) (*vfs.Mem, *Table) {
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true, Domains: map[string]string{"d": "1"}})
	ctx := context.Background()
	_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "a", Rows: 9}, {Path: "gone", Rows: 1}, {Path: "b ä", Rows: 5}}})
	must(t, err)
	_, err = table.Commit(ctx, &Tx{Deletes: map[string]*bitmap{"a": rowsOf(1, 2), "gone": rowsOf(0)}})
	must(t, err)
	return fsys, table
}

func TestCheckpointsStandInForALogThatIsGone(t *testing.T) {
	ctx := context.Background()
	for _, parts := range []int{1, 3} {
		fsys, table := checkpointed(t)
		writeCheckpoint(t, table, parts)
		dropLog(t, table, 0, 2)
		_, err := table.Commit(ctx, &Tx{Deletes: deleteOf("a", 3)})
		must(t, err)
		got, err := Open(ctx, fsys, table.Dir())
		must(t, err)
		describe := func(h *Table) string {
			s := fmt.Sprint(h.Version(), h.ID(), h.Schema(), h.Domains(""), h.uuid)
			for _, f := range h.Files() {
				dead, err := h.Deleted(f)
				must(t, err)
				s += fmt.Sprint(" ", f.Path, f.Rows, dead.ToArray())
			}
			return s
		}
		if diff := cmp.Diff(describe(table), describe(got)); diff != "" {
			t.Errorf("%d parts: %s", parts, diff)
		}
		if !got.knows("gone") {
			t.Errorf("%d parts: a removed path is forgotten", parts)
		}
		if uuid, err := got.CommitUUID(2); err != nil || uuid == "" {
			t.Errorf("%d parts: UUID of the checkpoint's version: %q, %v", parts, uuid, err)
		}
	}
}

func TestCheckpointsThatDoNotHelp(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, table *Table)
		want  string
	}{
		"a part is missing": {func(t *testing.T, table *Table) {
			writeCheckpoint(t, table, 3)
			must(t, table.fsys.Remove(table.logDir()+"/00000000000000000002.checkpoint.0000000002.0000000003.parquet"))
		}, "version 0 of the log is missing"},
		"damaged": {func(t *testing.T, table *Table) {
			must(t, vfs.WriteFile(table.fsys, table.logDir()+"/00000000000000000002.checkpoint.parquet", []byte("PAR1")))
		}, "00000000000000000002.checkpoint.parquet: checkpoint cannot be read"},
		"a gap after it": {func(t *testing.T, table *Table) {
			writeCheckpoint(t, table, 1)
			for range 2 {
				_, err := table.Commit(ctx, &Tx{Deletes: deleteOf("a", uint32(table.version)+3)})
				must(t, err)
			}
			_, err := table.Commit(ctx, &Tx{Deletes: deleteOf("b ä", 0)})
			must(t, err)
			dropLog(t, table, 4, 5)
		}, "version 4 of the log is missing"},
		"of version 2": {func(t *testing.T, table *Table) {
			must(t, vfs.WriteFile(table.fsys, table.logDir()+"/00000000000000000002.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json", []byte("{}")))
		}, "v2Checkpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys, table := checkpointed(t)
			c.spoil(t, table)
			dropLog(t, table, 0, 1)
			_, err := Open(ctx, fsys, table.Dir())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("open: %v", err)
			}
			var damaged *DamagedError
			var refused *ProtocolError
			if !errors.As(err, &damaged) && !errors.As(err, &refused) {
				t.Errorf("open: %v", err)
			}
		})
	}
}
