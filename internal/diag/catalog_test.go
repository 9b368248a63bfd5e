package diag

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var quotedID = regexp.MustCompile(`"(SF\d{4})"`)

// Every ID that the code reports is explained, and every explanation is of an ID that the code reports.
func TestCatalogIsComplete(t *testing.T) {
	used := map[string]string{}
	for _, root := range []string{"../../internal", "../../schemas", "../../gen"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(filepath.Base(path), "catalog") {
				return err
			}
			src, err := os.ReadFile(path)
			for _, m := range quotedID.FindAllSubmatch(src, -1) {
				used[string(m[1])] = path
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(used) < 30 {
		t.Errorf("only %d IDs were found in the sources", len(used))
	}
	for id, path := range used {
		if _, ok := Lookup(id); !ok {
			t.Errorf("%s of %s has no entry in the catalog", id, path)
		}
	}
	for _, e := range All() {
		if used[e.ID] == "" {
			t.Errorf("%s is in the catalog and reported nowhere", e.ID)
		}
	}
}

func TestCatalogEntries(t *testing.T) {
	last := ""
	for _, e := range All() {
		if e.ID <= last {
			t.Errorf("%s is there twice", e.ID)
		}
		last = e.ID
		if !quotedID.MatchString(`"` + e.ID + `"`) {
			t.Errorf("%q is no ID", e.ID)
		}
		if e.Title == "" || strings.ContainsAny(e.Title, "\n") || strings.HasSuffix(e.Title, ".") {
			t.Errorf("%s: title %q", e.ID, e.Title)
		}
		if len(e.Text) < 60 || strings.HasPrefix(e.Text, "#") || strings.Count(e.Text, "```")%2 != 0 {
			t.Errorf("%s: text %q", e.ID, e.Text)
		}
	}
	if _, ok := Lookup("SF9999"); ok {
		t.Error("SF9999 is found")
	}
}
