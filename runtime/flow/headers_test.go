package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/runtime/stream"
	"github.com/seamflow/seamflow/runtime/value"
)

func TestHeaderMap(t *testing.T) {
	entry := func(key string, v []byte) value.Entry[value.Opt[[]byte]] {
		return value.Entry[value.Opt[[]byte]]{Key: key, Value: value.Opt[[]byte]{V: v, Valid: v != nil}}
	}
	m := Meta{Headers: []stream.Header{{Name: "b", Value: []byte("1")}, {Name: "a"}, {Name: "b", Value: []byte{}}}}
	want := value.Map[value.Opt[[]byte]]{entry("a", nil), entry("b", []byte{})}
	if d := cmp.Diff(want, m.HeaderMap()); d != "" {
		t.Error(d)
	}
	m.Headers, m.mapped = nil, false
	if got := m.HeaderMap(); len(got) != 0 {
		t.Errorf("headers of the record before: %v", got)
	}
	many := []stream.Header{{Name: "x", Value: []byte("1")}, {Name: "w", Value: []byte("2")}, {Name: "x", Value: []byte("3")}}
	if n := testing.AllocsPerRun(100, func() {
		m.Headers, m.mapped = many, false
		m.HeaderMap()
	}); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
}
