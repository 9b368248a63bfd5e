package gen_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/gen"
)

const stampFile = ".seamflow/generate/stamp"

// newStamped is a project of two folders whose schema has another one two files away, generated and noted.
func newStamped(t *testing.T) project {
	p := newProject(t)
	p.write("order.schema.json", `{"type": "object", "properties": {"id": {"type": "string"}, "at": {"$ref": "parts/place.json"}}}`)
	p.write("parts/place.json", `{"type": "object", "properties": {"zip": {"$ref": "zip.json"}}}`)
	p.write("parts/zip.json", `{"type": "string"}`)
	p.write("sub/b.yaml", strings.Replace(specText("b", "./b", "orders"), "tables:", "  unread: {schema: Order, files: {path: \"x/*.json\", format: json}}\ntables:", 1))
	p.write("sub/order.schema.json", orderSchema)
	p.skipping()
	return p
}

// skipping is a run that may skip; the spec of sub has a warning.
func (p project) skipping() *gen.Result {
	p.t.Helper()
	res, err := gen.Run(context.Background(), gen.Options{Dir: p.dir, Specs: []string{"a.yaml", "sub/b.yaml"}, Skip: true})
	if err != nil {
		p.t.Fatal(err)
	}
	return res
}

// skipped reports whether a run had nothing to do but to look.
func skipped(res *gen.Result) bool { return len(res.Pipelines) == 0 && !res.HasErrors() }

func (p project) read(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

func TestARunThatWouldChangeNothingIsSkipped(t *testing.T) {
	p := newStamped(t)
	whole := p.run(false, "a.yaml", "sub/b.yaml")
	res := p.skipping()
	if !skipped(res) {
		t.Fatal("it was not")
	}
	res.Pipelines = whole.Pipelines
	if diff := cmp.Diff(whole, res, cmp.Comparer(func(a, b []byte) bool { return bytes.Equal(a, b) })); diff != "" || len(res.Diagnostics) != 1 {
		t.Errorf("it says other things than a whole one: %s", diff)
	}
	if !p.exists(".seamflow/generate/.gitignore") {
		t.Error("git would see the stamp")
	}
}

// TestAChangeIsNeverSkipped: whatever decides what is generated, or is generated, was changed; and afterwards all is as a
// whole run leaves it.
func TestAChangeIsNeverSkipped(t *testing.T) {
	replaced := func(name, old, by string) func(p project) {
		return func(p project) {
			text := p.read(name)
			if !strings.Contains(text, old) {
				p.t.Fatalf("%s does not hold %s", name, old)
			}
			p.write(name, strings.Replace(text, old, by, 1))
		}
	}
	// sameTimes changes a file behind the back of whoever looks at times and sizes.
	sameTimes := func(name, old, by string) func(p project) {
		return func(p project) {
			full := filepath.Join(p.dir, name)
			info, err := os.Stat(full)
			if err != nil || len(old) != len(by) {
				p.t.Fatal(err)
			}
			replaced(name, old, by)(p)
			if err := os.Chtimes(full, info.ModTime(), info.ModTime()); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	for name, change := range map[string]func(p project){
		"spec":                         replaced("a.yaml", "source: in}", "source: in, where: \"id = 'x'\"}"),
		"spec_of_same_size_and_time":   sameTimes("a.yaml", "tables/orders", "tables/order5"),
		"schema":                       replaced("order.schema.json", `"id":`, `"key":`),
		"schema_two_levels_away":       replaced("parts/zip.json", "string", "integer"),
		"output_edited":                replaced("orders/pipeline.gen.go", "package", "// mine\npackage"),
		"output_of_same_size_and_time": sameTimes("orders/pipeline.gen.go", "package orders", "package Orders"),
		"output_of_another_folder":     replaced("sub/b/pipeline.gen.go", "package", "// mine\npackage"),
		"lock_edited":                  replaced("seamflow.lock", "field a Order id 1 ", "field a Order other 1 "),
		"output_deleted":               func(p project) { p.remove("orders/order_record.gen.go") },
		"lock_deleted":                 func(p project) { p.remove("seamflow.lock") },
		"stamp_deleted":                func(p project) { p.remove(stampFile) },
		"stamp_cut":                    func(p project) { p.write(stampFile, p.read(stampFile)[:100]) },
		"stamp_empty":                  func(p project) { p.write(stampFile, "") },
		"stamp_of_another_tool":        replaced(stampFile, `"Tool":"`, `"Tool":"0`),
		"stamp_with_other_warnings":    replaced(stampFile, "no flow reads", "every flow reads"),
		"stamp_with_fewer_outputs":     replaced(stampFile, `{"Folder":".","Name":"orders/pipeline.gen.go"},`, ""),
		"stamp_that_is_a_folder":       func(p project) { p.remove(stampFile); p.write(stampFile+"/x", "") },
	} {
		t.Run(name, func(t *testing.T) {
			p := newStamped(t)
			if !skipped(p.skipping()) {
				t.Fatal("nothing is ever skipped")
			}
			change(p)
			if skipped(p.skipping()) {
				t.Fatal("it was skipped")
			}
			if !p.run(true, "a.yaml", "sub/b.yaml").UpToDate() {
				t.Error("files are not what a whole run makes")
			}
			if name != "stamp_that_is_a_folder" && !skipped(p.skipping()) {
				t.Error("the run was not noted")
			}
		})
	}
}

func (p project) remove(name string) {
	p.t.Helper()
	if err := os.Remove(filepath.Join(p.dir, name)); err != nil {
		p.t.Fatal(err)
	}
}

// Of a Parquet file that is a schema the footer is read, so that it may be large, and a change of it is seen.
func TestParquetSchemas(t *testing.T) {
	footer := func(name string) string {
		src, err := os.ReadFile("../runtime/delta/column/testdata/small/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(src[len(src)-8-int(binary.LittleEndian.Uint32([]byte(src[len(src)-8:]))):])
	}
	p := newProject(t)
	p.write("a.yaml", strings.ReplaceAll(p.read("a.yaml"), "order.schema.json", "order.parquet"))
	file := filepath.Join(p.dir, "order.parquet")
	large := func(tail string) {
		t.Helper()
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt([]byte(tail), 64<<30); err != nil {
			t.Skip("the disk has no such files: ", err)
		}
	}
	run := func() *gen.Result {
		t.Helper()
		res, err := gen.Run(context.Background(), gen.Options{Dir: p.dir, Specs: []string{"a.yaml"}, Skip: true})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	large(footer("pyarrow_none.parquet"))
	if res := run(); skipped(res) || res.HasErrors() {
		t.Fatal("nothing was generated: ", res.Diagnostics)
	}
	if res := run(); !skipped(res) {
		t.Error("a second run was not skipped")
	}
	large(footer("pyarrow_int96.parquet"))
	if res := run(); skipped(res) {
		t.Error("a run with another footer was skipped")
	}
	large("no footer")
	res := run()
	if len(res.Diagnostics) != 1 || res.Diagnostics[0].ID != "SF0104" || !strings.Contains(res.Diagnostics[0].Message, "cut short or no Parquet file") || res.Diagnostics[0].Pos.File != "order.parquet" {
		t.Error(res.Diagnostics)
	}
}

func TestTimesAloneChangeNothing(t *testing.T) {
	p := newStamped(t)
	for _, name := range []string{"a.yaml", "order.schema.json", "orders/pipeline.gen.go", "seamflow.lock"} {
		if err := os.Chtimes(filepath.Join(p.dir, name), time.Now(), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if !skipped(p.skipping()) {
		t.Error("it was generated again")
	}
}

func TestOtherSpecsAreNotSkipped(t *testing.T) {
	p := newStamped(t)
	for _, specs := range [][]string{{"a.yaml"}, {"sub/b.yaml"}, {"sub/b.yaml", "a.yaml"}, {"./a.yaml", "sub/b.yaml"}} {
		res, err := gen.Run(context.Background(), gen.Options{Dir: p.dir, Specs: specs, Skip: true})
		if err != nil || skipped(res) {
			t.Errorf("%q: %v", specs, err)
		}
	}
}

// TestCheckProves: a stamp that lies does not reach --check.
func TestCheckProves(t *testing.T) {
	p := newStamped(t)
	res, err := gen.Run(context.Background(), gen.Options{Dir: p.dir, Specs: []string{"a.yaml", "sub/b.yaml"}, Check: true, Skip: true})
	if err != nil || skipped(res) || len(res.Unchanged) == 0 {
		t.Errorf("%v, %v", res, err)
	}
}

func TestARunWithErrorsIsNotNoted(t *testing.T) {
	p := newStamped(t)
	p.write("parts/zip.json", `{"type": "nonsense"}`)
	for range 2 {
		if res := p.skipping(); !res.HasErrors() {
			t.Error("no error")
		}
	}
}

// TestASkippedRunFollowsNoLinkOutside: the same bytes behind a link that leaves the folder are an error, skipped or not.
func TestASkippedRunFollowsNoLinkOutside(t *testing.T) {
	for _, name := range []string{"parts/zip.json", "orders"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			p := newStamped(t)
			outside := filepath.Join(t.TempDir(), "outside")
			if err := os.Rename(filepath.Join(p.dir, name), outside); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(outside, filepath.Join(p.dir, name)); err != nil {
				t.Skip(err)
			}
			res, err := gen.Run(context.Background(), gen.Options{Dir: p.dir, Specs: []string{"a.yaml", "sub/b.yaml"}, Skip: true})
			if err == nil && !res.HasErrors() {
				t.Error("no error")
			}
		})
	}
}
