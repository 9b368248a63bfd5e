// Package difftest compares generated Go with DuckDB: random typed expressions over random rows, the same everywhere but
// for what testdata/duck.py and agree name.
package difftest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/readers"
)

var (
	seed  = flag.Uint64("seed", 1, "the seed of the expressions and rows; 0 takes a new one")
	count = flag.Int("expressions", 150, "how many expressions to compare")
)

const (
	rowCount = 60
	depth    = 4
)

func TestGeneratedGoIsDuckDB(t *testing.T) {
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("replay with: go test ./internal/difftest -seed %d -expressions %d", *seed, *count)
	r := rand.New(rand.NewPCG(*seed, 1))
	m := maker{r}
	var exprs []expr
	for i := range *count {
		deep := 1 + i%depth
		e := m.make(allKinds[r.IntN(len(allKinds))], deep)
		e.flat = deep == 1
		exprs = append(exprs, e)
	}
	var rows []map[string]any
	for range rowCount {
		rows = append(rows, drawRow(r))
	}
	dir := t.TempDir()
	exprs = generate(t, dir, exprs)
	ours := run(t, dir, rows)
	duck := ask(t, dir, exprs, rows)
	wrong := 0
	for i, e := range exprs {
		for j := range rows {
			if why := agree(e, ours[i][j], duck[i][j]); why != "" {
				row, _ := json.Marshal(rows[j])
				t.Errorf("%s\nours: %s\n      %v\nduck: %s\n      %v\nrow:  %s", why, e.ours, ours[i][j], e.duck, duck[i][j], row)
				wrong++
				break
			}
		}
	}
	errors, nulls := tally(ours)
	t.Logf("%d expressions over %d rows: %d values are errors, %d NULL, %d expressions differ", len(exprs), len(rows), errors, nulls, wrong)
	if all := len(exprs) * len(rows); errors > all*9/10 || nulls > all*9/10 || len(exprs) < *count/2 {
		t.Error("too few values: the test tests nothing")
	}
}

func tally(results [][]any) (errors, nulls int) {
	for _, values := range results {
		for _, v := range values {
			switch v.(type) {
			case nil:
				nulls++
			case map[string]any:
				errors++
			}
		}
	}
	return errors, nulls
}

// generate makes the Go of a pipeline with a table for each expression. It leaves out what is refused for a reason that
// only a generator meets: a constant that cannot be (refusals), and gives those that are left.
func generate(t *testing.T, dir string, exprs []expr) []expr {
	t.Helper()
	write(t, dir, "row.avsc", schema)
	for range 3 {
		write(t, dir, "diff.yaml", spec(exprs))
		result, err := gen.Run(context.Background(), gen.Options{Specs: []string{"diff.yaml"}, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if !result.HasErrors() {
			return exprs
		}
		exprs = accepted(t, exprs, result.Diagnostics)
	}
	t.Fatal("expressions are refused again and again")
	return nil
}

// refusals are of expressions that no user would write: a constant text cast to what it is not, or too much of it all.
var refusals = map[string]bool{"SF0210": true, "SF0202": true}

func accepted(t *testing.T, exprs []expr, ds []diag.Diagnostic) []expr {
	t.Helper()
	bad := map[int]bool{}
	for _, d := range ds {
		if d.Severity != diag.Error {
			continue
		}
		i := d.Pos.Line - firstView
		if i < 0 || i >= len(exprs) || !refusals[d.ID] {
			t.Fatalf("%v %s: %s %s", d.Pos, d.ID, d.Message, at(exprs, i))
		}
		bad[i] = true
	}
	var kept []expr
	for i, e := range exprs {
		if !bad[i] {
			kept = append(kept, e)
		}
	}
	return kept
}

func at(exprs []expr, i int) string {
	if i < 0 || i >= len(exprs) {
		return ""
	}
	return exprs[i].ours
}

// firstView is the line of the first view in spec.
const firstView = 8

func spec(exprs []expr) string {
	var b strings.Builder
	b.WriteString("pipeline: diff\ngo: {package: exprs, out: .}\nschemas:\n  Row: row.avsc\nsources:\n  rows: {schema: Row, files: {path: x.json, format: json}}\nviews:\n")
	for i, e := range exprs {
		quoted, _ := json.Marshal("SELECT " + e.ours + " AS v FROM `rows`")
		fmt.Fprintf(&b, "  v%d: %s\n", i, quoted)
	}
	b.WriteString("tables:\n")
	for i := range exprs {
		fmt.Fprintf(&b, "  t%d: {delta: {path: t%d}}\n", i, i)
	}
	b.WriteString("flows:\n")
	for i := range exprs {
		fmt.Fprintf(&b, "  f%d: {append_flow: {target: t%d, source: v%d}}\n", i, i, i)
	}
	return b.String()
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// run compiles what was generated in dir, as a package of this module that is in no folder of it, and gives the values.
func run(t *testing.T, dir string, rows []map[string]any) [][]any {
	t.Helper()
	const place = "internal/difftest/testdata/exprs"
	write(t, dir, "run.go", read(t, filepath.Join("testdata", "run.go.txt")))
	write(t, dir, "main.go.txt", "package main\n\nimport (\n\t\"os\"\n\n\t\"github.com/seamflow/seamflow/"+place+"\"\n)\n\nfunc main() {\n\tif err := exprs.Run(os.Stdin, os.Stdout); err != nil {\n\t\tpanic(err)\n\t}\n}\n")
	write(t, dir, "flows.go", flows(t, dir))
	replace := map[string]string{filepath.Join(readers.Root(), place, "cmd", "main.go"): filepath.Join(dir, "main.go.txt")}
	files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	for _, f := range files {
		replace[filepath.Join(readers.Root(), place, filepath.Base(f))] = f
	}
	overlay, _ := json.Marshal(map[string]any{"Replace": replace})
	write(t, dir, "overlay.json", string(overlay))
	binary := filepath.Join(dir, "exprs")
	build := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, "./"+place+"/cmd")
	build.Dir = readers.Root()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s%s", err, out, culprit(dir, out))
	}
	cmd := exec.Command(binary)
	var in, problems bytes.Buffer
	for _, row := range rows {
		line, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd.Stdin, cmd.Stderr = &in, &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &problems)
	}
	return values(t, out)
}

// culprit is the generated file that the compiler complains of.
func culprit(dir string, out []byte) string {
	name := regexp.MustCompile(`t\d+_table\.gen\.go`).Find(out)
	data, _ := os.ReadFile(filepath.Join(dir, string(name)))
	_, after, _ := strings.Cut(string(data), "Flow makes rows")
	return after
}

// flows lists the generated flow functions, in the order of the expressions.
func flows(t *testing.T, dir string) string {
	t.Helper()
	function := regexp.MustCompile(`func (f\d+Flow)\(s \*Row, m \*flow\.Meta, r \*(\w+), ch \*merge\.Change\)`)
	var b strings.Builder
	b.WriteString("package exprs\n\nimport (\n\t\"github.com/seamflow/seamflow/runtime/flow\"\n\t\"github.com/seamflow/seamflow/runtime/merge\"\n)\n\nvar flows = []func(*Row) (any, error){\n")
	for i := 0; ; i++ {
		data, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("t%d_table.gen.go", i)))
		if err != nil {
			break
		}
		m := function.FindSubmatch(data)
		if m == nil {
			t.Fatalf("no flow function in:\n%s", data)
		}
		fmt.Fprintf(&b, "\tfunc(s *Row) (any, error) {\n\t\tvar r %s\n\t\t_, err := %s(s, new(flow.Meta), &r, new(merge.Change))\n\t\treturn plain(r.V), err\n\t},\n", m[2], m[1])
	}
	b.WriteString("}\n")
	return b.String()
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// ask gives DuckDB's values.
func ask(t *testing.T, dir string, exprs []expr, rows []map[string]any) [][]any {
	t.Helper()
	var columns [][2]string
	for _, c := range duckColumns {
		columns = append(columns, [2]string{c.name, c.typ}, [2]string{"n_" + c.name, c.typ})
	}
	var sql []string
	for _, e := range exprs {
		sql = append(sql, e.duck)
	}
	job, err := json.Marshal(map[string]any{"columns": columns, "rows": rows, "expressions": sql})
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "job.json", string(job))
	out := filepath.Join(dir, "duck.json")
	readers.Python(t, "internal/difftest/testdata/duck.py", filepath.Join(dir, "job.json"), out)
	return values(t, []byte(read(t, out)))
}

func values(t *testing.T, data []byte) [][]any {
	t.Helper()
	var v [][]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %.200s", err, data)
	}
	return v
}

// agree says how the values differ, "" for not at all.
func agree(e expr, ours, duck any) string {
	_, weFail := ours.(map[string]any)
	_, duckFails := duck.(map[string]any)
	switch {
	case weFail && duckFails:
		return ""
	case weFail != duckFails && (strings.Contains(e.ours, " AND ") || strings.Contains(e.ours, " OR ")):
		return "" // we go from left to right and stop where the result is clear; DuckDB has an order of its own
	case weFail && !e.flat && (duck == nil || strings.Contains(e.duck, "sf_") || strings.Contains(e.duck, "NULL")):
		return "" // beside a NULL, DuckDB and our macros for it do not look at what would fail; we evaluate all arguments
	case weFail:
		return "only we fail"
	case duckFails:
		return "only DuckDB fails"
	case ours == nil || duck == nil:
		if ours == nil && duck == nil {
			return ""
		}
		return "only one is NULL"
	}
	a, b := fmt.Sprint(ours), fmt.Sprint(duck)
	switch e.kind {
	case floatKind:
		var x, y float64
		fmt.Sscan(a, &x)
		fmt.Sscan(b, &y)
		if x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-12*math.Max(math.Abs(x), math.Abs(y)) {
			return ""
		}
	case decimalKind:
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if x != nil && y != nil && x.Cmp(y) == 0 {
			return ""
		}
	case timeKind:
		b += "Z"
	}
	if a == b {
		return ""
	}
	return "different values"
}
