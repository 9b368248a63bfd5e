package change_events

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/debezium"
	"github.com/seamflow/seamflow/runtime/fixture"
	"github.com/seamflow/seamflow/runtime/fixture/job"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/merge"
)

// run feeds files to the pipeline and gives its tables.
func run(t *testing.T, files ...job.File) map[string]job.Rows {
	t.Helper()
	out, err := fixture.Run(context.Background(), Pipeline, job.Job{Dir: t.TempDir(), Sources: []string{"changes", "dump", "sheet"},
		Tables: []string{"log", "unnamed_log", "customers"}, Batches: []job.Batch{{Files: files}}})
	if err != nil {
		t.Fatal(err)
	}
	if e := out.States[0].Error; e != "" {
		t.Fatal(e)
	}
	return out.States[0].Tables
}

func changes(lines ...string) job.File {
	return job.File{Source: "changes", Name: "a.json", Data: []byte(strings.Join(lines, "\n") + "\n")}
}

// columns gives the rows' values of some columns as text, sorted.
func columns(t *testing.T, rows job.Rows, names ...string) []string {
	t.Helper()
	var out []string
	for _, row := range rows.Rows {
		var texts []string
		for _, name := range names {
			i := slices.Index(rows.Columns, name)
			if i < 0 {
				t.Fatalf("no column %s among %v", name, rows.Columns)
			}
			texts = append(texts, string(row[i]))
		}
		out = append(out, strings.Join(texts, " "))
	}
	slices.Sort(out)
	return out
}

func event(op, before, after, source string) string {
	return `{"before":` + before + `,"after":` + after + `,"source":{` + source + `},"op":"` + op + `","ts_ms":1714000000142}`
}

const ann = `{"id":1,"region":"north","name":"Ann","tags":["a"],"address":{"city":"Oslo"},"tier":1,"note":null,"email":"ann@example.com"}`

// TestEveryThingThatAnEventSays reads each column of the source block from where the connectors write it.
func TestEveryThingThatAnEventSays(t *testing.T) {
	tables := run(t, changes(`{"op":"r","ts_ms":1,"ts_us":2,"ts_ns":3,"after":`+ann+`,"source":{"ts_ms":4,"ts_us":5,"ts_ns":6,"lsn":7,"file":"binlog.1","pos":8,"row":9,`+
		`"scn":"10","commit_scn":"11","ssn":12,"change_lsn":"13","commit_lsn":"14","event_serial_no":15,"sequence":"[\"16\"]","txId":17,"snapshot":true,"db":"18","schema":"19","table":"20"}}`))
	want := `"r" 1 2 3 4 5 6 7 "binlog.1" 8 9 "10" "11" 12 "13" "14" 15 "[\"16\"]" "17" "true" "18" "19" "20" null`
	got := columns(t, tables["log"], "_op", "_ts_ms", "_ts_us", "_ts_ns", "_source_ts_ms", "_source_ts_us", "_source_ts_ns", "_source_lsn", "_source_file", "_source_pos", "_source_row",
		"_source_scn", "_source_commit_scn", "_source_ssn", "_source_change_lsn", "_source_commit_lsn", "_source_event_serial_no", "_source_sequence", "_source_tx_id", "_source_snapshot",
		"_source_db", "_source_schema", "_source_table", "_rescued_data")
	if diff := cmp.Diff([]string{want}, got); diff != "" {
		t.Error(diff)
	}
}

// TestWhatIsNotShownIsNull holds the rows of deletes and truncates against those of other events.
func TestWhatIsNotShownIsNull(t *testing.T) {
	tables := run(t, changes(
		event("c", `null`, ann, ``),
		event("c", `null`, `{"id":2,"region":"south","name":"","tags":[],"address":{"city":""}}`, ``), // defaults are for what is left out
		event("d", `{"id":3,"region":"north"}`, `null`, ``),
		event("d", `{"id":4,"region":"","name":null,"tags":"","address":null,"tier":null,"note":null}`, `null`, ``), // "" for what is not known
		event("t", `null`, `null`, ``),
	))
	want := []string{
		`"c" 1 "north" "Ann" ["a"] {"city":"Oslo","zip":null} 1 null "ann@example.com"`,
		`"c" 2 "south" "" [] {"city":"","zip":null} 3 "none" null`,
		`"d" 3 "north" null null null null null null`,
		`"d" 4 null null null null null null null`,
		`"t" null null null null null null null null`,
	}
	if diff := cmp.Diff(want, columns(t, tables["log"], "_op", "id", "region", "name", "tags", "address", "tier", "note", "email")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`3 null`, `4 null`, `null null`}, columns(t, tables["unnamed_log"], "id", "pos")); diff != "" {
		t.Error(diff)
	}
}

// TestOthersAreAsStrict: an event with a whole row, and plain rows of the same record, must have what is required.
func TestOthersAreAsStrict(t *testing.T) {
	const nameless = `{"id":1,"region":"north","tags":[],"address":{"city":""}}`
	const null = `{"id":1,"region":"north","name":null,"tags":[],"address":{"city":""}}`
	tables := run(t,
		changes(event("u", `null`, nameless, ``), event("u", `null`, null, ``), event("d", `{"id":1,"address":{}}`, `null`, ``), event("d", `{"id":"1"}`, `null`, ``), `{"id":1}`),
		job.File{Source: "dump", Name: "a.json", Data: []byte(nameless + "\n" + null + "\n" + ann + "\n" + strings.Replace(ann, `"tier":1`, `"tier":null`, 1) + "\n")},
		job.File{Source: "sheet", Name: "a.csv", Data: []byte("id,region,name,tags,address\n7,south,x,[],\"{\"\"city\"\":\"\"\"\"}\"\n8,south,x,,\"{\"\"city\"\":\"\"\"\"}\"\n9,,x,[],\"{\"\"city\"\":\"\"\"\"}\"\n")})
	want := []string{
		`"after.name, at byte 79: the field is required and missing" 1`,
		`"after.name, at byte 55: expected a string, found null" 2`,
		`"before.address.city, at byte 29: the field is required and missing" 3`,
		`"before.id, at byte 16: expected an integer of 64 bits, found the string \"1\"" 4`,
		`"at byte 0: there is no op, which every change event has. Events that ExtractNewRecordState has flattened are read by format: json" 5`,
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, columns(t, tables["log__quarantine"], "reason", "line")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`1 "Ann" 1`, `7 "x" 3`}, columns(t, tables["customers"], "id", "name", "tier")); diff != "" {
		t.Error(diff)
	}
	lines := columns(t, tables["customers__quarantine"], "source", "line")
	if diff := cmp.Diff([]string{`"changes" 1`, `"changes" 2`, `"changes" 3`, `"changes" 4`, `"changes" 5`, `"dump" 1`, `"dump" 2`, `"dump" 4`, `"sheet" 3`, `"sheet" 4`}, lines); diff != "" {
		t.Error(diff)
	}
}

// TestReplayReadsTheEnvelope: the whole line is set aside, and goes the whole way again.
func TestReplayReadsTheEnvelope(t *testing.T) {
	dir := t.TempDir()
	lines := []string{event("d", `{"region":"north"}`, `null`, `"lsn":1`), event("u", `null`, ann, ``), event("u", `null`, `{}`, `"lsn":1`)}
	j := job.Job{Dir: dir, Sources: []string{"changes", "dump", "sheet"}, Tables: []string{"log", "unnamed_log", "customers"}, Batches: []job.Batch{{Files: []job.File{changes(lines...)}}}}
	if _, err := fixture.Run(context.Background(), Pipeline, j); err != nil {
		t.Fatal(err)
	}
	reasons := func() (out []string) {
		err := Pipeline().QuarantineList(context.Background(), flow.Options{Data: dir}, "customers", func(r *flow.Rejected) {
			if out = append(out, r.Reason); r.Raw != lines[r.Line-1] {
				t.Errorf("line %d: %s", r.Line, r.Raw)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(out)
		return out
	}
	before := reasons()
	want := []string{"after.id, at byte 24: the field is required and missing", "the key column id is NULL", "the sequence (sequence_by) is NULL"}
	if diff := cmp.Diff(want, before); diff != "" {
		t.Error(diff)
	}
	all, err := Pipeline().QuarantineReplay(context.Background(), flow.Options{Data: dir}, "customers")
	if err != nil || len(all) != 1 || all[0].Tried != 3 || all[0].Bad != 3 {
		t.Errorf("%+v, %v", all, err)
	}
	if diff := cmp.Diff(want, reasons()); diff != "" {
		t.Error(diff)
	}
}

// TestNoRowNoEvent: tombstones and messages carry nothing. They are read, counted and left out.
func TestNoRowNoEvent(t *testing.T) {
	dir := t.TempDir()
	j := job.Job{Dir: dir, Sources: []string{"changes", "dump", "sheet"}, Tables: []string{"log", "unnamed_log", "customers"},
		Batches: []job.Batch{{Files: []job.File{changes(`null`, `{"schema":null,"payload":null}`, `{"op":"m","message":{"prefix":"p","content":""}}`, event("d", ann, `null`, `"lsn":1`))}}}}
	if _, err := fixture.Run(context.Background(), Pipeline, j); err != nil {
		t.Fatal(err)
	}
	s, err := Pipeline().Status(context.Background(), flow.Options{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range s.Tables {
		for _, f := range table.Flows {
			filtered := int64(3)
			if f.Name == "to_unnamed" {
				filtered = 4 // Ann has a name
			}
			if c := f.Total; f.Name != "rows_flow" && (c.Read != 4 || c.Filtered != filtered || !c.Balanced()) {
				t.Errorf("%s: %+v", f.Name, c)
			}
		}
	}
}

// TestRescuedIsWithinTheRow: unknown members of the row are kept, those of the envelope are not.
func TestRescuedIsWithinTheRow(t *testing.T) {
	tables := run(t, changes(
		`{"schema":{},"payload":{"op":"c","x":1,"after":{"x":2,"id":1,"region":"north","name":"","tags":[],"address":{"city":"","y":3}}}}`,
		event("d", `{"id":2,"region":"north","x":[4]}`, `null`, ``),
	))
	var got []string
	for _, text := range columns(t, tables["log"], "_rescued_data") {
		var s string
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		got = append(got, s)
	}
	if diff := cmp.Diff([]string{`{"x":2,"address.y":3}`, `{"x":[4]}`}, got); diff != "" {
		t.Error(diff)
	}
}

// way is the way of a record in the engine: envelope, row, flow function.
type way struct {
	envelope debezium.Reader
	json     jsonr.Reader
	customer Customer
	meta     flow.Meta
	row      Customers
	change   merge.Change
}

func (w *way) take(tb testing.TB, line []byte) {
	image, err := w.envelope.Read(line)
	if err != nil {
		tb.Fatal(err)
	}
	w.json.ResetAt(line, w.envelope.From, w.envelope.To)
	if image == debezium.Key {
		w.json.Relax()
	}
	if err := w.customer.DecodeJSON(&w.json); err != nil {
		tb.Fatal(err)
	}
	w.change.Reset()
	w.meta.Event = &w.envelope.Event
	if _, err := changesFlow(&w.customer, &w.meta, &w.row, &w.change); err != nil || w.change.Delete != (image == debezium.Key) {
		tb.Fatal(err, w.change)
	}
}

var taken = [][]byte{
	[]byte(event("u", `null`, ann, `"version":"3.0.5.Final","connector":"postgresql","name":"shop","ts_ms":1714000000000,"snapshot":"false","db":"shop","schema":"public","table":"customers","txId":555,"lsn":24023128,"xmin":null`)),
	[]byte(event("d", `{"id":1,"region":"north","name":""}`, `null`, `"lsn":24023136`)),
}

func TestEventsAllocateNothing(t *testing.T) {
	var w way
	if n := testing.AllocsPerRun(100, func() { w.take(t, taken[0]); w.take(t, taken[1]) }); n != 0 {
		t.Errorf("%v allocations in two events", n)
	}
}

func BenchmarkEvent(b *testing.B) {
	var w way
	b.SetBytes(int64(len(taken[0])))
	b.ReportAllocs()
	for b.Loop() {
		w.take(b, taken[0])
	}
}
