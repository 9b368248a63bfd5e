package lock

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var names = rapid.StringMatching(`[a-zA-Z_]{1,6}`)

// anyText is what specs and schemas may hold: quotes, newlines, nothing at all.
var anyText = rapid.OneOf(rapid.String(), names)

func list(t *rapid.T, name string) []string {
	out := rapid.SliceOfN(anyText, 0, 3).Draw(t, name)
	if len(out) == 0 {
		return nil
	}
	return out
}

func pairList(t *rapid.T, name string) []string {
	var out []string
	for _, k := range rapid.SliceOfNDistinct(anyText, 0, 3, rapid.ID[string]).Draw(t, name) {
		out = append(out, k, anyText.Draw(t, "value"))
	}
	return sortedPairs(out)
}

func distinct(t *rapid.T, what string) []string {
	return rapid.SliceOfNDistinct(names, 0, 4, rapid.ID[string]).Draw(t, what)
}

func anyFields(t *rapid.T, in string, depth int) (out []Field) {
	for _, name := range distinct(t, "fields") {
		f := Field{Path: name, In: in, Tag: 1, Type: rapid.SampledFrom([]string{"STRING", "DECIMAL(10,2)", "ENUM('a', '<')"}).Draw(t, "type"), Named: anyText.Draw(t, "named"),
			Nullable: rapid.Bool().Draw(t, "null"), Optional: rapid.Bool().Draw(t, "optional"), Default: anyText.Draw(t, "default"), Doc: anyText.Draw(t, "doc")}
		if in != "" {
			f.Path = in + "." + name
		}
		var inner []Field
		if depth > 0 && rapid.Bool().Draw(t, "struct") {
			f.Type = "STRUCT"
			path := f.Path
			if rapid.Bool().Draw(t, "list") {
				f.Type, path = "ARRAY<STRUCT NOT NULL>", path+"[]"
			}
			inner = anyFields(t, path, depth-1)
		}
		out = append(append(out, f), inner...)
	}
	return out
}

func anyFacts(t *rapid.T) *Facts {
	f := &Facts{Pipeline: "p", Package: anyText.Draw(t, "package"), Out: anyText.Draw(t, "out"), IntervalMicros: rapid.Int64().Draw(t, "interval"), CommitBytes: rapid.Int64().Draw(t, "bytes")}
	for _, n := range distinct(t, "targets") {
		f.Targets = append(f.Targets, Target{n, pairList(t, "values")})
	}
	for _, n := range distinct(t, "records") {
		f.Records = append(f.Records, Record{Name: n, Doc: anyText.Draw(t, "doc"), Images: rapid.Bool().Draw(t, "images"), Fields: anyFields(t, "", 2)})
	}
	for _, n := range distinct(t, "sources") {
		f.Sources = append(f.Sources, Source{Name: n, Record: anyText.Draw(t, "record"), Kafka: rapid.Bool().Draw(t, "kafka"), Path: anyText.Draw(t, "path"),
			Settle: anyText.Draw(t, "settle"), MostFiles: rapid.Int().Draw(t, "most"), TLS: list(t, "tls"), Meta: pairList(t, "meta"), Empty: rapid.Bool().Draw(t, "empty")})
	}
	for _, n := range distinct(t, "views") {
		f.Views = append(f.Views, View{n, anyText.Draw(t, "sql"), list(t, "uses")})
	}
	for _, n := range distinct(t, "tables") {
		tb := Table{Name: n, Path: anyText.Draw(t, "path"), Kind: anyText.Draw(t, "kind"), Keys: list(t, "keys"), Retention: rapid.Int64().Draw(t, "retention"), Accept: pairList(t, "accept")}
		for _, c := range distinct(t, "columns") {
			tb.Columns = append(tb.Columns, Column{c, anyText.Draw(t, "type"), rapid.Bool().Draw(t, "null"), anyText.Draw(t, "doc")})
		}
		f.Tables = append(f.Tables, tb)
	}
	for _, n := range distinct(t, "flows") {
		fl := Flow{Name: n, Target: anyText.Draw(t, "target"), Once: rapid.Bool().Draw(t, "once"), SequenceBy: list(t, "sequence"), Deletes: anyText.Draw(t, "deletes")}
		for range rapid.IntRange(0, 3).Draw(t, "inputs") {
			fl.Inputs = append(fl.Inputs, Input{Source: anyText.Draw(t, "source"), Where: list(t, "where"), Expects: list(t, "expects"), Rows: pairList(t, "rows")})
		}
		f.Flows = append(f.Flows, fl)
	}
	for _, n := range distinct(t, "expectations") {
		f.Expectations = append(f.Expectations, Expectation{Owner: "tables.x", Name: n, Action: anyText.Draw(t, "action"), Rule: anyText.Draw(t, "rule"), Unique: list(t, "unique")})
	}
	f.sort()
	return f
}

// number gives fields their tags, as Pin does.
func pinned(f *Facts) *File {
	file := &File{Tool: "1.2.3", Contract: 7}
	for i := range f.Records {
		for j := range f.Records[i].Fields {
			fd := &f.Records[i].Fields[j]
			fd.Tag = j + 1
			file.addField(fieldKey{f.Pipeline, f.Records[i].Name, fd.Path}, fd.Tag)
		}
	}
	file.Set(f)
	return file
}

func TestFactsSurviveTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := anyFacts(t)
		text := pinned(facts).Format()
		file, ds := Parse("seamflow.lock", text)
		if len(ds) > 0 {
			t.Fatalf("%v\n%s", ds, text)
		}
		got, ds := file.Facts("p")
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		if diff := cmp.Diff(facts, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s\n%s", diff, text)
		}
		if diff := cmp.Diff(string(text), string(file.Format())); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestMergeOfTwoBranches: each adds a field at one place. All lines of both are kept, and no line is there twice.
func TestMergeOfTwoBranches(t *testing.T) {
	field := func(name string) Field { return Field{Path: name, Type: "STRING"} }
	text := func(fields ...Field) []string {
		f := &Facts{Pipeline: "p", Package: "p", Records: []Record{{Name: "R", Fields: fields}}}
		return strings.Split(strings.TrimSuffix(string(pinned(f).Format()), "\n"), "\n")
	}
	mine, theirs := text(field("id"), field("a")), text(field("id"), field("x"), field("b"))
	merged := append([]string{}, mine...)
	for _, l := range theirs {
		if !strings.Contains(strings.Join(mine, "\n")+"\n", l+"\n") {
			merged = append(merged, strings.Replace(strings.Replace(l, "field p R x 2", "field p R x 9", 1), "field p R b 3", "field p R b 8", 1))
		}
	}
	file, ds := Parse("l", []byte(strings.Join(merged, "\n")))
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	facts, ds := file.Facts("p")
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	var got []string
	for _, f := range facts.Records[0].Fields {
		got = append(got, f.Path)
	}
	if diff := cmp.Diff([]string{"id", "a", "x", "b"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAContradictionIsOfItsPipeline(t *testing.T) {
	file, ds := Parse("l", []byte("version 2\npipeline a package x\npipeline b package y\ntable a t path one\ntable a t path two\n"))
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	if _, ds := file.Facts("b"); len(ds) > 0 {
		t.Error(ds)
	}
	_, ds = file.Facts("a")
	if len(ds) != 1 || ds[0].ID != "SF0408" || ds[0].Pos.Line != 5 || ds[0].Related[0].Pos.Line != 4 {
		t.Errorf("%v", ds)
	}
	file.Set(&Facts{Pipeline: "a"})
	if _, ds := file.Facts("a"); len(ds) > 0 {
		t.Errorf("after generate: %v", ds)
	}
}

func TestVersions(t *testing.T) {
	old, ds := Parse("l", []byte("# comment\nfield p Order id 1\noutput p x.gen.go\n"))
	if len(ds) > 0 || old.version != 1 || len(old.Pipelines()) != 0 {
		t.Errorf("version %d, %v, %v", old.version, old.Pipelines(), ds)
	}
	if !strings.Contains(string(old.Format()), "\nversion 2\n") {
		t.Errorf("an old file is not upgraded:\n%s", old.Format())
	}
	_, ds = Parse("l", []byte("version 3\n"))
	if len(ds) != 1 || !strings.Contains(ds[0].Message, "reads up to version 2") {
		t.Errorf("%v", ds)
	}
}

func TestBrokenFactsHavePositions(t *testing.T) {
	for text, col := range map[string]int{
		"table p t path": 1, "table p t colour red": 11, "flow p f once maybe": 10, "input p f zero source s": 16, "column p t c": 1,
		"column p t c STRING sometimes": 12, "field p R id 1 STRING sometimes": 1, "field p R x.y 1 STRING in z": 1, "fact of the future": 1, "version two": 9,
	} {
		_, ds := Parse("l", []byte(text))
		if len(ds) != 1 || ds[0].ID != "SF0401" || ds[0].Pos.Col != col {
			t.Errorf("%s: %v, want column %d", text, ds, col)
		}
	}
}

func TestABlankLineIsNoFact(t *testing.T) {
	if _, ds := Parse("l", []byte("version 2\n \t \n\r\n")); len(ds) > 0 {
		t.Error(ds)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(" ")
	f.Add("version 2\ntool 1 contract 2\nfield p R a 1 STRUCT null\nfield p R a.b 2 STRING in a after c\ncolumn p t c STRING after c\nrow p f 1 a b\n")
	f.Add("target p a is set\nvalue p a x y\ninput p f 1 source s\nexpectation p tables.t n action warn\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, _ := Parse("l", []byte(text))
		once := file.Format()
		again, ds := Parse("l", once)
		if len(ds) > 0 {
			t.Fatalf("%v\n%s", ds, once)
		}
		if diff := cmp.Diff(string(once), string(again.Format())); diff != "" {
			t.Fatal(diff)
		}
	})
}
