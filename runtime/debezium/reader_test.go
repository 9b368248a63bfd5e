package debezium

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

const postgres = `"source":{"version":"3.0.5.Final","connector":"postgresql","name":"shop","ts_ms":1714000000000,"snapshot":"false","db":"shop","sequence":"[\"24023119\",\"24023128\"]",` +
	`"schema":"public","table":"customers","txId":555,"lsn":24023128,"xmin":null}`

func TestWhereTheRowIs(t *testing.T) {
	for name, c := range map[string]struct {
		record, row string
		image       Image
	}{
		"insert":                 {`{"before":null,"after":{"id":1},` + postgres + `,"op":"c","ts_ms":1}`, `{"id":1}`, Whole},
		"update has both":        {`{"before":{"id":0},"after":{"id":1},"op":"u"}`, `{"id":1}`, Whole},
		"snapshot":               {`{"op":"r","after":{"id":1}}`, `{"id":1}`, Whole},
		"delete":                 {`{"op":"d","before": {"id":1} ,"after":null}`, `{"id":1}`, Key},
		"delete without after":   {`{"op":"d","before":{"id":1}}`, `{"id":1}`, Key},
		"truncate":               {`{"op":"t","before":null,"after":null}`, ``, Empty},
		"message":                {`{"op":"m","message":{"prefix":"p","content":"aGk="}}`, ``, None},
		"tombstone":              {`null`, ``, None},
		"tombstone of Kafka":     {``, ``, None},
		"tombstone with blanks":  {" null\r", ``, None},
		"wrapped tombstone":      {`{"schema":null,"payload":null}`, ``, None},
		"wrapped":                {`{"schema":{"op":"x","payload":{}},"payload":{"op":"c","after":{"id":1}}}`, `{"id":1}`, Whole},
		"wrapper back to front":  {`{"payload":{"after":{"id":1},"op":"c"},"schema":{"type":"struct"}}`, `{"id":1}`, Whole},
		"beside the payload":     {`{"op":"d","before":{"id":2},"payload":{"after":{"id":1},"op":"c"},"after":3,"source":3}`, `{"id":1}`, Whole},
		"the last counts":        {`{"op":"d","after":{"id":1},"after":{"id":2},"op":"c"}`, `{"id":2}`, Whole},
		"names with escapes":     {`{"\u006fp":"c","aft\u0065r":{"id":1}}`, `{"id":1}`, Whole},
		"members of other names": {`{"op":"c","after":{"op":"d","before":null},"transaction":{"op":"t","after":[{}]},"AFTER":null}`, `{"op":"d","before":null}`, Whole},
	} {
		var d Reader
		image, err := d.Read([]byte(c.record))
		if err != nil || image != c.image || c.record[d.From:d.To] != c.row {
			t.Errorf("%s: image %d, row %s, %v", name, image, c.record[d.From:d.To], err)
		}
	}
}

func TestWhatIsNoEvent(t *testing.T) {
	for name, c := range map[string]struct{ record, want string }{
		"plain row":            {`{"id":1}`, "at byte 0: there is no op"},
		"wrapped row":          {`{"payload": {"id":1}}`, "payload, at byte 12: there is no op"},
		"flattened":            {`{"id":1,"__op":"u","__deleted":"false"}`, "read by format: json"},
		"unknown op":           {`{"op":"x","after":{}}`, `op, at byte 6: expected the op of a change event: c, u, d, r, t or m, found the string "x"`},
		"empty op":             {`{"op":"","after":{}}`, `found the string ""`},
		"op is null":           {`{"op":null,"after":{}}`, "op, at byte 6: expected a string, found null"},
		"insert without after": {`{"op":"c","before":{"id":1}}`, "the event, of op c, has no row"},
		"after is null":        {`{"op":"u","after":null}`, "the event, of op u, has no row"},
		"nobody's delete":      {`{"op":"d","before":null,"after":{"id":1}}`, "REPLICA IDENTITY"},
		"document":             {`{"op":"c","after":"{\"_id\": 1}"}`, "after, at byte 18: a row is an object of columns"},
		"lsn is a text":        {`{"op":"c","after":{},"source":{"lsn":"0/16"}}`, `source.lsn, at byte 37: expected an integer`},
		"source is a list":     {`{"op":"c","after":{},"source":[]}`, "source, at byte 30: expected an object"},
		"file is an object":    {`{"op":"c","after":{},"source":{"file":{}}}`, "source.file"},
		"array":                {`[{"op":"c"}]`, "at byte 0: expected an object"},
		"two values":           {`{"op":"c","after":{}} {}`, "expected nothing after the value"},
		"broken behind it":     {`{"op":"c","after":{"id":1},"x":tru}`, "x, at byte 31"},
		"broken inside it":     {`{"op":"c","after":{"id":01}}`, "after.id, at byte 24"},
		"cut":                  {`{"op":"c","after":{"id":1}`, "the end of the record"},
	} {
		var d Reader
		_, err := d.Read([]byte(c.record))
		if e, ok := err.(*jsonr.Error); !ok || !strings.Contains(e.Error(), c.want) {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
}

func TestSourceBlocks(t *testing.T) {
	text, number := value.Some[string], value.Some[int64]
	for name, c := range map[string]struct {
		source string
		want   Source
	}{
		"postgresql": {postgres, Source{TsMs: number(1714000000000), Lsn: number(24023128), Sequence: text(`["24023119","24023128"]`), TxID: text("555"), Snapshot: text("false"),
			DB: text("shop"), Schema: text("public"), Table: text("customers")}},
		"mysql": {`"source":{"connector":"mysql","ts_ms":1,"ts_us":2,"ts_ns":3,"snapshot":false,"db":"shop","table":null,"server_id":223344,"gtid":null,"file":"binlog.000003","pos":805,"row":2,"thread":7,"query":null}`,
			Source{TsMs: number(1), TsUs: number(2), TsNs: number(3), Snapshot: text("false"), DB: text("shop"), File: text("binlog.000003"), Pos: number(805), Row: number(2)}},
		"oracle": {`"source":{"txId":"06001c00","scn":"2125544","commit_scn":"2125550","lcr_position":null,"rs_id":"001234","ssn":1,"redo_thread":1}`,
			Source{TxID: text("06001c00"), Scn: text("2125544"), CommitScn: text("2125550"), Ssn: number(1)}},
		"sql server": {`"source":{"change_lsn":"00000027:00000758:0003","commit_lsn":"00000027:00000758:0005","event_serial_no":1}`,
			Source{ChangeLsn: text("00000027:00000758:0003"), CommitLsn: text("00000027:00000758:0005"), EventSerialNo: number(1)}},
		"null":        {`"source":null`, Source{}},
		"two of them": {`"source":{"lsn":1},"source":{"pos":2}`, Source{Pos: number(2)}},
	} {
		var d Reader
		_, err := d.Read([]byte(`{"op":"c","after":{},` + c.source + `}`))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, d.Event.Source); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestAnyOrder writes the same event in any order of members, with and without the wrapper, blanks and members that
// nobody knows, and finds what encoding/json finds.
func TestAnyOrder(t *testing.T) {
	var d Reader
	rapid.Check(t, func(t *rapid.T) {
		record := drawEvent(t)
		image, err := d.Read(record)
		if err != nil {
			t.Fatalf("%s: %v", record, err)
		}
		var wrapper struct{ Payload json.RawMessage }
		var want struct {
			Op            string
			Before, After json.RawMessage
			TsMs          *int64 `json:"ts_ms"`
			Source        *struct {
				Lsn  *int64
				File *string
			}
		}
		payload := record
		if json.Unmarshal(record, &wrapper); wrapper.Payload != nil {
			payload = wrapper.Payload
		}
		if err := json.Unmarshal(payload, &want); err != nil {
			t.Fatal(err)
		}
		row := string(want.After)
		if want.Op == Delete {
			row = string(want.Before)
		}
		if got := string(record[d.From:d.To]); image == None || got != row {
			t.Errorf("%s: row %s, want %s", record, got, row)
		}
		var lsn *int64
		var file *string
		if want.Source != nil {
			lsn, file = want.Source.Lsn, want.Source.File
		}
		if e := d.Event; e.Op != want.Op || !same(e.TsMs, want.TsMs) || !same(e.Source.Lsn, lsn) || !same(e.Source.File, file) {
			t.Errorf("%s: %+v", record, e)
		}
	})
}

func same[T comparable](got value.Opt[T], want *T) bool {
	if want == nil {
		return !got.Valid
	}
	return got.Valid && got.V == *want
}

// drawEvent writes an event of a row.
func drawEvent(t *rapid.T) []byte {
	object := rapid.SampledFrom([]string{`{}`, `{"id":1}`, `{ "op" : "d", "after":{"x":[1,{"payload":null}]} }`, `{"a":"}{\"\\","é":"\u00e9"}`})
	members := []string{`"op":` + rapid.SampledFrom([]string{`"c"`, `"u"`, `"r"`, `"d"`, `"\u0063"`}).Draw(t, "op"), `"before":` + object.Draw(t, "before"), `"after":` + object.Draw(t, "after")}
	members = append(members, rapid.SliceOfDistinct(rapid.SampledFrom([]string{
		`"ts_ms":1714`, `"source":{"lsn":77,"x":{"lsn":1}}`, `"transaction":null`, `"x":[{"op":"q"},"after",-1.5e3]`, `"message":{"before":1}`,
	}), rapid.ID).Draw(t, "more")...)
	if rapid.Bool().Draw(t, "file") {
		members = append(members[:len(members):len(members)], `"y":0`)
		for i, m := range members {
			if strings.HasPrefix(m, `"source"`) {
				members[i] = `"source":{"file":"bin\tlog.1","lsn":null}`
			}
		}
	}
	text := written(t, rapid.Permutation(members).Draw(t, "order"))
	if rapid.Bool().Draw(t, "wrapped") {
		text = written(t, rapid.Permutation([]string{`"schema":{"type":"struct","op":"c","fields":[]}`, `"payload":` + text}).Draw(t, "wrapper"))
	}
	return []byte(text)
}

func written(t *rapid.T, members []string) string {
	blank := rapid.SampledFrom([]string{"", " ", "\t ", "\r"})
	var b strings.Builder
	b.WriteString(blank.Draw(t, "blank") + "{")
	for i, m := range members {
		if i > 0 {
			b.WriteString(blank.Draw(t, "blank") + "," + blank.Draw(t, "blank"))
		}
		name, v, _ := strings.Cut(m, ":")
		b.WriteString(name + blank.Draw(t, "blank") + ":" + blank.Draw(t, "blank") + v)
	}
	return b.String() + blank.Draw(t, "blank") + "}" + blank.Draw(t, "blank")
}

// FuzzRead holds that what is read is JSON, that the row lies within it and is JSON too, and that nothing is kept from
// one record to the next.
func FuzzRead(f *testing.F) {
	for _, s := range []string{``, `null`, `{}`, `{"op":"c","after":{"id":1},` + postgres + `}`, `{"payload":{"op":"d","before":{"id":1}},"schema":1}`, `{"op":"t"}`, `{"op":"m"}`, `{"payload":null}`, `{"op":"\u0064","before":{}}`, `[1]`} {
		f.Add([]byte(s))
	}
	var again Reader
	f.Fuzz(func(t *testing.T, record []byte) {
		var d Reader
		image, err := d.Read(record)
		image2, err2 := again.Read(record)
		if (err == nil) != (err2 == nil) || image != image2 || err == nil && d.Event != again.Event || err != nil && err.Error() != err2.Error() {
			t.Fatalf("first %d %+v %v, then %d %+v %v", image, d.Event, err, image2, again.Event, err2)
		}
		if err != nil {
			return
		}
		if len(strings.TrimSpace(string(record))) > 0 && !json.Valid(record) {
			t.Fatalf("%q is no JSON and was read", record)
		}
		if row := record[d.From:d.To]; (image == Whole || image == Key) != json.Valid(row) {
			t.Fatalf("image %d has the row %q", image, row)
		}
	})
}

var customer = []byte(`{"before":null,"after":{"id":1001,"first_name":"Alice","last_name":"Smith","email":"alice@example.com","created_at":1714000000000,"balance":"120.50"},` +
	postgres + `,"transaction":null,"op":"c","ts_ms":1714000000142,"ts_us":1714000000142000,"ts_ns":1714000000142000000}`)

func TestNothingIsAllocated(t *testing.T) {
	var d Reader
	for name, record := range map[string][]byte{"plain": customer, "wrapped": []byte(`{"schema":{"type":"struct"},"payload":` + string(customer) + `}`), "escapes": []byte(`{"op":"\u0063","after":{},"source":{"sequence":"[\"1\"]"}}`)} {
		n := testing.AllocsPerRun(100, func() {
			if _, err := d.Read(record); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations an event", name, n)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	b.SetBytes(int64(len(customer)))
	b.ReportAllocs()
	var d Reader
	for b.Loop() {
		if _, err := d.Read(customer); err != nil {
			b.Fatal(err)
		}
	}
}
