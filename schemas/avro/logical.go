package avro

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/jsontree"
)

// logicalTypes says what each logical type stands on, and what it makes of that. One without a kind is refused, with
// the hint: ignoring it would make numbers of times.
var logicalTypes = map[string]struct {
	on     []string
	kind   model.Kind
	micros int64
	hint   string
}{
	"decimal":          {on: []string{"bytes", "fixed"}, kind: model.Decimal},
	"uuid":             {on: []string{"string", "fixed"}, kind: model.UUID},
	"date":             {on: []string{"int"}, kind: model.Date},
	"timestamp-millis": {on: []string{"long"}, kind: model.Timestamp, micros: 1000},
	"timestamp-micros": {on: []string{"long"}, kind: model.Timestamp, micros: 1},

	"timestamp-nanos":        {hint: "columns hold microseconds: use timestamp-micros"},
	"local-timestamp-millis": {hint: localHint},
	"local-timestamp-micros": {hint: localHint},
	"local-timestamp-nanos":  {hint: localHint},
	"time-millis":            {hint: timeHint},
	"time-micros":            {hint: timeHint},
	"duration":               {hint: `keep it as a number of its smallest unit, a "long"`},
	"big-decimal":            {hint: "use decimal, with precision and scale"},
}

const (
	localHint = `columns hold instants: use timestamp-micros, which reads times without a zone as UTC, or keep the text, a "string"`
	timeHint  = `there is no type for a time of day: keep the text, a "string", or a number, a "long" without logicalType`
)

// misplacedLogical reports a logicalType that every Avro library ignores because it stands beside the type, not in it.
func (r *reader) misplacedLogical(n *jsontree.Node, where string) {
	if l := n.Member("logicalType"); l != nil {
		r.report("SF0112", l.Pos, "logicalType has no effect here: it belongs into "+where, `{"type": {"type": "int", "logicalType": "date"}}`)
	}
}

// logical applies the logicalType of n to c. Unknown ones are ignored, as Avro says.
func (r *reader) logical(n *jsontree.Node, c column) column {
	name, _ := r.text(n, "logicalType")
	if name == nil || c.t == nil {
		return c
	}
	l, known := logicalTypes[name.Text]
	switch {
	case !known:
		return c
	case l.kind == model.Invalid:
		r.report("SF0105", name.Pos, fmt.Sprintf("the logical type %s has no column type", name.Text), l.hint)
		return column{}
	case !slices.Contains(l.on, c.physical):
		r.report("SF0112", name.Pos, fmt.Sprintf("the logical type %s is one of %s, and this is %s", name.Text, strings.Join(l.on, " or "), c.physical), "")
		return column{}
	case l.kind == model.UUID && c.physical == "fixed" && c.size != 16:
		r.report("SF0112", name.Pos, fmt.Sprintf("a UUID is 16 bytes long, and this fixed is %d", c.size), "")
		return column{}
	case l.kind == model.Decimal:
		return r.decimal(n, c)
	}
	c.t, c.micros = &model.Type{Kind: l.kind}, l.micros
	return c
}

func (r *reader) decimal(n *jsontree.Node, c column) column {
	precision, scale := n.Get("precision"), n.Get("scale")
	p, ok := precision.Int()
	s, whole := scale.Int()
	switch at := n.Get("logicalType").Pos; {
	case precision == nil:
		r.report("SF0112", at, "a decimal says how many digits it has", `add "precision": 10 (all digits) and "scale": 2 (those behind the point)`)
	case !ok || p < 1 || p > 38:
		r.report("SF0112", precision.Pos, "a decimal has 1 to 38 digits", "")
	case scale != nil && (!whole || s < 0 || s > p):
		r.report("SF0112", scale.Pos, "a decimal has no more digits behind the point than in all, and no fewer than none", "")
	case c.physical == "fixed" && int(p) > digitsOf(c.size):
		r.report("SF0112", precision.Pos, fmt.Sprintf("%d bytes hold %d digits", c.size, digitsOf(c.size)), "")
	default:
		c.t = &model.Type{Kind: model.Decimal, Precision: int(p), Scale: int(s)}
		return c
	}
	return column{}
}

// digitsOf is how many digits every number of so many bytes, sign included, can have.
func digitsOf(size int64) int {
	if size > 16 {
		return 38
	}
	most := new(big.Int).Lsh(big.NewInt(1), uint(8*size-1))
	return len(most.Sub(most, big.NewInt(1)).String()) - 1
}
