package sqlexpr

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// TestRandomProofs holds what is claimed of random predicates against rows that are looked at one by one, with an
// interpreter that knows nothing of intervals.
func TestRandomProofs(t *testing.T) {
	verdicts := map[Verdict]int{}
	const trials = 10_000
	for trial := range trials {
		g := &generator{rand.New(rand.NewPCG(7, uint64(trial)))}
		g.trial(t, trial, verdicts)
		if t.Failed() {
			return
		}
	}
	for _, v := range []Verdict{Proved, Broken, Unproved} {
		if verdicts[v] < trials/50 {
			t.Errorf("%d claims of %d are %s: the test has lost its bite", verdicts[v], 2*trials, v)
		}
	}
}

func (g *generator) trial(t *testing.T, trial int, verdicts map[Verdict]int) {
	declared := randomColumns
	if g.IntN(2) == 0 {
		declared = strings.ReplaceAll(declared, ", ", " NOT NULL, ") + " NOT NULL"
	}
	wheres := make([]string, 2+g.IntN(2))
	names := g.names()
	for i := range wheres {
		wheres[i] = g.condition(names, 1+g.IntN(3))
	}
	if g.IntN(2) == 0 {
		wheres = []string{wheres[0], "NOT (" + wheres[0] + ")"}
	}
	parts := over(t, declared, wheres...)
	proof := Cutover(parts)
	verdicts[proof.Disjoint]++
	verdicts[proof.Complete]++
	rows := sampled(parts[0].Over, names)
	for _, r := range rows {
		n, failed := count(parts, r)
		if proof.Disjoint == Proved && n > 1 || proof.Complete == Proved && n+failed == 0 {
			t.Errorf("trial %d: %s\n%s%d take %v", trial, strings.Join(wheres, "\n"), proof.Text(), n, r)
			return
		}
	}
	for _, w := range proof.Overlaps {
		if proof.Disjoint == Broken {
			g.holds(t, trial, parts, w, rows, func(n int) bool { return n > 1 })
		}
	}
	for _, w := range proof.Gaps {
		if proof.Complete == Broken {
			g.holds(t, trial, parts, w, rows, func(n int) bool { return n == 0 })
		}
	}
	switch trial % 4 {
	case 0:
		g.covers(t, trial, parts, rows)
	case 1:
		g.sameOtherwise(t, trial, declared, wheres, proof)
	}
}

// holds checks that w is a witness, whatever the columns have that it does not name.
func (g *generator) holds(t *testing.T, trial int, parts []Predicate, w Witness, rows [][]any, is func(taken int) bool) {
	for range 5 {
		r := slices.Clone(rows[g.IntN(len(rows))])
		if !witnessed(t, parts, w, r) {
			return // an expression's value: Broken says that a row with it exists, not which
		}
		n, failed := count(parts, r)
		if !is(n) || is(0) && failed > 0 {
			var b strings.Builder
			for i := range parts {
				b.WriteString(Format(parts[i].Where[0], parts[i].Over) + "\n")
			}
			t.Errorf("trial %d: %s%s is no witness: %d take %v", trial, b.String(), w, n, r)
			return
		}
	}
}

// witnessed puts the values of w into r; false is that w speaks of more than columns.
func witnessed(t *testing.T, parts []Predicate, w Witness, r []any) bool {
	for _, v := range w.Values {
		i := find(len(parts[0].Over), v.Column, func(i int) string { return parts[0].Over[i].Name })
		if i < 0 {
			return false
		}
		if v.Literal == notANumber {
			r[i] = math.NaN()
			continue
		}
		var diags diag.List
		e := ParseCondition(sqlText(v.Column+" = "+v.Literal), parts[0].Over, &diags)
		if v.Literal == "NULL" {
			r[i] = nil
			continue
		}
		if e == nil {
			t.Fatalf("%s: %s", w, show(&diags))
		}
		r[i] = interpret(e.Args[1], nil)
	}
	return true
}

// covers checks Covers of the first of parts by the others.
func (g *generator) covers(t *testing.T, trial int, parts []Predicate, rows [][]any) {
	proof := Covers(parts[:1], parts[1:])
	if proof.Complete != Proved {
		return
	}
	for _, r := range rows {
		before, _ := count(parts[:1], r)
		now, failed := count(parts[1:], r)
		if before > 0 && now+failed == 0 {
			t.Errorf("trial %d: %s%v is taken before and not now", trial, proof.Text(), r)
			return
		}
	}
}

// sameOtherwise checks that the order of flows and other ways to write a condition change no verdict.
func (g *generator) sameOtherwise(t *testing.T, trial int, declared string, wheres []string, want *Proof) {
	others := make([]string, len(wheres))
	for i, w := range wheres {
		switch g.IntN(3) {
		case 0:
			w = "NOT (NOT (" + w + "))"
		case 1:
			w = "NOT ((NOT (" + w + ")) OR FALSE)"
		case 2:
			w = "(" + w + ") AND TRUE"
		}
		others[len(wheres)-1-i] = w
	}
	got := Cutover(over(t, declared, others...))
	if got.Disjoint != want.Disjoint || got.Complete != want.Complete {
		t.Errorf("trial %d: %s\n%s\nwritten otherwise: %s\n%s", trial, strings.Join(wheres, "\n"), want.Text(), strings.Join(others, "\n"), got.Text())
	}
}

const randomColumns = "n INT, m BIGINT, d DATE, ts TIMESTAMP, b BOOLEAN, s STRING, f DOUBLE, p DECIMAL(5,2), e ENUM('a','ab','b')"

// literals are by column; values has what lies around them.
var literals = map[string][]string{
	"n": {"-1", "0", "5", "6"}, "m": {"0", "5", "9007199254740993"}, "d": {"'2024-04-01'", "DATE '2024-03-31'", "'2025-01-01'", "'1970-01-01'"}, "ts": {"'2024-04-01'", "TIMESTAMP '2024-04-01 12:00:00'", "'2024-03-31T23:59:59.999999Z'"},
	"b": {"TRUE", "FALSE"}, "s": {"''", "'a'", "'ab'", "'b'"}, "f": {"0", "1.5", "CAST('NaN' AS DOUBLE)", "CAST('inf' AS DOUBLE)"}, "p": {"1", "1.01", "-1.5", "1.015"}, "e": {"'a'", "'ab'"},
}

var values = map[string][]any{
	"n": {int64(math.MinInt32), int64(-2), int64(-1), int64(0), int64(1), int64(4), int64(5), int64(6), int64(7), int64(math.MaxInt32)},
	"m": {int64(-1), int64(0), int64(1), int64(4), int64(5), int64(6), int64(1)<<53 - 1, int64(1) << 53, int64(1)<<53 + 1, int64(1)<<53 + 2},
	"d": {int64(firstDay), int64(-1), int64(0), int64(19812), int64(19813), int64(19814), int64(20088), int64(20089), int64(20090), int64(lastDay)},
	"ts": {int64(-microsOfDay - 1), int64(-1), int64(0), int64(19813)*microsOfDay - 2, int64(19813)*microsOfDay - 1, int64(19813) * microsOfDay, int64(19813)*microsOfDay + 1, int64(19814)*microsOfDay - 1, int64(19814) * microsOfDay,
		int64(19813)*microsOfDay + microsOfDay/2, int64(19813)*microsOfDay + microsOfDay/2 + 1, int64(20089) * microsOfDay},
	"b": {true, false},
	"s": {"", "\x00", "a", "a\x00", "aa", "ab", "ab\x00", "abc", "b", "ba", "3", "5", "c", "é"},
	"f": {math.Inf(-1), -1.0, math.Copysign(0, -1), 0.0, math.Nextafter(0, 1), 1.5, math.Nextafter(1.5, 2), math.Inf(1), math.NaN()},
	"p": {-1.51, -1.5, -1.49, 0.99, 1.0, 1.01, 1.02, 999.99},
	"e": {"a", "ab", "b"},
}

type generator struct{ *rand.Rand }

func (g *generator) one(of ...string) string { return of[g.IntN(len(of))] }

// names are one or two columns, so that rows can be looked at one by one.
func (g *generator) names() []string {
	all := []string{"n", "m", "d", "ts", "b", "s", "f", "p", "e"}
	g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:1+g.IntN(2)]
}

func (g *generator) condition(names []string, depth int) string {
	if depth > 0 && g.IntN(5) > 0 {
		a, b := g.condition(names, depth-1), g.condition(names, depth-1)
		switch g.IntN(8) {
		case 0, 1:
			return "(" + a + " AND " + b + ")"
		case 2, 3:
			return "(" + a + " OR " + b + ")"
		case 4:
			return "(NOT " + a + ")"
		case 5:
			return "((" + a + ") IS " + g.one("", "NOT ") + g.one("TRUE", "FALSE", "NULL") + ")"
		case 6:
			return "(CASE WHEN " + a + " THEN " + b + " ELSE " + g.condition(names, depth-1) + " END)"
		}
		return "((" + a + ") = (" + b + "))"
	}
	return g.leaf(names)
}

func (g *generator) leaf(names []string) string {
	x := g.one(names...)
	lit := func() string { return g.one(literals[x]...) }
	how := g.one("=", "!=", "<", "<=", ">", ">=")
	switch g.IntN(10) {
	case 0:
		return "(" + x + " IS " + g.one("", "NOT ") + "NULL)"
	case 1:
		return "(" + x + g.one("", " NOT") + " IN (" + lit() + ", " + lit() + g.one("", ", NULL") + "))"
	case 2:
		return "(" + x + g.one("", " NOT") + " BETWEEN " + lit() + " AND " + lit() + ")"
	case 3:
		return "(" + lit() + " " + how + " " + x + ")"
	case 4:
		return "(COALESCE(" + x + ", " + lit() + ") " + how + " " + lit() + ")"
	case 5:
		y := map[string]string{"n": "m", "m": "n", "s": "e", "e": "s", "f": "n"}[x] // what x compares with
		if !slices.Contains(names, y) {
			y = x
		}
		return "(" + x + " " + how + " " + y + ")"
	case 6, 7:
		return g.special(x, how)
	}
	return "(" + x + " " + how + " " + lit() + ")"
}

// special are conditions that columns of one type have.
func (g *generator) special(x, how string) string {
	switch x {
	case "b":
		return "b"
	case "s", "e":
		if x == "s" && g.IntN(2) == 0 {
			return "(" + g.one("", "SAFE_") + "CAST(s AS BIGINT) " + how + " 5)"
		}
		return "(" + x + g.one("", " NOT") + " LIKE " + g.one("'a%'", "'%b'", "'a'", "'%'", "'ab%'") + ")"
	case "ts":
		return "(" + g.one("CAST(ts AS DATE)", "DATE(ts)") + " " + how + " " + g.one(literals["d"]...) + ")"
	case "d":
		return "(" + g.one("EXTRACT(YEAR FROM d) "+how+" 2024", "CAST(d AS TIMESTAMP) "+how+" TIMESTAMP '2024-04-01 12:00:00'") + ")"
	case "n", "m":
		return "(" + g.one(x+" "+how+" 2.5", "SIGN("+x+") "+how+" 0", "CAST("+x+" AS DOUBLE) "+how+" 5", "CAST("+x+" AS DOUBLE) "+how+" 9007199254740992") + ")"
	}
	return "(" + x + " " + how + " " + g.one(literals[x]...) + ")"
}

// sampled are rows with all combinations of the values of names; other columns have one of theirs.
func sampled(columns []model.Column, names []string) [][]any {
	rows := [][]any{make([]any, len(columns))}
	for i, c := range columns {
		vs := values[c.Name][:1]
		if slices.Contains(names, c.Name) {
			vs = values[c.Name]
			if c.Nullable {
				vs = append(vs[:len(vs):len(vs)], nil)
			}
		}
		var next [][]any
		for _, r := range rows {
			for k, v := range vs {
				if k > 0 {
					r = slices.Clone(r)
				}
				r[i] = v
				next = append(next, r)
			}
		}
		rows = next
	}
	return rows
}

// count says how many of parts take r, and for how many it is quarantined.
func count(parts []Predicate, r []any) (taken, failed int) {
	for i := range parts {
		func() {
			defer func() {
				if x := recover(); x == errFails {
					failed++
				} else if x != nil {
					panic(x)
				}
			}()
			if interpret(parts[i].Where[0], r) == true {
				taken++
			}
		}()
	}
	return taken, failed
}

var errFails = errors.New("a CAST failed")

// interpret gives the value of e as bool, int64, float64 (DECIMAL too), string or nil.
func interpret(e *model.Expr, r []any) any {
	arg := func(i int) any { return interpret(e.Args[i], r) }
	switch e.Op {
	case model.OpColumn:
		return r[e.Column]
	case model.OpLiteral:
		return constantValue(e.Lit)
	case model.OpNot:
		if b, ok := arg(0).(bool); ok {
			return !b
		}
		return nil
	case model.OpAnd, model.OpOr:
		var out any = e.Op == model.OpAnd
		for i := range e.Args {
			switch v := arg(i); v {
			case e.Op == model.OpOr:
				return v
			case nil:
				out = nil
			}
		}
		return out
	case model.OpCompare:
		return relation(e.Func, arg(0), arg(1))
	case model.OpIn:
		var out any = false
		for i := range e.Args[1:] {
			switch relation("=", arg(0), arg(1+i)) {
			case true:
				return true
			case nil:
				out = nil
			}
		}
		return out
	case model.OpIsNull:
		return arg(0) == nil
	case model.OpIsTrue:
		return arg(0) == true
	case model.OpIsFalse:
		return arg(0) == false
	case model.OpCase:
		for i := 0; i+1 < len(e.Args); i += 2 {
			if arg(i) == true {
				return arg(i + 1)
			}
		}
		return arg(len(e.Args) - 1)
	}
	return interpretCall(e, arg(0), arg)
}

func interpretCall(e *model.Expr, x any, arg func(int) any) any {
	if x == nil {
		return nil
	}
	from := e.Args[0].Type.Kind
	if e.Op == model.OpCast || e.Func == "date" {
		switch {
		case from == model.String && e.Type.Kind == model.Int64:
			n, err := strconv.ParseInt(x.(string), 10, 64)
			if err != nil && e.Func == "cast" {
				panic(errFails)
			}
			if err != nil {
				return nil
			}
			return n
		case from == model.Timestamp && e.Type.Kind == model.Date:
			return int64(math.Floor(float64(x.(int64)) / microsOfDay))
		case from == model.Date && e.Type.Kind == model.Timestamp:
			return x.(int64) * microsOfDay
		case isInt(e.Args[0].Type) && (e.Type.Kind == model.Float64 || e.Type.Kind == model.Decimal):
			return float64(x.(int64))
		}
		return x
	}
	switch e.Func {
	case "extract_year":
		return int64(time.Date(1970, 1, 1+int(x.(int64)), 0, 0, 0, 0, time.UTC).Year())
	case "sign":
		return int64(map[bool]int{true: 1}[x.(int64) > 0] - map[bool]int{true: 1}[x.(int64) < 0])
	case "like":
		s, p := x.(string), arg(1).(string)
		switch {
		case strings.HasPrefix(p, "%"):
			return strings.HasSuffix(s, p[1:])
		case strings.HasSuffix(p, "%"):
			return strings.HasPrefix(s, p[:len(p)-1])
		}
		return s == p
	}
	panic("the interpreter knows no " + e.Func)
}

func constantValue(lit *model.Literal) any {
	if lit.Null {
		return nil
	}
	switch lit.Type.Kind {
	case model.Bool:
		return lit.Bool
	case model.Float64:
		return lit.Float
	case model.String, model.Enum:
		return lit.Str
	case model.Decimal:
		var f float64
		fmt.Sscan(lit.Str, &f)
		return f
	}
	return lit.Int
}

func relation(how string, a, b any) any {
	if a == nil || b == nil {
		return nil
	}
	less, equal := false, a == b
	switch x := a.(type) {
	case bool:
		less = !x && b.(bool)
	case int64:
		less = x < b.(int64)
	case float64:
		less = x < b.(float64)
		if math.IsNaN(x) || math.IsNaN(b.(float64)) {
			return how == "!="
		}
	case string:
		less = x < b.(string)
	}
	return map[string]bool{"=": equal, "!=": !equal, "<": less, "<=": less || equal, ">": !less && !equal, ">=": !less}[how]
}
