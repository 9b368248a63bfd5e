package jsonr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// relaid is an order written in another way: which one, its number says.
func relaid(record []byte, way uint64) []byte {
	rng := rand.New(rand.NewPCG(way, 0))
	var value func(dec *json.Decoder, indent int) string
	space := []string{"", " ", "\n", "\r\n\t", "            "}
	comma, colon := space[rng.IntN(5)], space[rng.IntN(3)]
	beforeComma, beforeColon := space[rng.IntN(10)%5*rng.IntN(2)], space[rng.IntN(2)*rng.IntN(2)]
	indented, shuffled := rng.IntN(3) == 0, rng.IntN(4)
	line := func(indent int) string {
		if !indented {
			return comma
		}
		return "\n" + string(bytes.Repeat([]byte("      "), indent))
	}
	list := func(open, shut string, texts []string, indent int) string {
		if len(texts) == 0 {
			return open + shut
		}
		s := open + line(indent+1)
		for i, text := range texts {
			if i > 0 {
				s += beforeComma + "," + line(indent+1)
			}
			s += text
		}
		return s + line(indent) + shut
	}
	value = func(dec *json.Decoder, indent int) string {
		tok, _ := dec.Token()
		var texts []string
		switch tok {
		case json.Delim('{'):
			for dec.More() {
				name, _ := dec.Token()
				text, _ := json.Marshal(name)
				texts = append(texts, string(text)+beforeColon+":"+colon+value(dec, indent+1))
			}
			for i := range rng.IntN(3) * rng.IntN(2) {
				texts = append(texts, fmt.Sprintf(`"x%d"%s:%s{"a":[]}`, i, beforeColon, colon))
			}
			if shuffled == 0 {
				rng.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
			}
			if shuffled == 1 && len(texts) > 0 {
				i := rng.IntN(len(texts))
				texts = append(texts[:i], texts[i+1:]...)
			}
			_, _ = dec.Token()
			return list("{", "}", texts, indent)
		case json.Delim('['):
			for dec.More() {
				texts = append(texts, value(dec, indent+1))
			}
			_, _ = dec.Token()
			return list("[", "]", texts, indent)
		}
		text, _ := json.Marshal(tok)
		return string(text)
	}
	dec := json.NewDecoder(bytes.NewReader(record))
	dec.UseNumber()
	return []byte(value(dec, 0))
}

// outcome is all that a decoder gives of a record.
func outcome(r *Reader, o *order, record []byte, mode string) string {
	r.Reset(record)
	if mode == "relaxed" {
		r.Relax()
	}
	if mode != "rescue" {
		err := o.DecodeJSON(r)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%+v", *o)
	}
	var known []int
	for at := r.Members(orderMembers); at != nil; at = r.Member(at) {
		i := at.Number
		if i < len(orderMembers.names) {
			known = append(known, i)
			r.Skip()
			continue
		}
		known = append(known, len(r.Key()))
		r.Rescue()
	}
	return fmt.Sprint(known, r.Rescued(), r.End())
}

// TestWhatWasReadBeforeChangesNothing decodes records of many layouts, good ones and broken ones, by one Reader and by new
// ones.
func TestWhatWasReadBeforeChangesNothing(t *testing.T) {
	records := orders()[:3]
	alphabet := []byte("{}[]\",:\\ux .19t\n \x00\x1f\xff")
	rapid.Check(t, func(t *rapid.T) {
		var warm Reader
		var o order
		for range rapid.IntRange(1, 6).Draw(t, "records") {
			record := relaid(rapid.SampledFrom(records).Draw(t, "record"), rapid.Uint64Range(0, 40).Draw(t, "way"))
			for range rapid.IntRange(1, 3*enough).Draw(t, "times") {
				broken := bytes.Clone(record)
				for range rapid.IntRange(-6, 2).Draw(t, "edits") {
					at := rapid.IntRange(0, len(broken)-1).Draw(t, "at")
					switch rapid.IntRange(0, 3).Draw(t, "edit") {
					case 0:
						broken[at] = rapid.SampledFrom(alphabet).Draw(t, "byte")
					case 1:
						broken = append(broken[:at], broken[at+1:]...)
					case 2:
						broken = append(broken[:at+1], broken[at:]...)
					default:
						broken = broken[:at+1]
					}
				}
				mode := rapid.SampledFrom([]string{"", "", "relaxed", "rescue"}).Draw(t, "mode")
				var fresh Reader
				want := outcome(&fresh, new(order), broken, mode)
				if got := outcome(&warm, &o, broken, mode); got != want {
					t.Fatalf("%q\nread by a new Reader:  %s\nread by one that had read others: %s", broken, want, got)
				}
			}
		}
	})
}

// TestEveryByteCounts: a record that differs from those before in one byte, or ends earlier, is read as what it is.
func TestEveryByteCounts(t *testing.T) {
	for way := range uint64(8) {
		record := relaid(orders()[1], way)
		var warm, fresh Reader
		var o order
		for range enough {
			outcome(&warm, &o, record, "")
		}
		try := func(record []byte) {
			fresh = Reader{}
			want := outcome(&fresh, new(order), record, "")
			if got := outcome(&warm, &o, record, ""); got != want {
				t.Fatalf("%q\nread by a new Reader:  %s\nread by one that had read others: %s", record, want, got)
			}
		}
		for i := range record {
			for _, c := range []byte{'x', ' ', '"', '}', record[i] ^ 0x20} {
				changed := bytes.Clone(record)
				changed[i] = c
				try(changed)
			}
			try(record[:i])
			outcome(&warm, &o, record, "")
		}
	}
}

// TestManyObjectsAreNotDeep: what is foreseen of an object's end counts as leaving it.
func TestManyObjectsAreNotDeep(t *testing.T) {
	for _, sep := range []string{"", " ", "\n    "} {
		item := sep + `{` + sep + `"sku":"1",` + sep + `"quantity":2,` + sep + `"price":3` + sep + `}`
		record := []byte(`{"id":"1","status":"","lineItems":[` + item + strings.Repeat(","+item, 3*MaxDepth) + `]}`)
		var r Reader
		var o order
		r.Reset(record)
		if err := o.DecodeJSON(&r); err != nil || len(o.LineItems.V) != 3*MaxDepth+1 {
			t.Errorf("separated by %q: %d items, %v", sep, len(o.LineItems.V), err)
		}
	}
}
