package lint

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/callgraph"
	"golang.org/x/tools/go/callgraph/rta"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
)

// banned are packages and functions that the record path may not reach. fmt and encoding/json are reflection by
// another name; time's parsing and printing are slow and know layouts that SQL does not.
var banned = []string{"reflect", "internal/reflectlite", "fmt", "encoding/json", "log", "time.Parse", "time.ParseInLocation", "time.Format", "time.AppendFormat"}

// TestNoReflectionOnTheRecordPath follows all calls from what runs once per record, in programs that hold real
// pipelines, and finds no way to what is banned.
func TestNoReflectionOnTheRecordPath(t *testing.T) {
	keyed := []string{"DecodeJSON", "Flow", "Key", "AppendRow", "Append", "Read", "SCD1", "Int64"}
	for _, program := range []struct {
		name, dir, pattern string
		roots              []string
	}{
		{"every type", ".", "./testdata/recordpath", keyed},
		{"online_orders", filepath.Join("..", "..", "examples", "online_orders"), ".", keyed},
		{"messages", ".", "./testdata/avropath", []string{"DecodeAvro", "decodeAvro", "Flow", "Append", "Field", "OptDecimal", "Enum"}},
		{"Parquet files", ".", "./testdata/parquetpath", []string{"Columns).Read", "Columns).Scan", "Flow", "Key", "Append", "Advance", "SkipRows", "TakeUUID"}},
	} {
		t.Run(program.name, func(t *testing.T) {
			g := load(t, program.dir, program.pattern)
			roots := g.roots(onRecordPath)
			for _, want := range program.roots {
				if !slices.ContainsFunc(roots, func(f *ssa.Function) bool { return strings.HasSuffix(f.String(), want) }) {
					t.Errorf("no root is named …%s: the test does not see the record path", want)
				}
			}
			for _, chain := range g.reach(roots) {
				t.Errorf("reflection on the record path:\n\t%s", strings.Join(chain, "\n\t-> "))
			}
			t.Logf("%d roots", len(roots))
		})
	}
}

// TestReflectionIsFound proves that the check finds what it looks for, through interfaces, closures and values.
func TestReflectionIsFound(t *testing.T) {
	g := load(t, ".", "./testdata/planted")
	for root, want := range map[string]string{"DecodeJSON": "fmt.Println", "DecodeCSV": "time.Parse", "planted": "encoding/json.Unmarshal", "Append": ""} {
		roots := g.roots(func(f *ssa.Function) bool { return f.Name() == root && f.Pkg != nil && f.Pkg.Pkg.Name() == "main" })
		if len(roots) != 1 {
			t.Fatalf("%s: %d roots", root, len(roots))
		}
		chains := g.reach(roots)
		if want == "" && len(chains) == 0 {
			continue
		}
		if len(chains) == 0 || chains[0][len(chains[0])-1] != want {
			t.Errorf("%s: found %q, want a way to %q", root, chains, want)
		}
	}
}

// onRecordPath says whether f runs once per record: in generated code the decoders, flow functions, encodings and
// column buffers; in the runtime the readers' value methods and the merge.
func onRecordPath(f *ssa.Function) bool {
	if f.Pkg == nil || f.Synthetic != "" {
		return false
	}
	pkg, name := f.Pkg.Pkg.Path(), f.Name()
	switch {
	case strings.HasSuffix(pkg, "/runtime/merge"):
		return true
	case strings.HasSuffix(pkg, "/runtime/jsonr"), strings.HasSuffix(pkg, "/runtime/csvr"), strings.HasSuffix(pkg, "/runtime/avror"), strings.HasSuffix(pkg, "/runtime/debezium"):
		return method(f) == "Reader" && name != "Error"
	case strings.HasSuffix(pkg, "/runtime/value"), strings.HasSuffix(pkg, "/runtime/sqlfn"):
		return name != "init" && name != "Error"
	case strings.HasSuffix(pkg, "/runtime/delta/column"): // the cursors
		return strings.HasPrefix(name, "Take") || name == "Advance" || name == "SkipRows" || name == "Bad"
	case strings.HasPrefix(pkg, module+"runtime/"):
		return false
	}
	if f.Prog.Fset == nil || !strings.HasSuffix(f.Prog.Fset.Position(f.Pos()).Filename, ".gen.go") {
		return false
	}
	switch name {
	case "Pipeline", "init", "Leaves":
		return false
	}
	return !strings.HasPrefix(name, "new") && !strings.HasSuffix(name, "Schema") && !strings.HasSuffix(name, "Contract")
}

// method is the receiver's type name, or "".
func method(f *ssa.Function) string {
	recv := f.Signature.Recv()
	if recv == nil {
		return ""
	}
	s := recv.Type().String()
	return s[strings.LastIndexByte(s, '.')+1:]
}

type graph struct{ calls *callgraph.Graph }

// load builds the call graph of a main package by rapid type analysis.
func load(t *testing.T, dir, pattern string) graph {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Dir: dir, Mode: packages.LoadAllSyntax}, pattern)
	if err != nil {
		t.Fatal(err)
	}
	if packages.PrintErrors(pkgs) > 0 || len(pkgs) != 1 {
		t.Fatalf("%s in %s: %d packages, or errors", pattern, dir, len(pkgs))
	}
	prog, ssaPkgs := ssautil.AllPackages(pkgs, ssa.InstantiateGenerics)
	prog.Build()
	main := ssaPkgs[0].Func("main")
	if main == nil {
		t.Fatalf("%s is no main package", pattern)
	}
	return graph{rta.Analyze([]*ssa.Function{main, ssaPkgs[0].Func("init")}, true).CallGraph}
}

func (g graph) roots(is func(*ssa.Function) bool) []*ssa.Function {
	var out []*ssa.Function
	for f := range g.calls.Nodes {
		if f != nil && is(f) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b *ssa.Function) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// reach gives the shortest way from the roots to each banned function, sorted.
func (g graph) reach(roots []*ssa.Function) [][]string {
	from := map[*callgraph.Node]*callgraph.Node{}
	var queue []*callgraph.Node
	for _, f := range roots {
		n := g.calls.Nodes[f]
		from[n] = nil
		queue = append(queue, n)
	}
	var chains [][]string
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if isBanned(n.Func) {
			chains = append(chains, chain(n, from))
			continue
		}
		for _, e := range n.Out {
			if _, seen := from[e.Callee]; !seen && !perBuffer(e) {
				from[e.Callee] = n
				queue = append(queue, e.Callee)
			}
		}
	}
	slices.SortFunc(chains, slices.Compare)
	return chains
}

// perBuffer is a call that fills a buffer from a file, once per many records: what io.Reader does is not ours.
func perBuffer(e *callgraph.Edge) bool {
	if e.Site == nil || !e.Site.Common().IsInvoke() {
		return false
	}
	return e.Site.Common().Method.FullName() == "(io.Reader).Read"
}

func isBanned(f *ssa.Function) bool {
	pkg := ""
	switch {
	case f.Pkg != nil:
		pkg = f.Pkg.Pkg.Path()
	case f.Object() != nil && f.Object().Pkg() != nil:
		pkg = f.Object().Pkg().Path() // of an instance or a wrapper
	}
	return slices.Contains(banned, pkg) || slices.Contains(banned, pkg+"."+f.Name())
}

func chain(n *callgraph.Node, from map[*callgraph.Node]*callgraph.Node) []string {
	var out []string
	for ; n != nil; n = from[n] {
		out = append(out, n.Func.String())
	}
	slices.Reverse(out)
	return out
}
