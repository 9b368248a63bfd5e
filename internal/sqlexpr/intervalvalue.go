package sqlexpr

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/seamflow/seamflow/internal/model"
)

// datum is a value of a column. Numbers, days and times are the place that they have among the values of their type, so
// that the next greater value is one more; texts are themselves.
type datum struct {
	state state
	n     *big.Int
	s     string
}

type state uint8

const (
	isUnknown state = iota
	isNull
	isError // the expression has no value: the record is quarantined
	isNaN   // neither below nor above anything
	isNumeric
	isString
)

var one = big.NewInt(1)

func whole(n int64) datum   { return datum{state: isNumeric, n: big.NewInt(n)} }
func textOf(s string) datum { return datum{state: isString, s: s} }

// order compares two numbers or two texts.
func (d datum) order(other datum) int {
	if d.state == isString {
		return strings.Compare(d.s, other.s)
	}
	return d.n.Cmp(other.n)
}

func (d datum) same(other datum) bool {
	return d.state == other.state && (d.state < isNumeric || d.order(other) == 0)
}

// next is the least value above d.
func (d datum) next() datum {
	if d.state == isString {
		return textOf(d.s + "\x00")
	}
	return datum{state: isNumeric, n: new(big.Int).Add(d.n, one)}
}

// hasDomain reports whether the values of t can be told apart by an order that is known here.
func hasDomain(t *model.Type) bool {
	return t.Kind >= model.Bool && t.Kind <= model.Enum && t.Kind != model.Bytes
}

// datumOf is the value of a constant; ok is false for types without a domain.
func datumOf(lit *model.Literal) (d datum, ok bool) {
	switch {
	case lit.Null:
		return datum{state: isNull}, true
	case !hasDomain(lit.Type):
		return d, false
	}
	switch lit.Type.Kind {
	case model.Bool:
		if lit.Bool {
			return whole(1), true
		}
		return whole(0), true
	case model.Float32, model.Float64:
		return floatDatum(lit.Float, lit.Type), true
	case model.Decimal:
		n, ok := new(big.Int).SetString(strings.Replace(lit.Str, ".", "", 1), 10)
		return datum{state: isNumeric, n: n}, ok
	case model.String, model.UUID, model.Enum:
		return textOf(lit.Str), true
	}
	return whole(lit.Int), true
}

// floatDatum counts from 0, which -0 is too.
func floatDatum(f float64, t *model.Type) datum {
	if math.IsNaN(f) {
		return datum{state: isNaN}
	}
	if t.Kind == model.Float32 {
		n := int64(int32(math.Float32bits(float32(f))))
		if n < 0 {
			n = math.MinInt32 - n
		}
		return whole(n)
	}
	n := int64(math.Float64bits(f))
	if n < 0 {
		n = math.MinInt64 - n
	}
	return whole(n)
}

func (d datum) float(t *model.Type) float64 {
	n := d.n.Int64()
	switch {
	case d.state == isNaN:
		return math.NaN()
	case t.Kind == model.Float32 && n < 0:
		return float64(math.Float32frombits(uint32(int32(math.MinInt32 - n))))
	case t.Kind == model.Float32:
		return float64(math.Float32frombits(uint32(n)))
	case n < 0:
		return math.Float64frombits(uint64(math.MinInt64 - n))
	}
	return math.Float64frombits(uint64(n))
}

// limits are the least and the greatest value of a type of numbers.
func limits(t *model.Type) (least, greatest *big.Int) {
	symmetric := func(n *big.Int) (*big.Int, *big.Int) { return new(big.Int).Neg(n), n }
	switch t.Kind {
	case model.Bool:
		return big.NewInt(0), big.NewInt(1)
	case model.Int32:
		return big.NewInt(math.MinInt32), big.NewInt(math.MaxInt32)
	case model.Date:
		return big.NewInt(firstDay), big.NewInt(lastDay)
	case model.Timestamp:
		return big.NewInt(firstDay * microsOfDay), big.NewInt((lastDay+1)*microsOfDay - 1)
	case model.Float32, model.Float64:
		return symmetric(floatDatum(math.Inf(1), t).n)
	case model.Decimal:
		n := tenTo(t.Precision)
		return symmetric(n.Sub(n, one))
	}
	return big.NewInt(math.MinInt64), big.NewInt(math.MaxInt64)
}

// The days of the years 0001 to 9999, counted from 1970.
const (
	firstDay    = -719162
	lastDay     = 2932896
	microsOfDay = 86_400_000_000
)

// literal writes d as SQL.
func (d datum) literal(t *model.Type) string {
	switch d.state {
	case isNull:
		return "NULL"
	case isError:
		return noValue
	case isNaN:
		return notANumber
	case isString:
		return quoteText(d.s)
	}
	lit := &model.Literal{Type: t, Int: d.n.Int64()}
	switch t.Kind {
	case model.Bool:
		lit.Bool = lit.Int == 1
	case model.Int32:
		return d.n.String()
	case model.Float32, model.Float64:
		lit.Float = d.float(t)
	case model.Decimal:
		return pointed(new(big.Int).Abs(d.n), t.Scale, d.n.Sign() < 0)
	}
	return formatLiteral(lit)
}

// atom is a set of values that no condition tells apart: NULL, NaN, or all from lo up to hi.
type atom struct {
	lo, hi datum // hi is left out, and isUnknown where there is no end
	shown  datum // one of them
}

// atoms are the values of t in sets: those between cuts, which are the least values of sets.
func atoms(t *model.Type, cuts []datum) []atom {
	if t.Kind == model.Enum {
		var out []atom
		for _, s := range t.Symbols {
			d := textOf(s)
			out = append(out, atom{lo: d, hi: d.next(), shown: d})
		}
		return out
	}
	least, end := textOf(""), datum{}
	if t.Kind != model.String && t.Kind != model.UUID {
		lo, hi := limits(t)
		least, end = datum{state: isNumeric, n: lo}, datum{state: isNumeric, n: hi}.next()
	}
	bounds := []datum{least}
	if t.Kind == model.Bool {
		cuts = []datum{whole(1)}
	}
	for _, c := range cuts {
		if c.order(least) > 0 && (end.state == isUnknown || c.order(end) < 0) {
			bounds = append(bounds, c)
		}
	}
	slices.SortFunc(bounds, datum.order)
	bounds = slices.CompactFunc(bounds, datum.same)
	out := make([]atom, len(bounds))
	for i, lo := range bounds {
		out[i] = atom{lo: lo, hi: end, shown: lo}
		if i+1 < len(bounds) {
			out[i].hi = bounds[i+1]
		}
		out[i].show(i == 0)
	}
	return out
}

// show chooses the value that a person would name.
func (a *atom) show(first bool) {
	switch {
	case a.lo.state == isNumeric && first:
		a.shown = datum{state: isNumeric, n: new(big.Int).Sub(a.hi.n, one)}
	case a.lo.state == isString && strings.HasSuffix(a.lo.s, "\x00"):
		for _, end := range []string{"a", "0", " "} {
			if d := textOf(strings.TrimSuffix(a.lo.s, "\x00") + end); a.hi.state == isUnknown || d.order(a.hi) < 0 {
				a.shown = d
				return
			}
		}
	}
}

// afterPrefix is the least text above all that begin with prefix, in bytes that are UTF-8; ok is false if there is none.
func afterPrefix(prefix string) (s string, ok bool) {
	runes := []rune(prefix)
	for len(runes) > 0 {
		last := runes[len(runes)-1]
		if last < '\U0010FFFF' {
			if last++; last == 0xD800 {
				last = 0xE000
			}
			runes[len(runes)-1] = last
			return string(runes), true
		}
		runes = runes[:len(runes)-1]
	}
	return "", false
}

// step is a function of one value that keeps the order, never fails and is NULL of NULL only.
type step struct{ from, to *model.Type }

// stepOf is what e does to Args[0], if it is a step.
func stepOf(e *model.Expr) (s step, ok bool) {
	if len(e.Args) != 1 {
		return s, false
	}
	s = step{e.Args[0].Type, e.Type}
	switch {
	case e.Op == model.OpCast:
		return s, s.keepsOrder()
	case e.Op == model.OpCall && e.Func == "extract_year":
		return s, true
	case e.Op == model.OpCall && slices.Contains([]string{"date", "extract_date", "timestamp"}, e.Func):
		return s, true
	}
	return s, false
}

func (s step) keepsOrder() bool {
	from, to := s.from, s.to
	switch {
	case to.Kind == model.String:
		return from.Kind == model.Enum || from.Kind == model.UUID
	case isInt(to):
		return from.Kind == model.Bool || from.Kind == model.Int32
	case to.Kind == model.Float64:
		return isInt(from) || from.Kind == model.Float32
	case to.Kind == model.Decimal && (isInt(from) || from.Kind == model.Decimal):
		return castOf(from, to) == castAlways && to.Scale >= asDecimal(from).Scale
	}
	return from.Kind == model.Timestamp && to.Kind == model.Date || from.Kind == model.Date && to.Kind == model.Timestamp
}

func (s step) apply(d datum) datum {
	if d.state != isNumeric {
		return d
	}
	from, to := s.from.Kind, s.to.Kind
	n := new(big.Int)
	switch {
	case from == model.Date && to == model.Timestamp:
		n.Mul(d.n, big.NewInt(microsOfDay))
	case from == model.Timestamp && to == model.Date:
		n.Div(d.n, big.NewInt(microsOfDay)) // towards below, the divisor being above 0
	case from == model.Timestamp:
		return whole(int64(time.UnixMicro(d.n.Int64()).UTC().Year()))
	case from == model.Date:
		return whole(int64(time.Unix(d.n.Int64()*86400, 0).UTC().Year()))
	case from == model.Float32:
		return floatDatum(d.float(s.from), s.to)
	case to == model.Float64:
		f, _ := new(big.Float).SetInt(d.n).Float64()
		return floatDatum(f, s.to)
	case to == model.Decimal:
		n.Mul(d.n, tenTo(s.to.Scale-asDecimal(s.from).Scale))
	default:
		return d
	}
	return datum{state: isNumeric, n: n}
}

// through applies steps, the first last: they are listed from the outside.
func through(steps []step, d datum) datum {
	for _, s := range slices.Backward(steps) {
		d = s.apply(d)
	}
	return d
}

// cutsAt are the least value of t that steps take to limit or above, and the least that they take above it.
func cutsAt(t *model.Type, steps []step, limit datum) []datum {
	if limit.state < isNumeric {
		return nil
	}
	if len(steps) == 0 || limit.state == isString {
		return []datum{limit, limit.next()}
	}
	least, greatest := limits(t)
	return []datum{
		search(least, greatest, func(d datum) bool { return through(steps, d).order(limit) >= 0 }),
		search(least, greatest, func(d datum) bool { return through(steps, d).order(limit) > 0 }),
	}
}

// search is the least number up to greatest of which reached is true, else the one after greatest.
func search(least, greatest *big.Int, reached func(datum) bool) datum {
	lo, hi := new(big.Int).Set(least), new(big.Int).Add(greatest, one)
	for lo.Cmp(hi) < 0 {
		mid := new(big.Int).Add(lo, hi)
		mid.Rsh(mid, 1)
		if reached(datum{state: isNumeric, n: mid}) {
			hi = mid
		} else {
			lo.Add(mid, one)
		}
	}
	return datum{state: isNumeric, n: lo}
}

// compares reports a how b of two values.
func compares(how string, a, b datum) truth {
	switch {
	case a.state == isNull || b.state == isNull:
		return isNULL
	case a.state == isNaN || b.state == isNaN:
		return truthOf(how == "!=")
	}
	c := a.order(b)
	switch how {
	case "=":
		return truthOf(c == 0)
	case "!=":
		return truthOf(c != 0)
	case "<":
		return truthOf(c < 0)
	case "<=":
		return truthOf(c <= 0)
	case ">":
		return truthOf(c > 0)
	}
	return truthOf(c >= 0)
}
