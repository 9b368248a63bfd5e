package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/vfs"
)

func TestCompactCommand(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`, `{"w":1}`)
	if code, out, errs := call(t, dir, "compact"); code != 0 || !strings.Contains(out, "no table yet") {
		t.Errorf("without a table: exit %d: %s%s", code, out, errs)
	}
	if code, _, _ := call(t, dir, "compact", "words"); code != flow.ExitUsage {
		t.Errorf("a table that is named and not there: exit %d", code)
	}
	for i := range 3 {
		if err := os.WriteFile(filepath.Join(dir, "in", fmt.Sprintf("%d.json", i+2)), []byte(`{"w":"b"}`+"\n"+`{"w":2}`+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if code, _, errs := call(t, dir, "--available-now"); code != 0 {
			t.Fatal(errs)
		}
	}
	lock, err := delta.Lock(t.Context(), vfs.OS(), filepath.Join(dir, "words"), 0, "another")
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errs := call(t, dir, "compact"); code != flow.ExitEnvironment || !strings.Contains(errs, "pipeline another") {
		t.Errorf("beside a running pipeline: exit %d: %s", code, errs)
	}
	lock.Close()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"compact", "say"}, flow.ExitUsage, "is a flow"},
		{[]string{"compact", "nobody"}, flow.ExitUsage, "nobody"},
		{[]string{"compact", "words"}, 0, "table words: 3 files became 1"},
		{[]string{"compact", "--json"}, 0, `"commits": 0`},
		{[]string{"compact"}, 0, "table words__quarantine: nothing to compact in 1 files"},
		{[]string{"quarantine", "list"}, 0, "4 of 4"},
		{[]string{"status"}, 0, "words     4"},
	} {
		code, out, errs := call(t, dir, c.args...)
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("%v: exit %d: %s%s", c.args, code, out, errs)
		}
	}
}
