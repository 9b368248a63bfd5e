package column

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/seamflow/seamflow/runtime/value"
)

// AppendJSON appends a row of the batch as JSON text. What is NULL is left out of objects, and a value that no record may
// have is told as the file has it, so that whoever decodes the text finds the same fault.
func (s *Scan) AppendJSON(dst []byte, row int) []byte {
	w := jsonWriter{s: s, at: make([]place, len(s.leaves)), bad: s.badAt(row)}
	for i, leaf := range s.leaves {
		l := leaf.entries()
		entry := l.rowEnd(0, row)
		w.at[i] = place{entry, l.present(0, entry)}
	}
	w.dst = append(dst, '{')
	w.fields(s.schema, 0, 0)
	return append(w.dst, '}')
}

// jsonWriter writes a row without knowing its type, leaf by leaf.
type jsonWriter struct {
	s    *Scan
	at   []place
	leaf int
	bad  []badRow
	dst  []byte
}

// place is an entry of a leaf, and the number of its value if it has one.
type place struct{ entry, val int }

func (w *jsonWriter) fields(fields []Field, def, lists uint8) {
	comma := false
	for _, f := range fields {
		if k := w.s.checks[w.leaf]; w.def() <= def && k.rule.Told>>def&1 == 0 {
			w.pass(f.Type)
			continue
		}
		if comma {
			w.dst = append(w.dst, ',')
		}
		comma = true
		w.dst = append(appendQuoted(w.dst, f.Name), ':')
		w.value(f.Type, def, lists)
	}
}

// def is the definition level at the leaf at hand.
func (w *jsonWriter) def() uint8 {
	l := w.s.leaves[w.leaf].entries()
	return l.level(w.at[w.leaf].entry)
}

// pass goes past the entries of a type that is NULL or empty.
func (w *jsonWriter) pass(t Type) {
	for range (Schema{{Type: t}}).Leaves() {
		w.step()
		w.leaf++
	}
}

// step goes past an entry.
func (w *jsonWriter) step() {
	l := w.s.leaves[w.leaf].entries()
	p := &w.at[w.leaf]
	if l.level(p.entry) == l.col.MaxDef {
		p.val++
	}
	p.entry++
}

// value writes a value of t below def levels and in lists.
func (w *jsonWriter) value(t Type, def, lists uint8) {
	if w.def() <= def {
		w.dst = append(w.dst, "null"...)
		w.pass(t)
		return
	}
	switch t.Kind {
	case Struct:
		w.dst = append(w.dst, '{')
		w.fields(t.Fields, def+1, lists)
		w.dst = append(w.dst, '}')
	case List:
		w.elements(t, def, lists+1, '[', ']')
	case Map:
		w.elements(t, def, lists+1, '{', '}')
	default:
		w.plain(t)
		w.step()
		w.leaf++
	}
}

func (w *jsonWriter) elements(t Type, def, lists uint8, open, end byte) {
	w.dst = append(w.dst, open)
	if w.def() == def+1 {
		w.pass(t)
		w.dst = append(w.dst, end)
		return
	}
	from := w.leaf
	first := w.s.leaves[from].entries()
	for {
		w.leaf = from
		if t.Kind == Map {
			w.plain(Of(String))
			w.step()
			w.leaf++
			w.dst = append(w.dst, ':')
		}
		w.value(*t.Elem, def+2, lists)
		if e := w.at[from].entry; e >= len(first.rep) || first.rep[e] != lists {
			break
		}
		w.dst = append(w.dst, ',')
	}
	w.dst = append(w.dst, end)
}

// plain writes the value at the leaf at hand.
func (w *jsonWriter) plain(t Type) {
	p := w.at[w.leaf]
	leaf := w.s.leaves[w.leaf]
	if leaf.entries().level(p.entry) != leaf.Column().MaxDef {
		w.dst = append(w.dst, "null"...)
		return
	}
	for i := range w.bad {
		if b := &w.bad[i]; b.leaf == w.leaf && b.entry == p.entry && b.json != "" {
			w.dst = append(w.dst, b.json...)
			return
		}
	}
	switch b := leaf.(type) {
	case *Bools:
		w.dst = strconv.AppendBool(w.dst, b.vals[p.val])
	case *Int32s:
		if t.Kind == Date {
			w.dst = append(value.Date(b.vals[p.val]).AppendText(append(w.dst, '"')), '"')
			return
		}
		w.dst = strconv.AppendInt(w.dst, int64(b.vals[p.val]), 10)
	case *Int64s:
		if t.Kind == Timestamp {
			w.dst = append(value.Timestamp(b.vals[p.val]).AppendText(append(w.dst, '"')), '"')
			return
		}
		w.dst = strconv.AppendInt(w.dst, b.vals[p.val], 10)
	case *Float32s:
		w.dst = appendFloat(w.dst, float64(b.vals[p.val]), 32)
	case *Float64s:
		w.dst = appendFloat(w.dst, b.vals[p.val], 64)
	case *Decimals:
		w.dst = b.value(p.val).AppendText(w.dst)
	case *Texts:
		w.text(t, b.vals[p.val])
	}
}

func (w *jsonWriter) text(t Type, s string) {
	switch {
	case w.s.checks[w.leaf].rule.UUID:
		w.dst = append(value.UUID([]byte(s)).AppendText(append(w.dst, '"')), '"')
	case t.Kind == Binary:
		w.dst = append(base64.StdEncoding.AppendEncode(append(w.dst, '"'), []byte(s)), '"')
	default:
		w.dst = appendQuoted(w.dst, s)
	}
}

// appendFloat writes a number that JSON may lack a way for as text, which no decoder of numbers takes.
func appendFloat(dst []byte, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(strconv.AppendFloat(append(dst, '"'), v, 'g', -1, bits), '"')
	}
	return strconv.AppendFloat(dst, v, 'g', -1, bits)
}

func quoteJSON(s string) string { return string(appendQuoted(nil, s)) }

// appendQuoted writes a text as a JSON string. Bytes that are no UTF-8 stay as they are.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			_, n := utf8.DecodeRuneInString(s[i:])
			dst = append(dst, s[i:i+n]...)
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}
