package avro

import (
	"fmt"
	"math"
	"math/big"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/jsontree"
	"github.com/seamflow/seamflow/schemas/literal"
)

// field reads a field of a record. One with a default may be left out.
func (r *reader) field(n *jsontree.Node, space string) (f model.Field, ok bool) {
	if n.Kind != jsontree.Object {
		r.report("SF0104", n.Pos, "a field is an object, not "+n.Kind.String(), "")
		return f, false
	}
	name, isText := r.text(n, "name")
	t := n.Get("type")
	switch {
	case !isText:
		return f, false
	case name == nil:
		r.report("SF0104", n.Pos, `the field has no "name"`, "")
		return f, false
	case !simpleName.MatchString(name.Text):
		r.report("SF0104", name.Pos, fmt.Sprintf("%q is no name", name.Text), "names are letters, digits and _, not starting with a digit")
		return f, false
	case t == nil:
		r.report("SF0104", n.Pos, fmt.Sprintf(`the field %s has no "type"`, name.Text), "")
		return f, false
	}
	r.misplacedLogical(n, "the field's type")
	c := r.column(t, space)
	f = model.Field{Name: name.Text, Type: c.t, Nullable: c.nullable, Doc: r.doc(n), Pos: name.Pos}
	if c.t == nil {
		return f, false
	}
	d := n.Get("default")
	if d == nil {
		return f, true
	}
	f.Optional = true
	if d.Kind == jsontree.Null && c.nullable {
		return f, true // left out means NULL, which needs no constant
	}
	l, want := constant(c, d)
	if l == nil {
		r.report("SF0110", d.Pos, fmt.Sprintf("the default of %s is %s", f.Name, want), nullHint(d))
		return f, false
	}
	f.Default = l
	return f, true
}

func nullHint(d *jsontree.Node) string {
	if d.Kind == jsontree.Null {
		return `for a field that may be null the type is ["null", …]`
	}
	return ""
}

// constant reads a default in Avro's form: bytes as characters up to \u00ff, dates and timestamps as numbers.
func constant(c column, n *jsontree.Node) (l *model.Literal, want string) {
	l = &model.Literal{Type: c.t}
	var raw []byte
	ok := true
	if c.physical == "bytes" || c.physical == "fixed" {
		want = "a text of one character from \\u0000 to \\u00ff for each byte"
		if raw, ok = latin1(n); ok && c.physical == "fixed" {
			want, ok = fmt.Sprintf("%d bytes long", c.size), int64(len(raw)) == c.size
		}
		if !ok {
			return nil, want
		}
	}
	switch {
	case c.t.Kind == model.Bytes:
		l.Str = string(raw)
	case c.t.Kind == model.Decimal:
		want = fmt.Sprintf("a number of at most %d digits", c.t.Precision)
		l.Str, ok = literal.Decimal(twosComplement(raw), c.t)
	case c.t.Kind == model.UUID && raw != nil:
		l.Str = fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:])
	case c.t.Kind == model.Date:
		want = "a number of days since 1970-01-01"
		l.Int, ok = n.Int()
		ok = ok && int64(int32(l.Int)) == l.Int
	case c.t.Kind == model.Timestamp:
		want = "a number of milliseconds or microseconds since 1970"
		l.Int, ok = n.Int()
		ok = ok && l.Int <= math.MaxInt64/c.micros && l.Int >= math.MinInt64/c.micros
		l.Int *= c.micros
	default:
		return literal.Read(c.t, n)
	}
	if !ok {
		return nil, want
	}
	return l, ""
}

func latin1(n *jsontree.Node) ([]byte, bool) {
	if !n.Is(jsontree.String) {
		return nil, false
	}
	raw := []byte{}
	for _, c := range n.Text {
		if c > 0xff {
			return nil, false
		}
		raw = append(raw, byte(c))
	}
	return raw, true
}

// twosComplement reads a big-endian number with a sign.
func twosComplement(raw []byte) *big.Int {
	v := new(big.Int).SetBytes(raw)
	if len(raw) > 0 && raw[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
	}
	return v
}
