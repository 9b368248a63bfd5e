package lint

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/seamflow/seamflow/"

// table says which packages of ours a package may import: design.md section 2. A key that ends in /* is every package
// below; the longest key counts.
var table = map[string][]string{
	"cmd/seamflow":         {"internal/cli"},
	"internal/diag":        {},
	"internal/spec":        {"internal/diag"},
	"internal/model":       {"internal/diag"},
	"internal/sqlexpr":     {"internal/model", "internal/diag"},
	"internal/lock":        {"internal/model", "internal/sqlexpr", "internal/diag"},
	"schemas/*":            {"internal/model", "internal/diag", "schemas/*"},
	"schemas/parquet":      {"internal/model", "internal/diag", "schemas/*", "runtime/delta/column"}, // which reads footers
	"internal/resolve":     {"internal/spec", "schemas/*", "internal/sqlexpr", "internal/model", "internal/diag"},
	"internal/check":       {"internal/model", "internal/sqlexpr", "internal/diag"},
	"internal/graph":       {"internal/model", "internal/sqlexpr", "internal/diag"},
	"internal/evolve":      {"internal/model", "internal/sqlexpr", "internal/diag", "internal/lock", "runtime/contract"},
	"internal/evolve/demo": {"internal/cli"},
	"internal/emit":        {"internal/model", "internal/sqlexpr", "internal/lock", "internal/diag", "runtime/contract"},
	"gen/jen":              {},
	"gen/gogen":            {"gen/jen", "internal/emit", "internal/model", "runtime/contract"},
	"gen/artifact":         {"internal/emit", "internal/graph", "templates"},
	"gen": {"gen/gogen", "gen/artifact", "internal/emit", "internal/evolve", "internal/graph", "internal/check", "internal/resolve",
		"internal/lock", "internal/sqlexpr", "internal/model", "internal/spec", "internal/diag", "schemas/*", "templates", "runtime/genver", "runtime/contract"},
	"internal/deploy": {"internal/model", "internal/emit", "internal/sqlexpr", "internal/diag", "runtime/contract", "runtime/delta", "runtime/files", "runtime/flow", "runtime/kafka",
		"runtime/stream", "runtime/vfs"},
	"internal/fixture":  {"internal/model", "internal/sqlexpr", "internal/diag", "runtime/value", "runtime/fixture/job"},
	"internal/cli":      {"gen", "internal/evolve", "internal/deploy", "internal/graph", "internal/fixture", "internal/diag", "templates", "runtime/fixture/job"},
	"templates":         {},
	"runtime/*":         {"runtime/*"},
	"runtime/stream":    {},
	"runtime/kafka":     {"runtime/stream"},
	"internal/broker":   {},
	"internal/broker/*": {"internal/broker"},
	// generated code that is compiled and run as goldens
	"gen/golden/*": {"runtime/*"},
	// what only tests use
	"internal/lint":       {},
	"internal/hostile":    {},
	"internal/campaign/*": {"*"},
	"internal/campaign":   {"*"},
	"internal/harness":    {"*"},
	"internal/vectors/*":  {"*"},
	"internal/vectors":    {"*"},
	"internal/readers/*":  {"*"},
	"internal/readers":    {"*"},
	"internal/difftest/*": {"*"},
	"internal/faults":     {},
	"internal/faults/*":   {"internal/faults"},
	"internal/cutover/*":  {"*"},
	"internal/cutover":    {"*"},
}

// only lists packages that few of ours may import, by prefix of the import path, with who may.
var only = []struct {
	what, instead string
	may           []string
}{
	{"github.com/fsnotify/fsnotify", "ask runtime/files to watch", []string{"runtime/files"}},
	{"github.com/bmatcuk/doublestar", "ask runtime/files to match", []string{"runtime/files", "internal/check", "internal/resolve"}},
	{"github.com/segmentio/kafka-go", "ask runtime/kafka, which is on franz-go (ADR 16)", nil},
	{"github.com/twmb/franz-go/pkg/kgo", "ask runtime/kafka; tests, internal/broker", []string{"runtime/kafka", "internal/broker", "internal/cutover"}},
	{"github.com/xitongsys/parquet-go", "it misreads valid files in silence; use github.com/parquet-go/parquet-go", nil},
	{module + "gen/jen", "only gen/gogen writes Go", []string{"gen/gogen"}},
	{"github.com/dave/jennifer", "ask gen/jen (ADR 27)", nil},
}

// recordPath are the packages that run once per record.
var recordPath = []string{"runtime/jsonr", "runtime/csvr", "runtime/avror", "runtime/value", "runtime/sqlfn", "runtime/merge", "runtime/debezium"}

// never lists what a package may not import at all, and why.
var never = map[string]map[string]string{
	"gen/gogen": {"text/template": "Go is written with gen/jen", "os": "gogen gives bytes, gen writes files"},
}

func init() {
	for _, p := range recordPath {
		never[p] = map[string]string{}
		for _, im := range []string{"reflect", "fmt", "encoding/json", "sort", "log"} {
			never[p][im] = "it runs once per record: build errors by concatenation (strconv) or in an Error method"
		}
	}
}

func TestImportTable(t *testing.T) {
	imports := imports(t, filepath.Join("..", ".."))
	if len(imports) < 10 {
		t.Fatalf("found %d packages: the walk is broken", len(imports))
	}
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		for _, im := range imports[pkg] {
			if why := refused(pkg, im); why != "" {
				t.Errorf("%s imports %s: %s", pkg, im, why)
			}
		}
	}
}

// TestImportTableBites proves that the rules find what they are for.
func TestImportTableBites(t *testing.T) {
	for _, c := range []struct{ pkg, im string }{
		{"internal/model", module + "internal/spec"},
		{"runtime/flow", module + "internal/model"},
		{"gen/gogen", "os"},
		{"gen/gogen", module + "internal/spec"},
		{"gen", module + "gen/jen"},
		{"gen/gogen", "github.com/dave/jennifer/jen"},
		{"runtime/jsonr", "fmt"},
		{"runtime/flow", "github.com/fsnotify/fsnotify"},
		{"internal/diag", module + "internal/model"},
		{"internal/newcomer", module + "internal/diag"},
	} {
		if refused(c.pkg, c.im) == "" {
			t.Errorf("%s may import %s", c.pkg, c.im)
		}
	}
	for _, c := range []struct{ pkg, im string }{
		{"runtime/flow", module + "runtime/delta/column"}, {"gen/gogen", module + "gen/jen"}, {"internal/emit", "fmt"},
	} {
		if why := refused(c.pkg, c.im); why != "" {
			t.Errorf("%s may not import %s: %s", c.pkg, c.im, why)
		}
	}
}

func refused(pkg, im string) string {
	if why := never[pkg][im]; why != "" {
		return why
	}
	for _, o := range only {
		if (im == o.what || strings.HasPrefix(im, o.what+"/")) && !slices.Contains(o.may, pkg) {
			return o.instead
		}
	}
	ours, ok := strings.CutPrefix(im, module)
	if !ok {
		return ""
	}
	allowed, known := row(pkg)
	if !known {
		return "the package is not in the table of internal/lint: add it there and to docs, or put the code where it belongs"
	}
	for _, a := range allowed {
		if a == ours || a == "*" || strings.HasSuffix(a, "/*") && strings.HasPrefix(ours, a[:len(a)-1]) {
			return ""
		}
	}
	return "not in the table of internal/lint; it may import " + strings.Join(allowed, ", ")
}

// row finds the table's most exact key for pkg.
func row(pkg string) ([]string, bool) {
	if r, ok := table[pkg]; ok {
		return r, true
	}
	for dir := path.Dir(pkg); dir != "."; dir = path.Dir(dir) {
		if r, ok := table[dir+"/*"]; ok {
			return r, true
		}
	}
	return nil, false
}

// imports lists the imports of every package below root, tests left out, by folder.
func imports(t *testing.T, root string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipDir(root, name, d.Name())
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		if out[pkg] == nil {
			out[pkg] = []string{}
		}
		for _, im := range file.Imports {
			p, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				return err
			}
			if !slices.Contains(out[pkg], p) {
				out[pkg] = append(out[pkg], p)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// skipDir leaves out what is no package of this module: hidden folders, testdata, other modules.
func skipDir(root, name, base string) error {
	if name == root {
		return nil
	}
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}
