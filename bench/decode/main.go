// Command decode measures what it costs to decode a JSON record of some 600 bytes, by how the record is laid out: as its
// schema has it, with its members in another order, and indented with members that no schema knows. Beside the generated
// decoder, which validates every member and makes a struct of it, stand fastjson, which makes a tree of values, and
// encoding/json, which makes a struct. It prints a Markdown table of the best of many short runs.
//
//	cd bench && go run ./decode
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/seamflow/seamflow/bench/decode/orders"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/valyala/fastjson"
)

func main() {
	rounds := flag.Int("rounds", 60, "short runs of each decoder on each layout, alternated")
	flag.Parse()
	if err := compare(*rounds); err != nil {
		fmt.Fprintln(os.Stderr, "decode:", err)
		os.Exit(1)
	}
}

// layout is a way to write the same records.
type layout struct {
	name    string
	records [][]byte
	bytes   int
}

// decoder is a contestant.
type decoder struct {
	name   string
	decode func(record []byte) error
}

const records = 256

func compare(rounds int) error {
	layouts := []*layout{
		{name: "as declared", records: write(func(o order) string { return o.text(false, 0) })},
		{name: "shuffled", records: write(func(o order) string { return o.text(true, 0) })},
		{name: "indented, shuffled, unknown members", records: write(func(o order) string { return indented(o.text(true, 4)) })},
	}
	for _, l := range layouts {
		for _, r := range l.records {
			l.bytes += len(r)
		}
	}
	all := decoders()
	best := make([][]time.Duration, len(layouts))
	for i := range best {
		best[i] = make([]time.Duration, len(all))
	}
	for range rounds {
		for i, l := range layouts {
			for j, d := range all {
				took, err := once(l, d)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", d.name, l.name, err)
				}
				if best[i][j] == 0 || took < best[i][j] {
					best[i][j] = took
				}
			}
		}
	}
	report(rounds, layouts, all, best)
	return nil
}

// once decodes all records a few times.
func once(l *layout, d decoder) (time.Duration, error) {
	const times = 20
	start := time.Now()
	for range times {
		for _, record := range l.records {
			if err := d.decode(record); err != nil {
				return 0, err
			}
		}
	}
	return time.Since(start) / times, nil
}

func decoders() []decoder {
	var r jsonr.Reader
	var o orders.Order
	var p fastjson.Parser
	return []decoder{
		{"Seamflow, generated", func(record []byte) error {
			r.Reset(record)
			return o.DecodeJSON(&r)
		}},
		{"fastjson, tree", func(record []byte) error {
			_, err := p.ParseBytes(record)
			return err
		}},
		{"encoding/json, struct", func(record []byte) error {
			var o plainOrder
			return json.Unmarshal(record, &o)
		}},
	}
}

func report(rounds int, layouts []*layout, all []decoder, best [][]time.Duration) {
	fmt.Printf("%d records; best of %d runs; %s, %s/%s\n\n", records, rounds, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Println("| layout | bytes | decoder | ns per record | MB/s | times Seamflow's |")
	fmt.Println("|---|---:|---|---:|---:|---:|")
	for i, l := range layouts {
		for j, d := range all {
			ns := float64(best[i][j].Nanoseconds()) / records
			size := float64(l.bytes) / records
			fmt.Printf("| %s | %.0f | %s | %.0f | %.0f | %.1f |\n", l.name, size, d.name, ns, size/ns*1e3, float64(best[i][j])/float64(best[i][0]))
		}
	}
}

// plainOrder is the record as a user of encoding/json would declare it.
type plainOrder struct {
	ID              string `json:"id"`
	Status          string `json:"status"`
	ShoppingContext *struct {
		Chain      *string `json:"chain"`
		UserDevice *string `json:"userDevice"`
	} `json:"shoppingContext"`
	CreatedTime    *time.Time `json:"createdTime"`
	LastUpdateTime *string    `json:"lastUpdateTime"`
	CustomerID     *string    `json:"customerId"`
	OrderType      *string    `json:"orderType"`
	LineItems      []struct {
		SKU      string  `json:"sku"`
		Name     *string `json:"name"`
		Quantity int32   `json:"quantity"`
		Price    float64 `json:"price"`
	} `json:"lineItems"`
}

// member is a name and a value as JSON.
type member struct{ name, value string }

// order is a record as members, each with its value.
type order struct {
	rng     *rand.Rand
	members []member
	items   [][]member
}

func write(text func(order) string) (all [][]byte) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range records {
		all = append(all, []byte(text(newOrder(rng, n))))
	}
	return all
}

var products = []string{"2% milk, 1 gal", "Large eggs, 12 ct", "Bananas", "Ground coffee, dark roast", "Whole grain bread", "Unsalted butter 1 lb"}

func newOrder(rng *rand.Rand, n int) order {
	o := order{rng: rng, members: []member{
		{"id", fmt.Sprintf(`"%d"`, 100_000_000+n*7919)},
		{"status", `"complete"`},
		{"shoppingContext", `{"chain":"KROGER","userDevice":"IOS"}`},
		{"createdTime", fmt.Sprintf(`"2024-05-14T08:%02d:%02dZ"`, n%60, n*7%60)},
		{"lastUpdateTime", fmt.Sprintf(`"2024-05-15T05:%02d:%02d"`, n*3%60, n%60)},
		{"customerId", fmt.Sprintf(`"%08d"`, rng.IntN(5_000_000))},
		{"orderType", []string{`"pickup"`, `"delivery"`}[n%2]},
	}}
	for j := range 4 + n%2 {
		o.items = append(o.items, []member{
			{"sku", fmt.Sprintf(`"%013d"`, rng.IntN(1_000_000_000))},
			{"name", `"` + products[(n+j)%len(products)] + `"`},
			{"quantity", fmt.Sprint(1 + rng.IntN(6))},
			{"price", fmt.Sprintf("%d.%02d", rng.IntN(40), rng.IntN(100))},
		})
	}
	return o
}

// text is the record as JSON, with so many members more that no schema knows.
func (o order) text(shuffled bool, unknown int) string {
	var items []string
	for _, item := range o.items {
		items = append(items, o.object(item, shuffled))
	}
	members := append(o.members, member{"lineItems", "[" + strings.Join(items, ",") + "]"})
	for i := range unknown {
		members = append(members, member{fmt.Sprintf("extension%d", i), `{"source":"web","tags":["a","b"],"score":12.5}`})
	}
	return o.object(members, shuffled)
}

func (o order) object(members []member, shuffled bool) string {
	if shuffled {
		o.rng.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	}
	var texts []string
	for _, m := range members {
		texts = append(texts, `"`+m.name+`":`+m.value)
	}
	return "{" + strings.Join(texts, ",") + "}"
}

func indented(text string) string {
	var b bytes.Buffer
	_ = json.Indent(&b, []byte(text), "", "  ") // it is JSON: it was made above
	return b.String()
}
