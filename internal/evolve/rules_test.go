package evolve_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/evolve"
)

var update = flag.Bool("update", false, "write what the rules find into testdata/rules")

// archive gives the files of one side of a case.
func archive(a *txtar.Archive, side string) gen.Tree {
	return gen.Tree{Label: side + "/", ReadFile: func(name string) ([]byte, error) {
		for _, f := range a.Files {
			if f.Name == side+"/"+name {
				return f.Data, nil
			}
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}}
}

func side(t testing.TB, tree gen.Tree, name string) *evolve.Side {
	t.Helper()
	s, diags, err := gen.Describe(tree, name)
	if err != nil {
		t.Fatal(err)
	}
	if s == nil {
		t.Fatalf("%v", diags)
	}
	return s
}

func findings(all []evolve.Finding) string {
	var b bytes.Buffer
	for _, f := range all {
		fmt.Fprintf(&b, "%s %s %s %s (was %s) %s\n", f.ID, f.Verdict, f.Path, f.New, f.Old, strings.Join(f.Tables, ","))
		fmt.Fprintf(&b, "  %s\n", f.Message)
	}
	return b.String()
}

// TestRules: each case is two trees and the exact findings between them, with positions. Its name begins with the rule that
// it is of.
func TestRules(t *testing.T) {
	cases, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all := evolve.Compare(side(t, archive(a, "old"), "spec.yaml"), side(t, archive(a, "new"), "spec.yaml"))
			got := findings(all)
			for i := range a.Files {
				if a.Files[i].Name != "want" {
					continue
				}
				if *update {
					a.Files[i].Data = []byte(got)
					if err := os.WriteFile(name, txtar.Format(a), 0o666); err != nil {
						t.Fatal(err)
					}
				} else if diff := cmp.Diff(string(a.Files[i].Data), got); diff != "" {
					t.Error(diff)
				}
			}
			id, _, _ := strings.Cut(filepath.Base(name), "_")
			if !strings.Contains(got, id+" ") {
				t.Errorf("%s is not found:\n%s", id, got)
			}
			for _, f := range all {
				shown[f.ID] = true
				change := changeOf(f.ID)
				if !strings.Contains(change.Verdicts, f.Verdict.String()) {
					t.Errorf("%s is %s, and its page says %s", f.ID, f.Verdict, change.Verdicts)
				}
				for _, text := range append(f.Effects[:], f.Message, f.Why, f.Fix) {
					if strings.ContainsAny(text, "{}") && !strings.Contains(text, "accept: {") {
						t.Errorf("%s: a name is not filled in: %s", f.ID, text)
					}
				}
			}
			// The same facts out of lock files give the same findings, but for places.
			if diff := cmp.Diff(withoutPlaces(got), withoutPlaces(viaLocks(t, a))); diff != "" {
				t.Errorf("from locks it is another thing:\n%s", diff)
			}
		})
	}
	for _, c := range diag.Changes() {
		if !shown[c.ID] && !elsewhere[c.ID] {
			t.Errorf("%s (%s) has no case", c.ID, c.Title)
		}
	}
}

// elsewhere are rules that a pair of specs does not show: other tests do.
var elsewhere = map[string]bool{"SF0832": true, "SF0833": true, "SF0834": true, "SF0835": true, "SF0836": true, "SF0837": true, "SF0838": true, "SF0840": true, "SF0999": true}

func changeOf(id string) diag.Change {
	for _, c := range diag.Changes() {
		if c.ID == id {
			return c
		}
	}
	return diag.Change{}
}
