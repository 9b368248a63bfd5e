package avro_messages

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/gen/golden/roundtrip"
	"github.com/seamflow/seamflow/runtime/avror"
	"github.com/seamflow/seamflow/runtime/avsc"
	"github.com/seamflow/seamflow/runtime/stream"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

// encode writes v by a writer's schema whose fields are those of v's struct, in order.
func encode(dst []byte, s *avsc.Schema, v reflect.Value) []byte {
	if s.Type == avsc.Union { // null comes first
		if !v.FieldByName("Valid").Bool() {
			return append(dst, 0)
		}
		return encode(append(dst, 2), s.Branches[1], v.FieldByName("V"))
	}
	switch s.Type {
	case avsc.Boolean:
		if v.Bool() {
			return append(dst, 1)
		}
		return append(dst, 0)
	case avsc.Int, avsc.Long:
		return binary.AppendVarint(dst, v.Int())
	case avsc.Float:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(v.Float())))
	case avsc.Double:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Float()))
	case avsc.Enum:
		for i, symbol := range s.Symbols {
			if symbol == v.String() {
				return binary.AppendVarint(dst, int64(i))
			}
		}
	case avsc.Array:
		if n := v.Len(); n > 0 {
			dst = binary.AppendVarint(dst, int64(n))
			for i := range n {
				dst = encode(dst, s.Elem, v.Index(i))
			}
		}
		return append(dst, 0)
	case avsc.Map:
		for i := range v.Len() { // a block of each
			dst = appendText(append(dst, 2), v.Index(i).FieldByName("Key").String())
			dst = encode(dst, s.Elem, v.Index(i).FieldByName("Value"))
		}
		return append(dst, 0)
	case avsc.Record:
		for i := range s.Fields {
			dst = encode(dst, s.Fields[i].Type, v.Field(i))
		}
		return dst
	}
	switch v := v.Interface().(type) {
	case value.Decimal:
		return appendText(dst, string(twosComplement(v)))
	case value.UUID:
		return appendText(dst, v.String())
	case []byte:
		return appendText(dst, string(v))
	}
	return appendText(dst, v.String())
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendVarint(dst, int64(len(s))), s...)
}

// twosComplement is a decimal's number in the fewest bytes.
func twosComplement(d value.Decimal) []byte {
	hi, lo := d.Unscaled()
	n := new(big.Int).Or(new(big.Int).Lsh(big.NewInt(hi), 64), new(big.Int).SetUint64(lo))
	size := n.BitLen()/8 + 1
	if n.Sign() < 0 {
		n.Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	return n.FillBytes(make([]byte, size))
}

// within makes a random record one that can be: symbols that the enum has, days and instants of the years 0001 to 9999.
func within(v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *Colour:
		*p = Colour(colourSymbols[len(*p)%len(colourSymbols)])
	case *value.Date:
		*p %= 700_000
	case *value.Timestamp:
		*p %= 700_000 * 86_400_000_000
	case *value.Decimal, *value.UUID, *[]byte:
	default:
		switch v.Kind() {
		case reflect.Slice:
			for i := range v.Len() {
				within(v.Index(i))
			}
			if strings.HasPrefix(v.Type().Name(), "Map[") {
				for i := range v.Len() { // in the order of keys, each once
					v.Index(i).Field(0).SetString(strconv.Itoa(i))
				}
			}
		case reflect.Struct:
			if valid := v.FieldByName("Valid"); valid.IsValid() && !valid.Bool() {
				return
			}
			for i := range v.NumField() {
				within(v.Field(i))
			}
		}
	}
}

func open[S any](t *testing.T, f stream.Format[S], o stream.Options) stream.Decoder[S] {
	d, err := f.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func plain(t *testing.T) stream.Decoder[All] {
	return open(t, avror.Plain(allAvro, func(r *avror.Reader, s *All) error { return s.DecodeAvro(r) }), stream.Options{})
}

func schemaOf(t testing.TB, text string) *avsc.Schema {
	s, err := avsc.Parse(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAnyRecord: what a writer of the record's own schema writes is read back, into memory that held another record.
func TestAnyRecord(t *testing.T) {
	schema, d := schemaOf(t, allAvro), plain(t)
	var again All
	rapid.Check(t, func(r *rapid.T) {
		want := roundtrip.Random[All](4).Draw(r, "record")
		within(reflect.ValueOf(&want).Elem())
		message := encode(nil, schema, reflect.ValueOf(want))
		var got All
		for _, o := range []*All{&got, &again} {
			if err := d.Decode(context.Background(), message, o); err != nil {
				r.Fatal(err)
			}
		}
		if roundtrip.Same(t, want, got); t.Failed() {
			r.FailNow()
		}
		if !bytes.Equal(message, encode(nil, schema, reflect.ValueOf(again))) {
			r.Fatalf("%+v becomes, in memory that is used again, %+v", want, again)
		}
	})
}

// TestDefaults: fields that the writer's schema has not are what the reader's schema says, also after a record that had
// them.
func TestDefaults(t *testing.T) {
	reader := schemaOf(t, allAvro)
	writer := *reader
	writer.Fields = nil
	for _, f := range reader.Fields {
		if !f.HasDefault {
			writer.Fields = append(writer.Fields, f)
		}
	}
	var full, got All
	full.E, full.BD, full.SD, full.EN = ColourBlue, false, "other", value.Some(ColourRed)
	var message []byte
	for i, f := range reader.Fields {
		if !f.HasDefault {
			message = encode(message, f.Type, reflect.ValueOf(full).Field(i))
		}
	}
	got = full
	var r avror.Reader
	r.Reset(avror.Compile(&writer, reader), message, 0)
	if err := got.DecodeAvro(&r); err != nil {
		t.Fatal(err)
	}
	if !got.BD || got.ID != -7 || got.LD != 9007199254740993 || !math.Signbit(got.DD) || got.DecD.String() != "10.0000" || got.SD != `de"fault` ||
		string(got.RawD) != "\x00\xff" || got.DayD != 19000 || got.ED != ColourGreen || got.EN.Valid || got.E != ColourBlue {
		t.Errorf("%+v", got)
	}
}

// TestSteady: a message costs no allocation.
func TestSteady(t *testing.T) {
	var o Order
	o.Lines = []OrderLine{{SKU: "a", Tags: value.Some(value.Map[string]{{Key: "k", Value: "v"}})}}
	o.Channel = OrderChannelWeb
	writer := schemaOf(t, orderWriter)
	message := encodeOrder(writer, o)
	plan := avror.Compile(writer, schemaOf(t, orderAvro))
	var r avror.Reader
	var got Order
	if n := testing.AllocsPerRun(100, func() {
		r.Reset(plan, message, 0)
		if err := got.DecodeAvro(&r); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a message costs %v allocations", n)
	}
}
