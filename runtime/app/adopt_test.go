package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/flow"
)

func TestAdoptSaysWhatItTakes(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`)
	if code, _, errs := call(t, dir, "--available-now"); code != flow.ExitFine {
		t.Fatal(errs)
	}
	if code, _, errs := call(t, dir, "adopt"); code != flow.ExitUsage || !strings.Contains(errs, "adopt needs the name of a table") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, out, _ := call(t, dir, "adopt", "words"); code != flow.ExitFine || !strings.Contains(out, "nothing to adopt") {
		t.Errorf("exit %d: %s", code, out)
	}
	logs, err := filepath.Glob(filepath.Join(dir, "words/_delta_log/*.json"))
	if err != nil {
		t.Fatal(err)
	}
	text := `{"commitInfo":{"timestamp":1,"operation":"RESTORE","engineInfo":"Apache-Spark/4"}}` + "\n" +
		`{"remove":{"path":"gone","deletionTimestamp":1,"dataChange":true}}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "words/_delta_log", fmt.Sprintf("%020d.json", len(logs))), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := call(t, dir, "--available-now"); code != flow.ExitData || !strings.Contains(errs, "adopt words") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, out, errs := call(t, dir, "adopt", "words"); code != flow.ExitFine || !strings.Contains(out, "RESTORE by Apache-Spark/4") || !strings.Contains(out, "keeps the 1 rows") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := call(t, dir, "--available-now"); code != flow.ExitFine {
		t.Errorf("exit %d: %s", code, errs)
	}
}
