package avror

import (
	"testing"

	"github.com/hamba/avro/v2"
	"github.com/seamflow/seamflow/runtime/value"
)

const actionSchema = `{"type":"record","name":"Action","fields":[
{"name":"id","type":"string"},{"name":"user","type":"long"},{"name":"kind","type":{"type":"enum","name":"Kind","symbols":["view","click","buy"]}},
{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},{"name":"page","type":["null","string"]},{"name":"price","type":["null","double"]},
{"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[{"name":"sku","type":"string"},{"name":"n","type":"int"}]}}}]}`

type item struct {
	SKU string `avro:"sku"`
	N   int32  `avro:"n"`
}

type action struct {
	ID    string   `avro:"id"`
	User  int64    `avro:"user"`
	Kind  string   `avro:"kind"`
	At    int64    `avro:"at"`
	Page  *string  `avro:"page"`
	Price *float64 `avro:"price"`
	Items []item   `avro:"items"`
}

type ours struct {
	id, kind string
	user     int64
	at       value.Timestamp
	page     value.Opt[string]
	price    value.Opt[float64]
	items    []item
}

var kinds = []string{"view", "click", "buy"}

// decode is as generated code decodes.
func (o *ours) decode(r *Reader) error {
	*o = ours{items: o.items[:0]}
	for r.Record(); r.Field(); {
		switch r.Index() {
		case 0:
			o.id = r.String()
		case 1:
			o.user = r.Int64()
		case 2:
			o.kind = r.Enum(kinds)
		case 3:
			o.at = r.Timestamp()
		case 4:
			o.page = r.OptString()
		case 5:
			o.price = r.OptFloat64()
		case 6:
			o.items = o.items[:0]
			for r.Array(); r.Elem(); {
				o.items = append(o.items, item{})
				e := &o.items[len(o.items)-1]
				for r.Record(); r.Field(); {
					switch r.Index() {
					case 0:
						e.SKU = r.String()
					case 1:
						e.N = r.Int32()
					}
				}
			}
		}
	}
	return r.End()
}

func message(t testing.TB) ([]byte, avro.Schema) {
	s := avro.MustParse(actionSchema)
	page, price := "/shop/lamps/desk?colour=green", 19.95
	data, err := avro.Marshal(s, action{ID: "3b1f8a2e-97c1-4e5f-9a55-0f4c3d2b1a00", User: 1234567, Kind: "buy", At: 1715656326000001, Page: &page, Price: &price,
		Items: []item{{"lamp-1", 2}, {"bulb-e14-warm", 12}}})
	if err != nil {
		t.Fatal(err)
	}
	return data, s
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	data, _ := message(t)
	s := parse(t, actionSchema)
	plan := Compile(s, s)
	var r Reader
	var o ours
	if n := testing.AllocsPerRun(100, func() {
		r.Reset(plan, data, 0)
		if err := o.decode(&r); err != nil || o.kind != "buy" || len(o.items) != 2 || o.items[1].N != 12 {
			t.Fatal(err, o)
		}
	}); n != 0 {
		t.Errorf("%v allocations a message", n)
	}
}

func BenchmarkDecode(b *testing.B) {
	data, theirs := message(b)
	b.Run("avror", func(b *testing.B) {
		s := parse(b, actionSchema)
		plan := Compile(s, s)
		var r Reader
		var o ours
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			r.Reset(plan, data, 0)
			if err := o.decode(&r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hamba", func(b *testing.B) {
		var a action
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if err := avro.Unmarshal(theirs, data, &a); err != nil {
				b.Fatal(err)
			}
		}
	})
}
