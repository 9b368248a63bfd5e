package value_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

// everything is one of each kind.
type everything struct {
	B   bool
	I   int32
	L   int64
	F   float32
	D   float64
	S   string
	Raw []byte
	Day value.Date
	Ts  value.Timestamp
	U   value.UUID
}

func (e *everything) append(dst []byte) []byte {
	dst = value.AppendInt32(value.AppendBool(value.AppendPresent(dst), e.B), e.I)
	dst = value.AppendFloat32(value.AppendInt64(dst, e.L), e.F)
	dst = value.AppendString(value.AppendFloat64(dst, e.D), e.S)
	dst = value.AppendDate(value.AppendBytes(dst, e.Raw), e.Day)
	return value.AppendUUID(value.AppendTimestamp(dst, e.Ts), e.U)
}

func readEverything(in *value.Reader) everything {
	in.Present()
	return everything{in.Bool(), in.Int32(), in.Int64(), in.Float32(), in.Float64(), in.String(), in.Bytes(), in.Date(), in.Timestamp(), in.UUID()}
}

func drawEverything(t *rapid.T) everything {
	text := rapid.SampledFrom([]string{"", "plain", "\x00", "a\x00\xff\x01b", "\x00\x01"})
	e := everything{
		B: rapid.Bool().Draw(t, "b"), I: rapid.Int32().Draw(t, "i"), L: rapid.Int64().Draw(t, "l"),
		F: rapid.Float32().Draw(t, "f") + 0, D: rapid.Float64().Draw(t, "d") + 0, S: text.Draw(t, "s"), Raw: []byte(text.Draw(t, "raw")),
		Day: value.Date(rapid.Int32().Draw(t, "day")), Ts: value.Timestamp(rapid.Int64().Draw(t, "ts")),
	}
	copy(e.U[:], text.Draw(t, "u"))
	return e
}

func TestReaderReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawEverything(t)
		var in value.Reader
		in.Reset(want.append(nil))
		got := readEverything(&in)
		if in.Done() != nil || in.Len() != 0 {
			t.Fatalf("%v, %d bytes left", in.Err(), in.Len())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestReaderReadsNullsAsZero(t *testing.T) {
	var in value.Reader
	in.Reset(value.AppendInt64(value.AppendPresent(value.AppendNull(nil)), 7))
	if got := readEverything(&in); cmp.Diff(everything{}, got) != "" || in.Err() != nil {
		t.Errorf("%+v, %v", got, in.Err())
	}
	if two := in; two.Done() == nil {
		t.Error("bytes that are left are no error")
	}
	if in.Len() != 9 || !in.Present() || in.Int64() != 7 {
		t.Error("what follows the NULL is not read")
	}
}

// TestReaderOfDamage cuts bytes short: that is an error, and never a panic or a value of another reading.
func TestReaderOfDamage(t *testing.T) {
	e := everything{S: "a\x00b", Raw: []byte("c")}
	whole := e.append(nil)
	for n := range whole {
		var in value.Reader
		in.Reset(whole[:n:n])
		readEverything(&in)
		if in.Err() == nil {
			t.Fatalf("%d of %d bytes are taken", n, len(whole))
		}
		if in.Elem() || in.Present() || in.Int64() != 0 || in.String() != "" || in.Decimal(2) != (value.Decimal{}) {
			t.Fatal("something is read after an error")
		}
	}
}

func TestReaderAllocatesNothing(t *testing.T) {
	e := everything{S: "some text", Raw: []byte("bytes")}
	src := e.append(nil)
	var got everything
	n := testing.AllocsPerRun(100, func() {
		var in value.Reader
		in.Reset(src)
		got = readEverything(&in)
	})
	if n != 0 || got.S != e.S {
		t.Errorf("%v allocations for %+v", n, got)
	}
}
