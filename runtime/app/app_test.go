package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/vfs"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// word is the record and the row of the tests' pipeline: {"w":"…"} appended to a table of one column.
type word struct{ W string }

type wordRows struct {
	leaves *column.Leaves
	w      *column.Strings
}

func (r *wordRows) Leaves() *column.Leaves { return r.leaves }
func (r *wordRows) Append(x *word)         { r.w.Put(x.W, 0, 1) }
func (r *wordRows) Read(x *word)           { x.W = r.w.Take() }

func decodeWord(r *jsonr.Reader, x *word) error {
	*x = word{}
	for r.Object(); r.Next(); {
		switch string(r.Key()) {
		case "w":
			x.W = r.String()
		default:
			r.Skip()
		}
	}
	return r.End()
}

func words() flow.Pipeline {
	src := &flow.Source[word]{Name: "in", Format: flow.JSON, Files: files.Spec{Path: "in/*.json"}, JSON: decodeWord}
	return wordsOf(flow.From(src, func(s *word, _ *flow.Meta, row *word, _ *merge.Change) (bool, error) {
		row.W = s.W
		return true, nil
	}))
}

// wordsOf is the pipeline over another source.
func wordsOf(input flow.Input[word]) flow.Pipeline {
	schema := column.Schema{{Name: "w", Type: column.Of(column.String)}}
	table := flow.Table[word]{
		Name: "words", Path: "words", Schema: schema, OnBadRecord: flow.Quarantine,
		NewRows: func() column.Rows[word] {
			l := column.NewLeaves(schema)
			return &wordRows{l, l.Strings(0)}
		},
		Contract: contract.Table{Name: "words", Kind: contract.Append, Columns: []contract.Column{{Name: "w", Type: "string"}}},
		Flows:    []flow.Flow[word]{{Name: "say", Inputs: []flow.Input[word]{input}}},
	}
	return flow.Pipeline{Name: "p", Version: "v1.2.3", Graph: "in -> say -> words\n", Tables: []flow.TableRunner{flow.NewTable(table)}}
}

// call runs one command in dir.
func call(t *testing.T, dir string, args ...string) (code int, out, errs string) {
	t.Helper()
	return callOf(t, words(), dir, args...)
}

func callOf(t *testing.T, p flow.Pipeline, dir string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), p, append(args, "--data", dir), terminal{in: strings.NewReader(""), out: &o, err: &e})
	return code, o.String(), e.String()
}

func dataDir(t *testing.T, lines ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "in"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "in", "1.json"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestRunPrintsGraphAndSummary(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`, `{"w":1}`, `{"w":"b"}`)
	code, out, errs := call(t, dir, "--available-now")
	if code != flow.ExitFine {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, want := range []string{"in -> say -> words\n\n", "quarantined", "say", "words", "3 records in"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if !strings.Contains(errs, "level=INFO msg=commit table=words") {
		t.Errorf("no line about the commit in\n%s", errs)
	}
}

func TestJSONIsOneDocument(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`, `{"w":1}`)
	for _, args := range [][]string{
		{"run", "--available-now", "--json"}, {"status", "--json"}, {"quarantine", "list", "--json"}, {"quarantine", "replay", "--json"},
		{"version", "--json"}, {"reset", "words", "--json"}, {"reset", "nothing", "--json"},
	} {
		_, out, _ := call(t, dir, args...)
		d := json.NewDecoder(strings.NewReader(out))
		var doc map[string]any
		if err := d.Decode(&doc); err != nil || d.More() {
			t.Errorf("%v: not one document (%v):\n%s", args, err, out)
		}
	}
}

func TestExitCodes(t *testing.T) {
	empty := t.TempDir()
	full := dataDir(t, `{"w":"a"}`)
	tests := []struct {
		name string
		dir  string
		args []string
		want int
	}{
		{"help", empty, []string{"--help"}, flow.ExitFine},
		{"unknown_command", empty, []string{"walk"}, flow.ExitUsage},
		{"unknown_flag", empty, []string{"--walk"}, flow.ExitUsage},
		{"extra_word", empty, []string{"status", "words"}, flow.ExitUsage},
		{"reset_of_nothing", full, []string{"reset"}, flow.ExitUsage},
		{"reset_of_unknown", full, []string{"reset", "nobody"}, flow.ExitUsage},
		{"reset_before_first_run", full, []string{"reset", "words"}, flow.ExitUsage},
		{"bad_size", full, []string{"--memory", "much"}, flow.ExitUsage},
		{"unknown_target", full, []string{"--target", "prod", "--available-now"}, flow.ExitUsage},
		{"missing_source_folder", empty, []string{"--available-now"}, flow.ExitEnvironment},
		{"fine", full, []string{"run", "--available-now"}, flow.ExitFine},
		{"status", full, []string{"status"}, flow.ExitFine},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if code, _, errs := call(t, tt.dir, tt.args...); code != tt.want {
				t.Errorf("exit %d, want %d: %s", code, tt.want, errs)
			}
		})
	}
}

func TestResetNeedsYesWhereFilesAreGone(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`)
	if code, _, errs := call(t, dir, "--available-now"); code != 0 {
		t.Fatal(errs)
	}
	os.Remove(filepath.Join(dir, "in/1.json"))
	code, _, errs := call(t, dir, "reset", "words")
	if code != flow.ExitUsage || !strings.Contains(errs, "in/1.json") || !strings.Contains(errs, "--yes") {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if code, _, errs := call(t, dir, "reset", "words", "--yes"); code != 0 {
		t.Fatal(errs)
	}
	_, out, _ := call(t, dir, "status")
	if !strings.Contains(out, "words     0") {
		t.Errorf("rows are left:\n%s", out)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"512MiB": 512 << 20, "2g": 2 << 30, "1.5 GiB": 3 << 29, "1MB": 1e6, "4096": 4096} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "GiB", "-1", "0", "1e99", "NaN", "1 XB"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func TestProgressOnTerminal(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(0, 0)
	d := &display{to: &b, now: func() time.Time { return now }}
	p := observe.Progress{Flow: "say", FilesSeen: 4, BytesSeen: 8 << 20}
	d.Progress(p)
	now = now.Add(2 * time.Second)
	p.FilesDone, p.BytesDone, p.Rows = 1, 2<<20, 3000
	d.Progress(p)
	want := "say: 1/4 files, 2.0 MiB of 8.0 MiB, 3,000 rows, 1,500 rows/s, 6s left\n"
	if !strings.HasSuffix(b.String(), "\x1b[1A\x1b[J"+want) {
		t.Errorf("got %q, want its last line to be %q", b.String(), want)
	}
	now = now.Add(time.Second)
	d.Progress(observe.Progress{Flow: "other"})
	b.Reset()
	d.Commit(observe.Commit{Flow: "say"})
	if want := "\x1b[2A\x1b[Jother: 0/0 files, 0 B of 0 B, 0 rows\n"; b.String() != want {
		t.Errorf("after the flow's commit: %q, want %q", b.String(), want)
	}
	d.close()
	if !strings.HasSuffix(b.String(), "\x1b[J") {
		t.Errorf("the progress lines stay: %q", b.String())
	}
}

func TestSecondProcessWaitsAndGivesUp(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`)
	lock, err := delta.Lock(t.Context(), vfs.OS(), filepath.Join(dir, "words"), 0, "the first")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	code, _, errs := call(t, dir, "--available-now", "--wait", "100ms")
	if took := time.Since(began); code != flow.ExitEnvironment || !strings.Contains(errs, "pipeline the first") || took < 100*time.Millisecond {
		t.Errorf("exit %d after %v: %s", code, took, errs)
	}
	code, out, _ := call(t, dir, "status")
	if code != flow.ExitFine || !strings.Contains(out, "none") {
		t.Errorf("status of a table that another process is about to make: exit %d\n%s", code, out)
	}
	lock.Close()
	if code, _, errs := call(t, dir, "--available-now", "--wait", "10s"); code != flow.ExitFine {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestProgressFitsTheTerminal: a line that is broken in two would stay when the lines are taken away.
func TestProgressFitsTheTerminal(t *testing.T) {
	var b bytes.Buffer
	d := &display{to: &b, now: time.Now, width: func() int { return 20 }}
	d.Progress(observe.Progress{Flow: "a_flow_with_a_very_long_name", FilesSeen: 4})
	if b.String() != "a_flow_with_a_very_\n" {
		t.Errorf("got %q", b.String())
	}
}

// TestRecordsDoNotCommandTheTerminal: what is set aside is anybody's.
func TestRecordsDoNotCommandTheTerminal(t *testing.T) {
	dir := dataDir(t, "{\x1b]0;owned\x07\x9b", "{\"w\":\"\x1b[2J\"")
	call(t, dir, "--available-now")
	code, out, errs := call(t, dir, "quarantine", "list")
	if code != 0 || !strings.Contains(out, `\x1b]0;owned\a`) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if strings.ContainsAny(out+errs, "\x1b\x07") {
		t.Errorf("control characters came through: %q", out)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
}

func TestVacuumCommand(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`, `{"w":1}`)
	if code, out, errs := call(t, dir, "vacuum"); code != 0 || !strings.Contains(out, "no table yet") {
		t.Errorf("without a table: exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := call(t, dir, "--available-now"); code != 0 {
		t.Fatal(errs)
	}
	debris := filepath.Join(dir, "words", "part-00000000-0000-0000-0000-000000000001.parquet")
	if err := os.WriteFile(debris, make([]byte, 2048), 0o644); err != nil {
		t.Fatal(err)
	}
	ago := time.Now().Add(-8 * 24 * time.Hour)
	if err := os.Chtimes(debris, ago, ago); err != nil {
		t.Fatal(err)
	}
	lock, err := delta.Lock(t.Context(), vfs.OS(), filepath.Join(dir, "words"), 0, "another")
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, dir, "vacuum", "words", "--dry-run")
	if code != 0 || !strings.Contains(out, filepath.Base(debris)) || !strings.Contains(out, "would remove 1 files, 2.0 KiB") {
		t.Errorf("dry run beside a running pipeline: exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := call(t, dir, "vacuum"); code != flow.ExitEnvironment || !strings.Contains(errs, "pipeline another") {
		t.Errorf("beside a running pipeline: exit %d: %s", code, errs)
	}
	lock.Close()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"vacuum", "--retention", "1h"}, flow.ExitUsage, "--yes"},
		{[]string{"vacuum", "--retention", "soon"}, flow.ExitUsage, "10d"},
		{[]string{"vacuum", "--retention", "60d"}, flow.ExitUsage, "delta.deletedFileRetentionDuration"},
		{[]string{"vacuum", "say"}, flow.ExitUsage, "is a flow"},
		{[]string{"vacuum", "nobody"}, flow.ExitUsage, "nobody"},
		{[]string{"vacuum", "words", "--retention", "7d", "--json"}, 0, `"bytes": 2048`},
		{[]string{"vacuum", "--retention", "0s", "--yes"}, 0, "table words__quarantine: removed 0 files"},
		{[]string{"quarantine", "list"}, 0, "1 of 1"},
	} {
		code, out, errs := call(t, dir, c.args...)
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("%v: exit %d: %s%s", c.args, code, out, errs)
		}
	}
	if _, err := os.Stat(debris); err == nil {
		t.Error("the debris is still there")
	}
}
