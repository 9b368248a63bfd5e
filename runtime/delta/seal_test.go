package delta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/vfs"
)

var sealText = regexp.MustCompile(`,"seamflowSum":"[0-9a-f]{32}"`)

func withoutSum(text string) string { return sealText.ReplaceAllString(text, "") }

// TestEveryBitOfAVersion is flipped: the table is then refused with the file's name, or is what it was. What readers rely on
// is compared whole: rows' files with all they carry, domains, schema, protocol.
func TestEveryBitOfAVersion(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "f", Rows: 10}}, Operation: "WRITE", Domains: map[string]string{"seamflow.flow/a": `{"n":1}`}})
	must(t, err)
	_, err = table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "g", Rows: 10}}, Deletes: map[string]*bitmap{"f": rowsOf(3)}, Operation: "WRITE",
		Domains: map[string]string{"seamflow.flow/a": `{"n":2}`}})
	must(t, err)
	name, clean := table.logPath(2), []byte(logText(t, table, 2))
	want := facts(t, fsys, table.Dir())
	noticed := 0
	for at := range clean {
		for bit := range 8 {
			disk := fsys.Crash(vfs.KeepAll)
			text := bytes.Clone(clean)
			text[at] ^= 1 << bit
			must(t, disk.Remove(name))
			must(t, vfs.WriteFile(disk, name, text))
			after, err := Open(ctx, disk, table.Dir())
			var damage *DamagedError
			if errors.As(err, &damage) && damage.File == name {
				noticed++
				continue
			}
			must(t, err)
			if c, err := after.CommitAt(2); err != nil || c.Ours && c.Operation != "WRITE" {
				t.Fatalf("bit %d of byte %d: the operation is %q, %v", bit, at, c.Operation, err)
			}
			if diff := cmp.Diff(want, facts(t, disk, table.Dir())); diff != "" {
				t.Fatalf("bit %d of byte %d is used in silence: %s\n%s", bit, at, diff, text)
			}
		}
	}
	if noticed < 7*len(clean) {
		t.Errorf("%d of %d bits were noticed", noticed, 8*len(clean))
	}
}

// facts is what a table says of itself.
func facts(t *testing.T, fsys vfs.FS, dir string) []string {
	t.Helper()
	table, err := Open(context.Background(), fsys, dir)
	must(t, err)
	all := []string{fmt.Sprint(table.Version(), table.protocol, table.meta, table.Domains(""))}
	for _, f := range table.Files() {
		dead, err := table.Deleted(f)
		must(t, err)
		all = append(all, fmt.Sprint(f.Path, f.Size, f.Rows, f.Stats, f.Partition, dead))
	}
	return all
}

// A version is cut off at the end of a line only by somebody's hand, or by a disk that lies.
func TestVersionWithoutItsLastLine(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people})
	_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "f", Rows: 10}, {Path: "g", Rows: 10}}})
	must(t, err)
	text := logText(t, table, 1)
	cut := text[:bytes.LastIndexByte([]byte(text[:len(text)-1]), '\n')+1]
	must(t, fsys.Remove(table.logPath(1)))
	must(t, vfs.WriteFile(fsys, table.logPath(1), []byte(cut)))
	var damage *DamagedError
	if _, err := Open(ctx, fsys, table.Dir()); !errors.As(err, &damage) {
		t.Fatalf("got %v", err)
	}
}
