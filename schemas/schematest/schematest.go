// Package schematest runs the cases of schema readers: a folder of txtar files, each a schema, the files beside it, and
// what its reader makes of it, as a record for people to read or as diagnostics. Only tests import it.
package schematest

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

var update = flag.Bool("update", false, "write what the readers give into the cases")

// Read is a reader of schemas.
type Read func(name, file, path, fragment string, src []byte, open func(path string) ([]byte, error), diags *diag.List) *model.Record

// Cases runs testdata/*.txtar: the first file is the schema, the last one, "want", the outcome. The comment may name a
// fragment in a line "fragment: X". visit sees every schema that is read without a diagnostic.
func Cases(t *testing.T, atLeast int, read Read, visit func(t *testing.T, a *txtar.Archive)) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < atLeast {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if last := len(a.Files) - 1; a.Files[last].Name == "want" {
				want, a.Files = string(a.Files[last].Data), a.Files[:last]
			}
			got, clean := run(a, read)
			if *update {
				a.Files = append(a.Files, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("run go test -update and look at what changed (-want +got)\n%s", d)
			}
			if clean {
				visit(t, a)
			}
		})
	}
}

// run reads the case as if it were in the folder "dir" of a pipeline.
func run(a *txtar.Archive, read Read) (out string, clean bool) {
	var diags diag.List
	rec := read("Rec", "dir/"+a.Files[0].Name, a.Files[0].Name, Fragment(a), a.Files[0].Data, Open(a), &diags)
	var b bytes.Buffer
	err := diag.WriteText(&b, diags.Sorted(), func(file string) ([]byte, bool) {
		data, err := Open(a)(strings.TrimPrefix(file, "dir/"))
		return data, err == nil
	})
	switch {
	case err != nil:
		return err.Error(), false
	case rec != nil && diags.HasErrors():
		b.WriteString("A RECORD IN SPITE OF ERRORS\n")
	case rec == nil && !diags.HasErrors():
		b.WriteString("NO RECORD AND NO ERROR\n")
	case rec != nil:
		b.WriteString(Dump(rec))
	}
	return b.String(), diags.Len() == 0
}

// Fragment gives the fragment that the comment of a case names.
func Fragment(a *txtar.Archive) string {
	for line := range strings.Lines(string(a.Comment)) {
		if f, ok := strings.CutPrefix(line, "fragment: "); ok {
			return strings.TrimSpace(f)
		}
	}
	return ""
}

// Open gives the files of a case.
func Open(a *txtar.Archive) func(path string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		for _, f := range a.Files {
			if f.Name == path {
				return f.Data, nil
			}
		}
		return nil, fs.ErrNotExist
	}
}
