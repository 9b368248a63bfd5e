package avror

import (
	"testing"

	"github.com/seamflow/seamflow/runtime/avsc"
)

const everything = `{"type":"record","name":"All","fields":[
{"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":["null","long"]},{"name":"f","type":"float"},{"name":"d","type":"double"},
{"name":"s","type":"string"},{"name":"y","type":["bytes","null"]},{"name":"x","type":{"type":"fixed","name":"X","size":5}},
{"name":"day","type":{"type":"int","logicalType":"date"}},{"name":"t","type":{"type":"long","logicalType":"timestamp-millis"}},
{"name":"c","type":{"type":"bytes","logicalType":"decimal","precision":30,"scale":3}},{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},
{"name":"list","type":{"type":"array","items":["null",{"type":"record","name":"In","fields":[{"name":"n","type":"null"},{"name":"m","type":{"type":"map","values":"long"}}]}]}},
{"name":"o","type":["null","In"]}]}`

// FuzzMessage reads and passes over any bytes: both end, find the same end where both find one, and need no more memory
// than the bytes allow.
func FuzzMessage(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 2, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 'x', 0, 2, 'y', 1, 2, 3, 4, 5, 0, 0, 2, 1, 2, 2, 2, 0, 2, 2, 'k', 2, 0, 0, 0})
	f.Add([]byte{1, 2, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	schema := parse(f, everything)
	read, skipped := Compile(schema, schema), Compile(schema, &avsc.Schema{Type: avsc.Record})
	f.Fuzz(func(t *testing.T, data []byte) {
		var r, s Reader
		r.Reset(read, data, 0)
		text(&r, schema, nil)
		s.Reset(skipped, data, 0)
		for s.Record(); s.Field(); {
		}
		if r.End() == nil && s.End() != nil {
			t.Fatalf("read, and not passed over: %v", s.End())
		}
		if err := r.End(); err != nil && (err.(*Error).Offset > len(data) || err.Error() == "") {
			t.Fatal(err)
		}
	})
}

// FuzzSchema compiles whatever text is a schema for a reader, and reads by it.
func FuzzSchema(f *testing.F) {
	f.Add(everything, []byte{1, 2, 2, 4})
	f.Add(`{"type":"record","name":"All","fields":[{"name":"s","type":["null","All",{"type":"array","items":"All"}]},{"name":"b","aliases":["x"],"type":"bytes"}]}`, []byte{2, 2, 0})
	f.Add(`["null",{"type":{"type":"fixed","name":"a.F","size":0}},{"type":"map","values":"F"}]`, []byte{4, 2, 2, 'k'})
	f.Add(actionSchema, []byte("abc"))
	reader := parse(f, everything)
	f.Fuzz(func(t *testing.T, schema string, data []byte) {
		writer, err := avsc.Parse(schema, nil)
		if err != nil {
			return
		}
		var r Reader
		r.Reset(Compile(writer, reader), data, 0)
		text(&r, reader, nil)
		if err := r.End(); err != nil && err.Error() == "" {
			t.Fatal("an error without words")
		}
	})
}
