package column_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/seamflow/seamflow/runtime/delta/column"
)

// order is a row as generated code has one: twelve columns, the last a list of structs of four.
type order struct {
	id, status, chain, device, customer, kind, note, store string
	created, updated                                       int64
	total                                                  float64
	items                                                  []item
}

type item struct {
	sku, name string
	quantity  int32
	price     float64
}

var str, long, double = column.Of(column.String), column.Of(column.Timestamp), column.Of(column.Float64)

var orderSchema = column.Schema{
	{Name: "id", Type: str},
	{Name: "status", Type: str},
	{Name: "shoppingContext", Type: column.StructOf(column.Field{Name: "chain", Type: str}, column.Field{Name: "userDevice", Type: str})},
	{Name: "customerId", Type: str},
	{Name: "orderType", Type: str},
	{Name: "note", Type: str},
	{Name: "store", Type: str},
	{Name: "createdTime", Type: long},
	{Name: "lastUpdateTimestamp", Type: long},
	{Name: "total", Type: double},
	{Name: "lineItems", Type: column.ListOf(column.StructOf(
		column.Field{Name: "sku", Type: str}, column.Field{Name: "name", Type: str},
		column.Field{Name: "quantity", Type: column.Of(column.Int32)}, column.Field{Name: "price", Type: double}))},
}

// orderRows are an order's buffers, as generated code has them.
type orderRows struct {
	leaves                                                 *column.Leaves
	id, status, chain, device, customer, kind, note, store *column.Strings
	created, updated                                       *column.Int64s
	total                                                  *column.Float64s
	sku, name                                              *column.Strings
	quantity                                               *column.Int32s
	price                                                  *column.Float64s
}

func newOrderRows() *orderRows {
	l := column.NewLeaves(orderSchema)
	return &orderRows{
		leaves: l, id: l.Strings(0), status: l.Strings(1), chain: l.Strings(2), device: l.Strings(3), customer: l.Strings(4),
		kind: l.Strings(5), note: l.Strings(6), store: l.Strings(7), created: l.Int64s(8), updated: l.Int64s(9),
		total: l.Float64s(10), sku: l.Strings(11), name: l.Strings(12), quantity: l.Int32s(13), price: l.Float64s(14),
	}
}

func (c *orderRows) Append(o *order) {
	c.id.Put(o.id, 0, 1)
	c.status.Put(o.status, 0, 1)
	c.chain.Put(o.chain, 0, 2)
	c.device.Put(o.device, 0, 2)
	c.customer.Put(o.customer, 0, 1)
	c.kind.Put(o.kind, 0, 1)
	if o.note == "" {
		c.note.Null(0, 0)
	} else {
		c.note.Put(o.note, 0, 1)
	}
	c.store.Put(o.store, 0, 1)
	c.created.Put(o.created, 0, 1)
	c.updated.Put(o.updated, 0, 1)
	c.total.Put(o.total, 0, 1)
	if len(o.items) == 0 {
		c.sku.Null(0, 1)
		c.name.Null(0, 1)
		c.quantity.Null(0, 1)
		c.price.Null(0, 1)
	}
	for i := range o.items {
		var rep uint8
		if i > 0 {
			rep = 1
		}
		it := &o.items[i]
		c.sku.Put(it.sku, rep, 4)
		c.name.Put(it.name, rep, 4)
		c.quantity.Put(it.quantity, rep, 4)
		c.price.Put(it.price, rep, 4)
	}
}

func (c *orderRows) Read(o *order) {
	o.id, o.status, o.chain, o.device = c.id.Take(), c.status.Take(), c.chain.Take(), c.device.Take()
	o.customer, o.kind, o.note, o.store = c.customer.Take(), c.kind.Take(), c.note.Take(), c.store.Take()
	o.created, o.updated, o.total = c.created.Take(), c.updated.Take(), c.total.Take()
	o.items = o.items[:0]
	if c.sku.Def() < 2 {
		c.sku.Advance()
		c.name.Advance()
		c.quantity.Advance()
		c.price.Advance()
		return
	}
	for {
		o.items = append(o.items, item{c.sku.Take(), c.name.Take(), c.quantity.Take(), c.price.Take()})
		if c.sku.Rep() == 0 {
			return
		}
	}
}

func makeOrders(n int) []order {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(prefix string, n int) string { return fmt.Sprintf("%s %d", prefix, r.IntN(n)) }
	out := make([]order, n)
	for i := range out {
		at := 1715656326000000 + int64(i)*1000 + r.Int64N(1e9)
		o := order{
			id: fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48)), status: []string{"complete", "open", "cancelled"}[r.IntN(3)],
			chain: pick("Chain", 12), device: pick("device", 5), customer: fmt.Sprintf("customer-%07d", r.IntN(200_000)),
			kind: []string{"PICKUP", "DELIVERY"}[r.IntN(2)], store: pick("Store of the town", 800),
			created: at, updated: at + r.Int64N(1e11), total: float64(r.IntN(100_000)) / 100,
		}
		if r.IntN(4) == 0 {
			o.note = "Please ring " + pick("at door", 1000)
		}
		for range r.IntN(10) {
			k := r.IntN(5000)
			o.items = append(o.items, item{fmt.Sprintf("sku-%06d", k), fmt.Sprintf("Product number %d of the shop", k), int32(1 + r.IntN(5)), float64(k) / 100})
		}
		out[i] = o
	}
	return out
}

const benchRows = 100_000

func BenchmarkPut(b *testing.B) {
	orders := makeOrders(benchRows)
	rows := newOrderRows()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n == len(orders) {
			rows.leaves.Reset()
			n = 0
		}
		rows.Append(&orders[n])
		n++
	}
}

// BenchmarkOrders is Put and WriteRowGroup, in ns a row.
func BenchmarkOrders(b *testing.B) {
	orders := makeOrders(benchRows)
	for _, codec := range []struct {
		name string
		c    column.Compression
	}{{"snappy", column.Snappy}, {"zstd", column.Zstd}, {"none", column.None}} {
		b.Run(codec.name, func(b *testing.B) {
			rows := newOrderRows()
			var size int64
			w := column.NewFileWriter(io.Discard, orderSchema, column.WriterOptions{Compression: codec.c})
			for b.Loop() {
				rows.leaves.Reset()
				for i := range orders {
					rows.Append(&orders[i])
				}
				if err := w.WriteRowGroup(rows.leaves); err != nil {
					b.Fatal(err)
				}
			}
			info, err := w.Close()
			if err != nil {
				b.Fatal(err)
			}
			size = info.Size / info.Rows
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
			b.ReportMetric(float64(size), "B/row")
		})
	}
}

// BenchmarkRead is ReadRowGroup and Read, in ns a row.
func BenchmarkRead(b *testing.B) {
	orders := makeOrders(benchRows)
	rows := newOrderRows()
	for i := range orders {
		rows.Append(&orders[i])
	}
	file, _ := write(b, column.WriterOptions{}, rows.leaves)
	f, err := column.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		b.Fatal(err)
	}
	var o order
	for b.Loop() {
		if err := f.ReadRowGroup(0, rows.leaves, nil); err != nil {
			b.Fatal(err)
		}
		for range benchRows {
			rows.Read(&o)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

// TestAppendAllocatesNothing: once the buffers have grown, a row costs no allocation.
func TestAppendAllocatesNothing(t *testing.T) {
	orders := makeOrders(1000)
	rows := newOrderRows()
	fill := func() {
		rows.leaves.Reset()
		for i := range orders {
			rows.Append(&orders[i])
		}
	}
	fill()
	if n := testing.AllocsPerRun(10, fill); n != 0 {
		t.Errorf("%v allocations for 1000 rows", n)
	}
	var o order
	o.items = make([]item, 0, 10)
	read := func() {
		rows.leaves.Rewind()
		for range orders {
			rows.Read(&o)
		}
	}
	if n := testing.AllocsPerRun(10, read); n != 0 {
		t.Errorf("%v allocations for reading 1000 rows", n)
	}
	if o.id != orders[999].id || len(o.items) != len(orders[999].items) {
		t.Error("the last row read is not the last row added")
	}
}
