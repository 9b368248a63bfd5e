package csvr

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/value"
)

// order is what the generator makes of a flat order.
type order struct {
	ID, Status  string
	Chain       value.Opt[string]
	CreatedTime value.Opt[value.Timestamp]
	Store       value.Opt[int32]
	Total       value.Opt[value.Decimal]
	Weight      value.Opt[float64]
	Gift        value.Opt[bool]
	Name        value.Opt[string]
	Absent      value.Opt[string]
}

var orderColumns = []string{"id", "status", "chain", "createdTime", "store", "total", "weight", "gift", "name", "absent"}

func (o *order) DecodeCSV(r *Reader) error {
	o.ID = r.String(0)
	o.Status = r.String(1)
	o.Chain = r.OptString(2)
	o.CreatedTime = r.OptTimestamp(3)
	o.Store = r.OptInt32(4)
	o.Total = r.OptDecimal(5, 10, 2)
	o.Weight = r.OptFloat64(6)
	o.Gift = r.OptBool(7)
	o.Name = r.OptString(8)
	o.Absent = r.OptString(9)
	return r.End()
}

func orders(quote bool) []byte {
	var b bytes.Buffer
	b.WriteString("id,status,chain,createdTime,store,total,weight,gift,name,unknown\n")
	for i := range 2000 {
		name := "Ground coffee Dark Roast"
		if quote {
			name = `"Ground coffee, ""Dark Roast"""`
		}
		fmt.Fprintf(&b, "%d,complete,KROGER,2024-05-14T08:00:%02dZ,%d,%d.%02d,%d.5,true,%s,\n", 100000+i, i%60, i%500, i, i%100, i%50, name)
	}
	return b.Bytes()
}

func TestReadingAllocatesNothing(t *testing.T) {
	for _, quote := range []bool{false, true} {
		data := orders(quote)
		rd := bytes.NewReader(data)
		r := NewReader(rd, Options{})
		r.Bind(orderColumns)
		var o order
		if !r.Next() {
			t.Fatal(r.Err())
		}
		n := testing.AllocsPerRun(1500, func() {
			if !r.Next() || o.DecodeCSV(r) != nil || r.Rescued() != "" {
				t.Fatal(r.Err(), r.End())
			}
		})
		if n != 0 {
			t.Errorf("%v allocations a record, quoted %t", n, quote)
		}
	}
}

// endless gives text over and over, size bytes of it.
type endless struct {
	text     string
	size, at int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.at >= e.size {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), e.size-e.at)], e.text[e.at%len(e.text):])
	e.at += n
	return n, nil
}

func TestMemoryIsBounded(t *testing.T) {
	const size = 100 << 20
	for name, c := range map[string]struct {
		head, text string
		opt        Options
		records    int
	}{
		"records":      {"a,b,c\n", "12345678,\"x\ny\",\n", Options{}, size / 16},
		"never_closed": {"a,b,c\n\"", "12345678,x,\n", Options{MaxRecord: 1 << 20}, 1},
		"one_line":     {"a,b,c\n", "12345678,x,", Options{MaxRecord: 1 << 20}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r := NewReader(io.MultiReader(strings.NewReader(c.head), &endless{text: c.text, size: size / len(c.text) * len(c.text)}), c.opt)
			n := 0
			for r.Next() {
				n++
			}
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 10<<20 || n != c.records || r.Err() != nil {
				t.Errorf("%d bytes were allocated for %d records, %v", used, n, r.Err())
			}
		})
	}
}

func BenchmarkDecodeOrder(b *testing.B) {
	for _, quote := range []bool{false, true} {
		data := orders(quote)
		name := map[bool]string{false: "plain", true: "quoted"}[quote]
		b.Run("csvr/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			rd := bytes.NewReader(data)
			r := NewReader(rd, Options{})
			var o order
			for b.Loop() {
				rd.Reset(data)
				r.Reset(rd, Options{})
				r.Bind(orderColumns)
				for r.Next() {
					if err := o.DecodeCSV(r); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*2000), "ns/record")
		})
		b.Run("encoding_csv_cut_only/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				r := csv.NewReader(bytes.NewReader(data))
				r.ReuseRecord = true
				for {
					if _, err := r.Read(); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
