package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// layout is a way to write the same records.
type layout struct {
	name    string
	records [][]byte
}

func (l *layout) bytes() (n int) {
	for _, record := range l.records {
		n += len(record)
	}
	return n
}

func layouts() []*layout {
	shuffled := func(o order) order { return o.ordered(o.shuffle) }
	return []*layout{
		write("as declared", func(o order) string { return o.text(",", ":") }),
		write("as declared, spaced", func(o order) string { return o.text(", ", ": ") }),
		write("as declared, indented", func(o order) string { return indented(o.text(",", ":")) }),
		write("reversed, indented, unknown members", func(o order) string { return indented(o.extended().ordered(slices.Reverse).text(",", ":")) }),
		write("shuffled", func(o order) string { return shuffled(o).text(",", ":") }),
		write("shuffled, indented, unknown members", func(o order) string { return indented(shuffled(o.extended()).text(",", ":")) }),
	}
}

func write(name string, text func(order) string) *layout {
	l := &layout{name: name}
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range records {
		l.records = append(l.records, []byte(text(newOrder(rng, n))))
	}
	return l
}

// member is a name and a value as JSON.
type member struct{ name, value string }

// order is a record as members, each with its value.
type order struct {
	rng     *rand.Rand
	members []member
	items   [][]member
	context []member
}

var products = []string{"2% milk, 1 gal", "Large eggs, 12 ct", "Bananas", "Ground coffee, dark roast", "Whole grain bread", "Unsalted butter 1 lb"}

func newOrder(rng *rand.Rand, n int) order {
	o := order{rng: rng, members: []member{
		{"id", fmt.Sprintf(`"%d"`, 100_000_000+n*7919)},
		{"status", `"complete"`},
		{"shoppingContext", ""}, // of context
		{"createdTime", fmt.Sprintf(`"2024-05-14T08:%02d:%02dZ"`, n%60, n*7%60)},
		{"lastUpdateTime", fmt.Sprintf(`"2024-05-15T05:%02d:%02d"`, n*3%60, n%60)},
		{"customerId", fmt.Sprintf(`"%08d"`, rng.IntN(5_000_000))},
		{"orderType", []string{`"pickup"`, `"delivery"`}[n%2]},
		{"lineItems", ""}, // of items
	}, context: []member{{"chain", `"KROGER"`}, {"userDevice", `"IOS"`}}}
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

// extended is o with members that no schema knows.
func (o order) extended() order {
	o.members = slices.Clone(o.members)
	for i := range 4 {
		o.members = append(o.members, member{fmt.Sprintf("extension%d", i), `{"source":"web","tags":["a","b"],"score":12.5}`})
	}
	return o
}

// ordered is o with the members of all its objects arranged.
func (o order) ordered(arrange func([]member)) order {
	arrange(o.members)
	arrange(o.context)
	for _, item := range o.items {
		arrange(item)
	}
	return o
}

func (o order) shuffle(members []member) {
	o.rng.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
}

// text is the record as JSON with these separators.
func (o order) text(comma, colon string) string {
	object := func(members []member) string {
		var texts []string
		for _, m := range members {
			texts = append(texts, `"`+m.name+`"`+colon+m.value)
		}
		return "{" + strings.Join(texts, comma) + "}"
	}
	var items []string
	for _, item := range o.items {
		items = append(items, object(item))
	}
	members := slices.Clone(o.members)
	for i := range members {
		switch m := &members[i]; m.name {
		case "lineItems":
			m.value = "[" + strings.Join(items, comma) + "]"
		case "shoppingContext":
			m.value = object(o.context)
		}
	}
	return object(members)
}

func indented(text string) string {
	var b bytes.Buffer
	_ = json.Indent(&b, []byte(text), "", "  ") // it is JSON: it was made above
	return b.String()
}
