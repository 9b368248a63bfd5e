package sqlexpr

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

func (t *typer) literal(lit *model.Literal, pos diag.Pos) *model.Expr {
	return t.make(&model.Expr{Op: model.OpLiteral, Type: lit.Type, Lit: lit, Pos: pos})
}

// literalOrRefuse types constants, and refuses all that the grammar has and this package has not.
func (t *typer) literalOrRefuse(n ast.Expr) *model.Expr {
	switch n := n.(type) {
	case *ast.NullLiteral:
		return nullOf(nullType, t.pos(n))
	case *ast.BoolLiteral:
		return t.literal(&model.Literal{Type: boolType, Bool: n.Value}, t.pos(n))
	case *ast.IntLiteral:
		return t.intLiteral(n)
	case *ast.FloatLiteral:
		return t.floatLiteral(n)
	case *ast.StringLiteral:
		return t.textLiteral(n)
	case *ast.BytesLiteral:
		return t.literal(&model.Literal{Type: bytesType, Str: string(n.Value)}, t.pos(n))
	case *ast.DateLiteral:
		return t.typedLiteral(n.Value, dateType, t.pos(n))
	case *ast.TimestampLiteral:
		return t.typedLiteral(n.Value, timestampType, t.pos(n))
	case *ast.NumericLiteral:
		typ := decimalOf(strings.TrimSpace(n.Value.Value))
		if typ == nil {
			return t.fail("SF0210", n.Value, "", "%q is no number of up to 38 digits", n.Value.Value)
		}
		return t.typedLiteral(n.Value, typ, t.pos(n))
	}
	return t.unsupported(n)
}

func (t *typer) unsupported(n ast.Expr) *model.Expr {
	what, hint := "this is", ""
	switch n := n.(type) {
	case *ast.ScalarSubQuery, *ast.ArraySubQuery, *ast.ExistsSubQuery:
		what, hint = "subqueries are", "a view reads one source or view"
	case *ast.CountStarExpr:
		return t.fail("SF0208", n, "views change rows one by one; a sum over rows is the reader's", "COUNT(*) is an aggregate, which is not supported")
	case *ast.TupleStructLiteral:
		what, hint = "(a, b) is", "write STRUCT(a, b)"
	case *ast.ArrayLiteral:
		what = "arrays written out are"
	case *ast.JSONLiteral:
		what = "JSON is"
	case *ast.Param:
		what = "parameters are"
	case *ast.WithExpr:
		what = "WITH is"
	}
	return t.fail("SF0203", n, hint, "%s not supported", what)
}

// intLiteral is BIGINT, or a DECIMAL where that is too small.
func (t *typer) intLiteral(n *ast.IntLiteral) *model.Expr {
	text, base := strings.TrimPrefix(n.Value, "+"), 10
	if n.Base == 16 {
		base = 0
	}
	lit := &model.Literal{Type: int64Type}
	var err error
	if lit.Int, err = strconv.ParseInt(text, base, 64); err == nil {
		text = strconv.FormatInt(lit.Int, 10)
	} else {
		lit.Int, lit.Type = 0, decimalOf(text)
		if lit.Type == nil {
			return t.fail("SF0210", n, "", "%s is out of range: the largest numbers have 38 digits", n.Value)
		}
		if lit.Str, err = decimalText(text, lit.Type, false); err != nil {
			return t.fail("SF0210", n, "", "%v", err)
		}
	}
	e := t.literal(lit, t.pos(n))
	t.numbers[e] = text
	return e
}

func (t *typer) floatLiteral(n *ast.FloatLiteral) *model.Expr {
	text := strings.TrimPrefix(n.Value, "+")
	lit, err := Literal(text, float64Type)
	if err != nil {
		return t.fail("SF0210", n, "", "%v", err)
	}
	e := t.literal(lit, t.pos(n))
	t.numbers[e] = text
	return e
}

func (t *typer) textLiteral(n *ast.StringLiteral) *model.Expr {
	if !utf8.ValidString(n.Value) {
		return t.fail("SF0210", n, "write b'…' for BYTES", "the text is not UTF-8")
	}
	if t.text.SQL[n.ValuePos] == '"' && t.columnOf(n.Value) >= 0 {
		t.diags.Add(diag.Diagnostic{ID: "SF0220", Severity: diag.Warning, Pos: t.pos(n), Message: "double quotes make a text, and it is the name of a column",
			Hint: "the column is written `" + n.Value + "`, a text '" + n.Value + "'"})
	}
	return t.literal(&model.Literal{Type: stringType, Str: n.Value}, t.pos(n))
}

func (t *typer) typedLiteral(n *ast.StringLiteral, typ *model.Type, pos diag.Pos) *model.Expr {
	lit, err := Literal(n.Value, typ)
	if err != nil {
		return t.fail("SF0210", n, "", "%v", err)
	}
	return t.literal(lit, pos)
}

// isConstant reports whether e is written as a text or number that can take another type.
func (t *typer) isConstant(e *model.Expr) bool {
	return e.Op == model.OpLiteral && !e.Lit.Null && (e.Type.Kind == model.String || t.numbers[e] != "")
}

// adapt reads the constant e as a value of typ. ok is false where a number does not fit and may have a type of its own;
// a text that is no typ is an error.
func (t *typer) adapt(e *model.Expr, typ *model.Type) (out *model.Expr, ok bool) {
	if EqualTypes(e.Type, typ) {
		return e, true
	}
	number := t.numbers[e]
	if typ.Kind == model.Enum || number != "" && !isNumber(typ) {
		return e, false
	}
	text := number
	if text == "" {
		text = e.Lit.Str
	}
	lit, err := Literal(text, typ)
	if err == nil {
		return t.literal(lit, e.Pos), true
	}
	if number != "" {
		return e, false
	}
	return t.failAt("SF0210", e.Pos, "", "this text is read as %s: %v", TypeName(typ), err), true
}

// constantType is the type of the number literal e next to other: a DECIMAL next to exact numbers, so that no digit is
// lost.
func (t *typer) constantType(e *model.Expr, other *model.Type) *model.Type {
	if e.Type.Kind == model.Float64 && other.Kind == model.Decimal || isInt(e.Type) && other.Kind == model.Decimal {
		if typ := decimalOf(t.numbers[e]); typ != nil {
			return typ
		}
	}
	return e.Type
}
