package sqlexpr

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/runtime/value"

	"github.com/seamflow/seamflow/internal/model"
)

// sql draws SQL of the wanted kind of type; most of it types.
func drawSQL(t *rapid.T, depth int) string {
	leaf := rapid.SampledFrom([]string{"id", "n", "big", "f", "d", "price", "ok", "day", "ts", "u", "b", "status", "tags", "attrs", "ctx", "`order`", "ctx.chain", "ctx.device.os",
		"1", "0", "-7", "1.5", "2.50", "1e10", "'a'", "'2024-01-31'", "'5'", "TRUE", "NULL", "DATE '2024-02-29'", "TIMESTAMP '2024-02-29 10:00:00.5'", "b'x\\x00'", "99999999999", "12345678901234567890"})
	if depth == 0 {
		return leaf.Draw(t, "leaf")
	}
	form := rapid.SampledFrom([]string{"(@ + @)", "(@ - @)", "(@ * @)", "(@ / @)", "(- @)", "(@ || @)", "(@ = @)", "(@ < @)", "(@ != @)", "(@ AND @)", "(@ OR @)", "(NOT @)", "(@ IS NULL)",
		"(@ IS NOT TRUE)", "(@ IN (@, @))", "(@ NOT BETWEEN @ AND @)", "(@ LIKE @)", "COALESCE(@, @)", "IF(@, @, @)", "NULLIF(@, @)", "CASE @ WHEN @ THEN @ WHEN @ THEN @ END", "CASE WHEN @ THEN @ ELSE @ END",
		"CAST(@ AS BIGINT)", "SAFE_CAST(@ AS INT)", "CAST(@ AS STRING)", "SAFE_CAST(@ AS DECIMAL(12,3))", "CAST(@ AS DOUBLE)", "SAFE_CAST(@ AS DATE)", "CAST(@ AS TIMESTAMP)", "CAST(@ AS BOOLEAN)", "CAST(@ AS FLOAT)",
		"GREATEST(@, @)", "ROUND(@, 2)", "ROUND(@)", "MOD(@, @)", "ABS(@)", "LENGTH(@)", "SUBSTR(@, @, 2)", "LEFT(@, 1)", "DATE_ADD(@, INTERVAL @ DAY)", "EXTRACT(YEAR FROM @)", "DATE_DIFF(@, @, MONTH)",
		"SAFE_DIVIDE(@, @)", "tags[SAFE_OFFSET(@)]", "attrs[@]", "STRUCT(@ AS a, @ AS b)", "STRUCT(@ AS a).a", "LEAST(@, @)", "CONCAT(@, @)", "TIMESTAMP_TRUNC(@, HOUR)", "(@ >= @)"}).Draw(t, "form")
	var b strings.Builder
	for i, part := range strings.Split(form, "@") {
		if i > 0 {
			b.WriteString(drawSQL(t, rapid.IntRange(0, depth-1).Draw(t, "depth")))
		}
		b.WriteString(part)
	}
	return b.String()
}

func TestFormatReadsBack(t *testing.T) {
	typed, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		sql := drawSQL(t, 3)
		var diags diag.List
		e := ParseScalar(sqlText(sql), orders, &diags)
		all++
		if e == nil {
			if !diags.HasErrors() {
				t.Fatalf("%s: neither an expression nor an error", sql)
			}
			return
		}
		typed++
		checkTyped(t, e)
		readsBack(t, e, orders)
	})
	if typed*20 < all {
		t.Errorf("only %d of %d drawn expressions type", typed, all)
	}
}

// checkTyped holds what those who write Go rely on.
func checkTyped(t *rapid.T, e *model.Expr) {
	for _, a := range e.Args {
		checkTyped(t, a)
	}
	switch e.Op {
	case model.OpCompare, model.OpIn:
		for _, a := range e.Args[1:] {
			if !EqualTypes(a.Type, e.Args[0].Type) {
				t.Errorf("%s compares %s and %s", Format(e, orders), TypeName(e.Args[0].Type), TypeName(a.Type))
			}
		}
	case model.OpCase:
		for i, a := range e.Args {
			if want := map[bool]*model.Type{true: boolType, false: e.Type}[i%2 == 0 && i < len(e.Args)-1]; !EqualTypes(a.Type, want) {
				t.Errorf("%s: operand %d is %s", Format(e, orders), i, TypeName(a.Type))
			}
		}
	case model.OpCall:
		s := signatureOf(e)
		for i, a := range e.Args {
			if want := parameterTypes[s.arg(i)]; cost(a, s.arg(i), false) != 0 || want != nil && !EqualTypes(a.Type, want) {
				t.Errorf("%s: argument %d is %s, not %s", Format(e, orders), i, TypeName(a.Type), s.arg(i))
			}
		}
	case model.OpCast:
		if castOf(e.Args[0].Type, e.Type) == castNever {
			t.Errorf("%s cannot be cast", Format(e, orders))
		}
	}
}

// Constants are read here while code is generated, and by runtime/value in records: they must agree.
func TestLiteralsAreWhatRecordsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringMatching(`\d{4}-[01]\d-[0-3]\d([Tt ][0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,8})?(Z|z|[+-][0-2]\d:?[0-6]\d)?)?`),
			rapid.StringMatching(`(0001|9999)-(01|12)-(01|31)[T ](00|23):[05]\d:[05]\d([+-](00|23):[05]\d)?`)).Draw(t, "text")
		want, ok := value.ParseTimestamp([]byte(s))
		lit, err := Literal(s, timestampType)
		if ok != (err == nil) || ok && lit.Int != int64(want) {
			t.Fatalf("%s: %v %v here, %v %v in records", s, lit, err, want, ok)
		}
		if ok && literalText(lit) != want.String() {
			t.Fatalf("%s is written %s here, %s there", s, literalText(lit), want)
		}
		day, ok := value.ParseDate([]byte(s))
		lit, err = Literal(s, dateType)
		if ok != (err == nil) || ok && lit.Int != int64(day) {
			t.Fatalf("%s: %v %v here, %v %v in records", s, lit, err, day, ok)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[+-]?\d{0,20}\.?\d{0,12}([eE][+-]?\d{1,3})?`).Draw(t, "text")
		typ := &model.Type{Kind: model.Decimal, Precision: rapid.IntRange(1, 38).Draw(t, "precision")}
		typ.Scale = rapid.IntRange(0, typ.Precision).Draw(t, "scale")
		want, wrong := value.ParseDecimal([]byte(s), typ.Precision, typ.Scale)
		lit, err := Literal(s, typ)
		if (wrong == nil) != (err == nil) || err == nil && lit.Str != want.String() {
			t.Fatalf("%s as %s: %v %v here, %v %v in records", s, TypeName(typ), lit, err, want, wrong)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"SELECT * FROM a", "n + 1", "CAST(id AS DECIMAL(10,2))", "CASE WHEN ok THEN 1 END", "SELECT a FROM b UNION ALL SELECT", "DATE_ADD(day, INTERVAL 1 DAY)", "'\\", "`", "/*", "a.b.", "LEFT(", "\xff",
		strings.Repeat("(", 5000), strings.Repeat("NOT ", 5000), strings.Repeat("- ", 5000), "n" + strings.Repeat("+n", 3000), strings.Repeat("CASE WHEN ", 3000), "CAST(x AS " + strings.Repeat("ARRAY<", 3000),
		strings.Repeat("COALESCE(n, ", 60) + "n" + strings.Repeat(")", 60), "COALESCE(COALESCE(COALESCE(n,1),2),3)", "n IN (" + strings.Repeat("1,", 2000) + "1)", "SELECT " + strings.Repeat("*,", 5000) + "id FROM a", "CAST('" + strings.Repeat("9", 60000) + "' AS DECIMAL(38,0))", strings.Repeat("ok AND ", 5000) + "ok"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		var diags diag.List
		if e := ParseScalar(sqlText(sql), orders, &diags); e == nil && !diags.HasErrors() {
			t.Error("neither an expression nor an error")
		} else if e != nil && Size(e, 2000) < 2000 {
			readsBack(t, e, orders)
		}
		diags = diag.List{}
		if _, exprs, _ := resolved(sql, &diags); exprs == nil && !diags.HasErrors() {
			t.Error("neither columns nor an error")
		}
	})
}
