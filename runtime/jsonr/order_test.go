package jsonr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/value"
)

// This file is what the generator writes for the orders of examples/online_orders, by hand, and what it is measured by.

type order struct {
	ID              string
	Status          string
	ShoppingContext value.Opt[shoppingContext]
	CreatedTime     value.Opt[value.Timestamp]
	LastUpdateTime  value.Opt[string]
	CustomerID      value.Opt[string]
	OrderType       value.Opt[string]
	Store           value.Opt[int32]
	Total           value.Opt[value.Decimal]
	Weight          value.Opt[float64]
	Gift            value.Opt[bool]
	LineItems       value.Opt[[]lineItem]
}

type shoppingContext struct{ Chain, UserDevice value.Opt[string] }

type lineItem struct {
	SKU      string
	Name     value.Opt[string]
	Quantity int32
	Price    value.Decimal
}

var (
	orderMembers   = NewMembers("id", "status", "shoppingContext", "createdTime", "lastUpdateTime", "customerId", "orderType", "store", "total", "weight", "gift", "lineItems")
	contextMembers = NewMembers("chain", "userDevice")
	itemMembers    = NewMembers("sku", "name", "quantity", "price")
)

var orderTypes = []string{"pickup", "delivery"}

func (o *order) Reset() {
	items := o.LineItems.V[:0]
	*o = order{}
	o.LineItems.V = items
}

func (o *order) DecodeJSON(r *Reader) error {
	o.Reset()
	var seen uint64
	for m := r.Members(orderMembers); m != nil; m = r.Member(m) {
		switch m.Number {
		case 0: // id
			o.ID = r.String()
			seen |= 0x1
		case 1: // status
			o.Status = r.String()
			seen |= 0x2
		case 2: // shoppingContext
			if o.ShoppingContext.Valid = !r.Null(); o.ShoppingContext.Valid {
				o.ShoppingContext.V.decodeJSON(r)
			}
		case 3: // createdTime
			o.CreatedTime = r.OptTimestamp()
		case 4: // lastUpdateTime
			o.LastUpdateTime = r.OptString()
		case 5: // customerId
			o.CustomerID = r.OptString()
		case 6: // orderType
			o.OrderType = r.OptEnum(orderTypes)
		case 7: // store
			o.Store = r.OptInt32()
		case 8: // total
			o.Total = r.OptDecimal(10, 2)
		case 9: // weight
			o.Weight = r.OptFloat64()
		case 10: // gift
			o.Gift = r.OptBool()
		case 11: // lineItems
			if o.LineItems.Valid = !r.Null(); o.LineItems.Valid {
				o.LineItems.V = o.LineItems.V[:0]
				for r.Array(); r.Elem(); {
					o.LineItems.V = value.Grow(o.LineItems.V)
					e := &o.LineItems.V[len(o.LineItems.V)-1]
					e.decodeJSON(r)
				}
			}
		default:
			r.Skip()
		}
	}
	if seen != 0x3 {
		r.Missing([]string{"id", "status"}[seen&1])
	}
	return r.End()
}

func (o *shoppingContext) decodeJSON(r *Reader) {
	*o = shoppingContext{}
	for m := r.Members(contextMembers); m != nil; m = r.Member(m) {
		switch m.Number {
		case 0: // chain
			o.Chain = r.OptString()
		case 1: // userDevice
			o.UserDevice = r.OptString()
		default:
			r.Skip()
		}
	}
}

func (o *lineItem) decodeJSON(r *Reader) {
	*o = lineItem{}
	var seen uint64
	for m := r.Members(itemMembers); m != nil; m = r.Member(m) {
		switch m.Number {
		case 0: // sku
			o.SKU = r.String()
			seen |= 0x1
		case 1: // name
			o.Name = r.OptString()
		case 2: // quantity
			o.Quantity = r.Int32()
			seen |= 0x2
		case 3: // price
			o.Price = r.Decimal(10, 2)
			seen |= 0x4
		default:
			r.Skip()
		}
	}
	if seen != 0x7 {
		r.Missing("sku, quantity or price")
	}
}

// orders are records of about 600 bytes with 12 fields and 4.5 line items.
func orders() [][]byte {
	names := []string{"2% milk, 1 gal", "Large eggs, 12 ct", "Bananas", "Ground coffee “Dark Roast”", "Bread", "Butter 1 lb"}
	var out [][]byte
	for i := range 64 {
		var b strings.Builder
		fmt.Fprintf(&b, `{"id":"%d","status":"complete","shoppingContext":{"chain":"KROGER","userDevice":"IOS"},"createdTime":"2024-05-14T08:00:%02dZ",`, 100000+i*7, i%60)
		fmt.Fprintf(&b, `"lastUpdateTime":"2024-05-15T05:19:%02d","customerId":"%04d","orderType":"%s","store":%d,"total":%d.%02d,"weight":%d.%d,"gift":%t,"lineItems":[`,
			i%60, i*3, orderTypes[i%2], 400+i, 10+i*3, i, i, i%10, i%3 == 0)
		for j := range 4 + i%2 {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"sku":"00011110%05d","name":"%s","quantity":%d,"price":%d.%02d}`, 417*(i+j), names[(i+j)%len(names)], 1+j%6, j*2, (i*7)%100)
		}
		b.WriteString(`]}`)
		out = append(out, []byte(b.String()))
	}
	return out
}

// jsonOrder is order for encoding/json.
type jsonOrder struct {
	ID              string `json:"id"`
	Status          string `json:"status"`
	ShoppingContext *struct {
		Chain      *string `json:"chain"`
		UserDevice *string `json:"userDevice"`
	} `json:"shoppingContext"`
	CreatedTime    *string  `json:"createdTime"`
	LastUpdateTime *string  `json:"lastUpdateTime"`
	CustomerID     *string  `json:"customerId"`
	OrderType      *string  `json:"orderType"`
	Store          *int32   `json:"store"`
	Total          *float64 `json:"total"`
	Weight         *float64 `json:"weight"`
	Gift           *bool    `json:"gift"`
	LineItems      []struct {
		SKU      string  `json:"sku"`
		Name     *string `json:"name"`
		Quantity int32   `json:"quantity"`
		Price    float64 `json:"price"`
	} `json:"lineItems"`
}

func TestDecodeOrder(t *testing.T) {
	var r Reader
	var o order
	for _, record := range orders() {
		r.Reset(record)
		if err := o.DecodeJSON(&r); err != nil {
			t.Fatal(err)
		}
		var want jsonOrder
		if err := json.Unmarshal(record, &want); err != nil {
			t.Fatal(err)
		}
		got := jsonOrder{ID: o.ID, Status: o.Status, LastUpdateTime: &o.LastUpdateTime.V, CustomerID: &o.CustomerID.V, OrderType: &o.OrderType.V, Store: &o.Store.V, Weight: &o.Weight.V, Gift: &o.Gift.V}
		want.ShoppingContext, want.CreatedTime, want.Total = nil, nil, nil
		items := want.LineItems
		want.LineItems = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		for i, item := range o.LineItems.V {
			if item.SKU != items[i].SKU || item.Name.V != *items[i].Name || item.Quantity != items[i].Quantity || item.Price.String() != fmt.Sprintf("%.2f", items[i].Price) {
				t.Fatalf("item %d is %+v, want %+v", i, item, items[i])
			}
		}
		if len(o.LineItems.V) != len(items) {
			t.Fatalf("%d items, want %d", len(o.LineItems.V), len(items))
		}
	}
}

func TestDecodingAllocatesNothing(t *testing.T) {
	records := orders()
	// Fields in another order, unknown ones, escapes, and all that has a buffer of its own.
	records = append(records, []byte(`{"x":[{"y":"\u00e9\ud83d\ude42"},-1.5e3,null],"lineItems":[],"status":"a\nb","n\u0061me":"\"","id":"\u4e8c", "customerId":"naïve","weight":1.7976931348623157e308}`))
	var r Reader
	var o order
	all := func() {
		for _, record := range records {
			r.Reset(record)
			if err := o.DecodeJSON(&r); err != nil {
				t.Fatal(err)
			}
		}
	}
	all()
	if n := testing.AllocsPerRun(20, all); n != 0 {
		t.Errorf("%v allocations", n)
	}
	rescue := func() {
		for _, record := range records {
			r.Reset(record)
			for r.Object(); r.Next(); {
				if string(r.Key()) != "lineItems" {
					r.Rescue()
					continue
				}
				for r.Array(); r.Elem(); {
					for r.Object(); r.Next(); {
						r.Rescue()
					}
				}
			}
			if r.End() != nil || r.Rescued() == "" {
				t.Fatal(r.Err())
			}
		}
	}
	rescue()
	if n := testing.AllocsPerRun(20, rescue); n != 0 {
		t.Errorf("%v allocations where members are rescued", n)
	}
}

func BenchmarkDecodeOrder(b *testing.B) {
	records := orders()
	size := 0
	for _, record := range records {
		size += len(record)
	}
	run := func(name string, decode func([]byte) error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, record := range records {
					if err := decode(record); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/record")
			b.ReportMetric(float64(size)/float64(len(records)), "B/record")
		})
	}
	var r Reader
	var o order
	run("jsonr", func(record []byte) error {
		r.Reset(record)
		return o.DecodeJSON(&r)
	})
	run("skip", func(record []byte) error {
		r.Reset(record)
		r.Skip()
		return r.End()
	})
	run("encoding_json", func(record []byte) error {
		var o jsonOrder
		return json.Unmarshal(record, &o)
	})
}

func BenchmarkSplitter(b *testing.B) {
	lines := bytes.Join(orders(), []byte("\n"))
	stream := bytes.Repeat(append(lines, '\n'), 100)
	for name, in := range map[string]struct {
		data []byte
		opt  SplitOptions
	}{
		"lines":     {stream, SplitOptions{}},
		"multiline": {stream, SplitOptions{Multiline: true}},
		"array":     {append(append([]byte("["), bytes.Repeat(append(bytes.Join(orders(), []byte(",\n")), ','), 100)...), "0]"...), SplitOptions{}},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in.data)))
			rd := bytes.NewReader(in.data)
			s := NewSplitter(rd, in.opt)
			b.ReportAllocs()
			for b.Loop() {
				rd.Reset(in.data)
				s.Reset(rd, in.opt)
				n := 0
				for s.Next() {
					n++
				}
				if s.Err() != nil || n < 6400 {
					b.Fatal(n, s.Err())
				}
			}
		})
	}
}
