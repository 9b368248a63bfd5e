package delta

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/vfs"
)

func TestSideFiles(t *testing.T) {
	fsys, table := memTable(t, NewTable{Schema: people})
	for _, data := range []string{"", "some data"} {
		name, err := table.WriteSide("files", []byte(data))
		must(t, err)
		if !strings.HasPrefix(name, "files/") {
			t.Errorf("name %s", name)
		}
		after, err := Open(context.Background(), fsys.Crash(nil), table.Dir())
		must(t, err)
		got, err := after.ReadSide(name)
		if err != nil || string(got) != data {
			t.Errorf("after a crash: %q, %v", got, err)
		}
		full, err := table.sidePath(name)
		must(t, err)
		must(t, fsys.Remove(full))
		var damaged *DamagedError
		if _, err := table.ReadSide(name); !errors.As(err, &damaged) || !strings.Contains(err.Error(), full) {
			t.Errorf("missing: %v", err)
		}
		must(t, vfs.WriteFile(fsys, full, []byte("other data with no sum")))
		if _, err := table.ReadSide(name); !errors.As(err, &damaged) {
			t.Errorf("damaged: %v", err)
		}
	}
	for _, name := range []string{"../x", "/etc/x", "x", "a/b/c", "a/../b"} {
		if _, err := table.ReadSide(name); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
