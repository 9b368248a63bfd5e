//go:build unix

package column

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/value"
)

// onlineSchema is the table of examples/online_orders, and online a row of it as its generated code has it.
var onlineSchema = Schema{
	{Name: "id", Type: Of(String)},
	{Name: "status", Type: Of(String)},
	{Name: "shoppingContext", Type: StructOf(Field{Name: "chain", Type: Of(String)}, Field{Name: "userDevice", Type: Of(String)})},
	{Name: "createdTime", Type: Of(Timestamp)},
	{Name: "lastUpdateTime", Type: Of(String)},
	{Name: "customerId", Type: Of(String)},
	{Name: "orderType", Type: Of(String)},
	{Name: "lineItems", Type: ListOf(StructOf(Field{Name: "sku", Type: Of(String)}, Field{Name: "name", Type: Of(String)},
		Field{Name: "quantity", Type: Of(Int32)}, Field{Name: "price", Type: DecimalOf(10, 2)}))},
	{Name: "lastUpdateTimestamp", Type: Of(Timestamp)},
}

type online struct {
	id, status      string
	shoppingContext value.Opt[onlineContext]
	created         value.Opt[value.Timestamp]
	updateText      value.Opt[string]
	customer, kind  value.Opt[string]
	items           value.Opt[[]onlineItem]
	updated         value.Opt[value.Timestamp]
}

type onlineContext struct{ chain, device value.Opt[string] }

type onlineItem struct {
	sku      string
	name     value.Opt[string]
	quantity int32
	price    value.Decimal
}

// onlineRows are the buffers of online, filled as generated code does.
type onlineRows struct {
	leaves *Leaves
	c0     *Strings
	c1     *Strings
	c2     *Strings
	c3     *Strings
	c4     *Int64s
	c5     *Strings
	c6     *Strings
	c7     *Strings
	c8     *Strings
	c9     *Strings
	c10    *Int32s
	c11    *Decimals
	c12    *Int64s
}

func newOnlineRows() *onlineRows {
	l := NewLeaves(onlineSchema)
	return &onlineRows{
		leaves: l, c0: l.Strings(0), c1: l.Strings(1), c2: l.Strings(2), c3: l.Strings(3), c4: l.Int64s(4), c5: l.Strings(5), c6: l.Strings(6),
		c7: l.Strings(7), c8: l.Strings(8), c9: l.Strings(9), c10: l.Int32s(10), c11: l.Decimals(11), c12: l.Int64s(12),
	}
}

func (c *onlineRows) Append(r *online) {
	c.c0.Put(r.id, 0, 1)
	c.c1.Put(r.status, 0, 1)
	if r.shoppingContext.Valid {
		if r.shoppingContext.V.chain.Valid {
			c.c2.Put(r.shoppingContext.V.chain.V, 0, 2)
		} else {
			c.c2.Null(0, 1)
		}
		if r.shoppingContext.V.device.Valid {
			c.c3.Put(r.shoppingContext.V.device.V, 0, 2)
		} else {
			c.c3.Null(0, 1)
		}
	} else {
		c.leaves.Nulls(2, 4, 0, 0)
	}
	if r.created.Valid {
		c.c4.Put(int64(r.created.V), 0, 1)
	} else {
		c.c4.Null(0, 0)
	}
	if r.updateText.Valid {
		c.c5.Put(r.updateText.V, 0, 1)
	} else {
		c.c5.Null(0, 0)
	}
	if r.customer.Valid {
		c.c6.Put(r.customer.V, 0, 1)
	} else {
		c.c6.Null(0, 0)
	}
	if r.kind.Valid {
		c.c7.Put(r.kind.V, 0, 1)
	} else {
		c.c7.Null(0, 0)
	}
	if !r.items.Valid {
		c.leaves.Nulls(8, 12, 0, 0)
	} else if len(r.items.V) == 0 {
		c.leaves.Nulls(8, 12, 0, 1)
	} else {
		rep1 := uint8(0)
		for i1 := range r.items.V {
			e1 := &r.items.V[i1]
			c.c8.Put(e1.sku, rep1, 4)
			if e1.name.Valid {
				c.c9.Put(e1.name.V, rep1, 4)
			} else {
				c.c9.Null(rep1, 3)
			}
			c.c10.Put(e1.quantity, rep1, 4)
			c.c11.Put(e1.price, rep1, 4)
			rep1 = 1
		}
	}
	if r.updated.Valid {
		c.c12.Put(int64(r.updated.V), 0, 1)
	} else {
		c.c12.Null(0, 0)
	}
}

// makeOnline makes rows like examples/online_orders/gen: n of the newest of 5n/4 orders a year.
func makeOnline(n int) []online {
	chains := []string{"KROGER", "RALPHS", "FRED MEYER", "SMITHS", "HARRIS TEETER", "KING SOOPERS"}
	devices := []string{"WEB", "IOS", "ANDROID"}
	goods := []string{"2% milk, 1 gal", "Large eggs, 12 ct", "Bananas", "Ground coffee \"Dark Roast\"", "Sourdough bread",
		"Chicken breast, boneless", "Jalapeño peppers", "Greek yogurt, plain", "Cheddar cheese, sharp", "Sparkling water, 12 pk"}
	r := rand.New(rand.NewPCG(7, 7))
	some := func(of []string) value.Opt[string] { return value.Some(string([]byte(of[r.IntN(len(of))]))) }
	out := make([]online, n)
	for i := range out {
		now := 1704067200 + int64(i)*8
		if r.Float64() < 0.1 {
			now -= r.Int64N(30 * 24 * 3600)
		}
		at := time.Unix(now, r.Int64N(1000)*1e6).UTC()
		o := online{
			id: fmt.Sprintf("%012d", r.IntN(1_250_000)), status: string([]byte("complete")),
			shoppingContext: value.Some(onlineContext{some(chains), some(devices)}),
			created:         value.Some(value.Timestamp((now - r.Int64N(7*24*3600)) * 1e6)),
			updateText:      value.Some(at.Format("2006-01-02T15:04:05.000Z")),
			customer:        value.Some(fmt.Sprintf("%08d", r.IntN(1_000_000))),
			kind:            some([]string{"pickup", "delivery"}),
			updated:         value.Some(value.Timestamp(at.UnixMicro())),
		}
		o.items.Valid = true
		for range r.IntN(10) {
			o.items.V = append(o.items.V, onlineItem{fmt.Sprintf("%013d", r.IntN(50_000)), some(goods), int32(1 + r.IntN(9)),
				value.NewDecimal(0, uint64(r.IntN(4000)), 2)})
		}
		out[i] = o
	}
	return out
}

// onlineGroup is how many of the rows a row group of the engine holds.
const onlineGroup = 70_000

// BenchmarkOnline is what a row of the online orders costs on its way into a file: all of it, each step, and each leaf's
// encoding. The figure is the least CPU time of a round, in ns a row.
func BenchmarkOnline(b *testing.B) {
	orders := makeOnline(onlineGroup)
	rows := newOnlineRows()
	fill := func() {
		rows.leaves.Reset()
		for i := range orders {
			rows.Append(&orders[i])
		}
	}
	b.Run("append", func(b *testing.B) {
		least(b, rows.leaves.Reset, func() {
			for i := range orders {
				rows.Append(&orders[i%256]) // rows come from a decoder: they are in the cache
			}
		})
		b.ReportMetric(float64(rows.leaves.Bytes())/onlineGroup, "B/row")
	})
	b.Run("keep", func(b *testing.B) {
		var live Bitset
		r := rand.New(rand.NewPCG(1, 1))
		for range onlineGroup {
			live.Append(r.IntN(4) > 0)
		}
		least(b, fill, func() { rows.leaves.Keep(&live) })
	})
	fill()
	b.Run("encode", func(b *testing.B) { encodeOnline(b, rows.leaves, 0, rows.leaves.Len()) })
	for i, column := range onlineSchema.Leaves() {
		b.Run("leaf/"+column.Path[len(column.Path)-1], func(b *testing.B) { encodeOnline(b, rows.leaves, i, i+1) })
	}
}

// encodeOnline writes the leaves [from, to) on their own.
func encodeOnline(b *testing.B, l *Leaves, from, to int) {
	w := NewFileWriter(io.Discard, onlineSchema, WriterOptions{})
	w.leaves, w.bounds, w.fixed = w.leaves[from:to], w.bounds[from:to], w.fixed[from:to]
	some := &Leaves{schema: l.schema, leaves: l.leaves[from:to]}
	least(b, func() {}, func() {
		if err := w.WriteRowGroup(some); err != nil {
			b.Fatal(err)
		}
	})
	b.ReportMetric(float64(w.size)/float64(w.rows), "B/row")
}

func least(b *testing.B, before, do func()) {
	least := time.Duration(math.MaxInt64)
	for b.Loop() {
		before()
		from := cpuTime(b)
		do()
		least = min(least, cpuTime(b)-from)
	}
	b.ReportMetric(float64(least.Nanoseconds())/onlineGroup, "ns/row")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
