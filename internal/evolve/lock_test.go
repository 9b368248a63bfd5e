package evolve_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/evolve"
	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/runtime/contract"
)

// viaLocks compares the two sides of a case by what their lock files hold.
func viaLocks(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	var sides [2]*evolve.Side
	for i, name := range []string{"old", "new"} {
		sides[i] = locked(t, side(t, archive(a, name), "spec.yaml"))
	}
	return findings(evolve.Compare(sides[0], sides[1]))
}

// locked writes a side into a lock file and reads it back.
func locked(t testing.TB, s *evolve.Side) *evolve.Side {
	t.Helper()
	file := new(lock.File)
	file.PinFacts(s.Facts)
	file.Set(s.Facts)
	again, diags := lock.Parse("seamflow.lock", file.Format())
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	facts, diags := again.Facts(s.Facts.Pipeline)
	if len(diags) > 0 || facts == nil {
		t.Fatal(diags)
	}
	return &evolve.Side{Facts: facts}
}

var places = regexp.MustCompile(` \S*/\S+:\d+:\d+ \(was [^)]*\)|  ?\(was [^)]*\)`)

// withoutPlaces gives findings without their places, which decide their order too, sorted.
func withoutPlaces(text string) []string {
	out := strings.Split(strings.ReplaceAll(places.ReplaceAllString(text, ""), "\n  ", ": "), "\n")
	slices.Sort(out)
	return out
}

// TestVerdicts is what a campaign calls: two specs, and the worst verdict of each table.
func TestVerdicts(t *testing.T) {
	for name, want := range map[string]map[string]contract.Verdict{
		"SF0920_key_column_added":         {"orders": contract.Refresh},
		"SF0983_table_renamed_in_silence": {"orders": contract.Safe, "purchases": contract.Refuse},
		"SF0981_table_removed":            {"orders": contract.Safe, "copies": contract.Note},
	} {
		a, err := txtar.ParseFile("testdata/rules/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		got, err := gen.Verdicts(archive(a, "old"), "spec.yaml", archive(a, "new"), "spec.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		// the same from a folder of this machine
		dir := t.TempDir()
		for _, f := range a.Files {
			full := filepath.Join(dir, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(full, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if again, err := gen.Verdicts(gen.Tree{Dir: dir}, "old/spec.yaml", gen.Tree{Dir: filepath.Join(dir, "new")}, "spec.yaml"); err != nil || cmp.Diff(want, again) != "" {
			t.Errorf("%s: from disk %v, %v", name, again, err)
		}
	}
	broken := gen.Tree{ReadFile: func(string) ([]byte, error) { return []byte("pipeline: p\nflows: 5\n"), nil }}
	if _, err := gen.Verdicts(broken, "a.yaml", broken, "a.yaml"); err == nil || !strings.Contains(err.Error(), "a.yaml:2:8: SF0007") {
		t.Errorf("%v", err)
	}
}
