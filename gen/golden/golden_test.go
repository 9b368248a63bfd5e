// Package golden holds generated packages, one folder per hazard: spec, schemas, what they generate, and a test that
// runs it. This test generates each anew and compares byte for byte; -update writes what it finds.
package golden

import (
	"context"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/diag"
)

var update = flag.Bool("update", false, "write the generated packages")

func TestGolden(t *testing.T) {
	for _, dir := range hazards(t) {
		t.Run(dir, func(t *testing.T) {
			if *update {
				generate(t, dir)
				return
			}
			copied := copyInputs(t, dir)
			generate(t, copied)
			if diff := cmp.Diff(read(t, dir, output), read(t, copied, output)); diff != "" {
				t.Errorf("run go test ./gen/golden -update and look at what changed:\n%s", diff)
			}
		})
	}
}

// TestSameBytes generates in another folder, with one processor and with eight, from files that were written in
// another order, and twice in one folder: the bytes are the same, and the second run writes nothing.
func TestSameBytes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, dir := range hazards(t) {
		t.Run(dir, func(t *testing.T) {
			var first map[string]string
			for _, procs := range []int{1, 8} {
				runtime.GOMAXPROCS(procs)
				copied := copyInputs(t, dir)
				generate(t, copied)
				got := read(t, copied, output)
				if first == nil {
					first = got
				}
				if diff := cmp.Diff(first, got); diff != "" {
					t.Fatalf("GOMAXPROCS=%d: %s", procs, diff)
				}
				if again := generate(t, copied); !again.UpToDate() {
					t.Fatalf("a second run wrote %q and removed %q", again.Written, again.Stale)
				}
			}
		})
	}
}

func hazards(t *testing.T) []string {
	t.Helper()
	specs, err := filepath.Glob(filepath.Join("*", "*.yaml"))
	if err != nil || len(specs) == 0 {
		t.Fatal("no specs", err)
	}
	var dirs []string
	for _, s := range specs {
		dirs = append(dirs, filepath.Dir(s))
	}
	return dirs
}

func generate(t *testing.T, dir string) *gen.Result {
	t.Helper()
	specs, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(specs) != 1 {
		t.Fatalf("%s: %d specs, %v", dir, len(specs), err)
	}
	res, err := gen.Run(context.Background(), gen.Options{Dir: dir, Specs: []string{filepath.Base(specs[0])}})
	if err != nil {
		t.Fatal(err)
	}
	if res.HasErrors() {
		var b strings.Builder
		_ = diag.WriteText(&b, res.Diagnostics, func(name string) ([]byte, bool) {
			data, err := os.ReadFile(filepath.Join(dir, name))
			return data, err == nil
		})
		t.Fatal(b.String())
	}
	return res
}

func output(name string) bool { return strings.HasSuffix(name, ".gen.go") || name == "seamflow.lock" }

func input(name string) bool { return !output(name) && !strings.HasSuffix(name, ".go") }

func read(t *testing.T, dir string, want func(string) bool) map[string]string {
	t.Helper()
	out := map[string]string{}
	root := os.DirFS(dir)
	names, err := fs.Glob(root, "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !want(name) {
			continue
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(data)
	}
	return out
}

// copyInputs gives a folder of a golden's inputs, written in an order that the map decides.
func copyInputs(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	for name, data := range read(t, dir, input) {
		if err := os.WriteFile(filepath.Join(to, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return to
}
