package jsonr

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestMembersFindWhatNextFinds: whatever the order, spelling, spacing and number of members, Member finds what Next and Key
// find, and fails where they fail.
func TestMembersFindWhatNextFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.OneOf(
			rapid.StringMatching(`[a-c]{0,3}`), rapid.StringMatching(`[a-z]{4,20}`), rapid.SampledFrom([]string{"\x00", "a\x00", `"`, `\`, "\n", "é", `a"b`, "\u2028", "\x7f"})),
			0, 20, rapid.ID[string]).Draw(t, "names")
		m := NewMembers(names...)
		space := rapid.SampledFrom([]string{"", " ", "\n\t"})
		var b strings.Builder
		b.WriteString(space.Draw(t, "space") + "{")
		order := names
		if rapid.Bool().Draw(t, "shuffled") {
			order = rapid.Permutation(names).Draw(t, "order")
		}
		first := true
		for _, name := range order {
			if rapid.IntRange(0, 9).Draw(t, "left out") == 0 {
				continue
			}
			if rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
				name += "x"
			}
			if !first {
				b.WriteString(space.Draw(t, "space") + "," + space.Draw(t, "space"))
			}
			first = false
			quoted, _ := json.Marshal(name)
			if rapid.IntRange(0, 9).Draw(t, "escaped") == 0 && name != "" {
				quoted = []byte(fmt.Sprintf(`"\u%04x%s`, []rune(name)[0], string(quoted)[1+len(string([]rune(name)[0])):]))
			}
			b.Write(quoted)
			b.WriteString(space.Draw(t, "space") + ":" + space.Draw(t, "space") + rapid.SampledFrom([]string{"1", `"x"`, "null", `{"a":[1,{}]}`, "[]", "{}"}).Draw(t, "value"))
		}
		b.WriteString(space.Draw(t, "space") + "}")
		record := []byte(b.String())
		if rapid.IntRange(0, 4).Draw(t, "broken") == 0 {
			record = record[:rapid.IntRange(0, len(record)).Draw(t, "cut")]
		}
		var want, got []string
		var r, o Reader
		r.Reset(record)
		for r.Object(); r.Next(); {
			want = append(want, string(r.Key()))
			r.Skip()
		}
		o.Reset(record)
		for at := o.Members(m); at != nil; at = o.Member(at) {
			i := at.Number
			if i < len(names) {
				got = append(got, names[i])
			} else {
				got = append(got, string(o.Key()))
			}
			o.Skip()
		}
		if fmt.Sprintf("%q", want) != fmt.Sprintf("%q", got) || fmt.Sprint(r.End()) != fmt.Sprint(o.End()) {
			t.Fatalf("%s:\nNext finds   %q, %v\nMember finds %q, %v", record, want, r.End(), got, o.End())
		}
	})
}

// TestNamesWithZeroBytes: a name that ends in bytes 0 is another one than that without them, wherever in the record it is.
func TestNamesWithZeroBytes(t *testing.T) {
	far := `, "more": "than enough to be far from the record's end"}`
	for _, names := range [][]string{{"a\x00"}, {"a\x00", "a"}, {"a", "a\x00"}, {"\x00", ""}} {
		m := NewMembers(names...)
		for _, name := range []string{"a", "a\x00", "", "\x00", "a\x00\x00"} {
			quoted, _ := json.Marshal(name)
			for _, end := range []string{"}", far} {
				record := "{" + string(quoted) + ": 1" + end
				var r Reader
				r.Reset([]byte(record))
				number := r.Members(m).Number
				if want := slices.Index(names, name); number != want && (want >= 0 || number < len(names)) {
					t.Errorf("%q: %s is member %d, want %d", names, record, number, want)
				}
			}
		}
	}
}
