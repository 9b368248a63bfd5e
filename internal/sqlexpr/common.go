package sqlexpr

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// The scalar types without parameters.
var (
	boolType      = &model.Type{Kind: model.Bool}
	int64Type     = &model.Type{Kind: model.Int64}
	float64Type   = &model.Type{Kind: model.Float64}
	stringType    = &model.Type{Kind: model.String}
	bytesType     = &model.Type{Kind: model.Bytes}
	dateType      = &model.Type{Kind: model.Date}
	timestampType = &model.Type{Kind: model.Timestamp}
	nullType      = &model.Type{Kind: model.Null}
)

// EqualTypes reports whether a and b hold the same values and need no cast. Names and docs of types do not count, the
// names of fields do.
func EqualTypes(a, b *model.Type) bool {
	if a == b {
		return true
	}
	if a.Kind != b.Kind || a.Precision != b.Precision || a.Scale != b.Scale || !slices.Equal(a.Symbols, b.Symbols) {
		return false
	}
	switch a.Kind {
	case model.List, model.Map:
		return a.ElemNullable == b.ElemNullable && EqualTypes(a.Elem, b.Elem)
	case model.Struct:
		return slices.EqualFunc(a.Fields, b.Fields, func(f, g model.Field) bool {
			return f.Name == g.Name && nullableField(f) == nullableField(g) && EqualTypes(f.Type, g.Type)
		})
	}
	return true
}

// nullableField reports whether a field may be NULL once the record is read.
func nullableField(f model.Field) bool {
	return f.Nullable || f.Optional && f.Default == nil
}

// Orderable reports whether t has an order, as a sequence needs: all but maps and what holds them.
func Orderable(t *model.Type) bool {
	switch t.Kind {
	case model.Map:
		return false
	case model.List:
		return Orderable(t.Elem)
	case model.Struct:
		return !slices.ContainsFunc(t.Fields, func(f model.Field) bool { return !Orderable(f.Type) })
	}
	return true
}

// Comparable reports whether values of t can be told apart, as a key needs.
func Comparable(t *model.Type) bool { return Orderable(t) }

// CommonType is the type that holds all values of a and b without loss, nil if there is none.
func CommonType(a, b *model.Type) *model.Type {
	switch {
	case EqualTypes(a, b):
		return a
	case a.Kind == model.Null:
		return b
	case b.Kind == model.Null:
		return a
	case isText(a) && isText(b):
		return stringType
	case a.Kind != b.Kind || a.Kind == model.Decimal:
		return commonNumber(a, b)
	case a.Kind == model.Struct:
		return commonStruct(a, b)
	case a.Kind == model.List || a.Kind == model.Map:
		elem := CommonType(a.Elem, b.Elem)
		if elem == nil {
			return nil
		}
		return &model.Type{Kind: a.Kind, Elem: elem, ElemNullable: a.ElemNullable || b.ElemNullable}
	}
	return nil
}

func isText(t *model.Type) bool {
	return t.Kind == model.String || t.Kind == model.Enum || t.Kind == model.UUID
}

func isInt(t *model.Type) bool   { return t.Kind == model.Int32 || t.Kind == model.Int64 }
func isFloat(t *model.Type) bool { return t.Kind == model.Float32 || t.Kind == model.Float64 }

func isNumber(t *model.Type) bool { return isInt(t) || isFloat(t) || t.Kind == model.Decimal }

func commonNumber(a, b *model.Type) *model.Type {
	switch {
	case isInt(a) && isInt(b):
		return int64Type
	case isFloat(a) && isFloat(b), isFloat(a) && b.Kind == model.Int32, isFloat(b) && a.Kind == model.Int32:
		return float64Type
	case isNumber(a) && isNumber(b) && !isFloat(a) && !isFloat(b):
		a, b = asDecimal(a), asDecimal(b)
		scale := max(a.Scale, b.Scale)
		if whole := max(a.Precision-a.Scale, b.Precision-b.Scale); whole+scale <= 38 {
			return &model.Type{Kind: model.Decimal, Precision: whole + scale, Scale: scale}
		}
	}
	return nil
}

// asDecimal is the DECIMAL that holds all of an integer type.
func asDecimal(t *model.Type) *model.Type {
	switch t.Kind {
	case model.Int32:
		return &model.Type{Kind: model.Decimal, Precision: 10}
	case model.Int64:
		return &model.Type{Kind: model.Decimal, Precision: 19}
	}
	return t
}

// commonStruct has a's fields and then those that only b has. What one side lacks is nullable.
func commonStruct(a, b *model.Type) *model.Type {
	t := &model.Type{Kind: model.Struct}
	if a.Name == b.Name {
		t.Name, t.Doc = a.Name, a.Doc
	}
	for _, f := range a.Fields {
		out := model.Field{Name: f.Name, Type: f.Type, Nullable: true, Doc: f.Doc, Pos: f.Pos}
		if i := fieldOf(b, f.Name); i >= 0 {
			g := b.Fields[i]
			out.Nullable = nullableField(f) || nullableField(g)
			if out.Type = CommonType(f.Type, g.Type); out.Type == nil {
				return nil
			}
		}
		t.Fields = append(t.Fields, out)
	}
	for _, g := range b.Fields {
		if fieldOf(a, g.Name) < 0 {
			t.Fields = append(t.Fields, model.Field{Name: g.Name, Type: g.Type, Nullable: true, Doc: g.Doc, Pos: g.Pos})
		}
	}
	return t
}

// fieldOf finds a field as SQL does: as it is written, or the only one that differs by case. -1 is none, -2 is several.
func fieldOf(t *model.Type, name string) int {
	return find(len(t.Fields), name, func(i int) string { return t.Fields[i].Name })
}

func find(n int, name string, nameOf func(i int) string) int {
	found := -1
	for i := range n {
		switch {
		case nameOf(i) == name:
			return i
		case !strings.EqualFold(nameOf(i), name):
		case found == -1:
			found = i
		default:
			found = -2
		}
	}
	return found
}

// comparedType is CommonType, or DOUBLE where a number meets a floating-point number: what operators compute in.
func comparedType(a, b *model.Type) *model.Type {
	if t := CommonType(a, b); t != nil {
		return t
	}
	if isNumber(a) && isNumber(b) && (isFloat(a) || isFloat(b)) {
		return float64Type
	}
	return nil
}

// CastTo wraps e in a lossless implicit cast unless it has that type already. A struct is taken apart and built anew.
func CastTo(e *model.Expr, to *model.Type) *model.Expr {
	switch {
	case EqualTypes(e.Type, to):
		return e
	case e.Op == model.OpLiteral && e.Lit.Null, e.Type.Kind == model.Null:
		return nullOf(to, e.Pos)
	case e.Type.Kind == model.Struct && to.Kind == model.Struct:
		return castStruct(e, to)
	case e.Op == model.OpLiteral && isExact(e.Lit) && isNumber(to):
		if lit, err := Literal(literalText(e.Lit), to); err == nil {
			return finish(&model.Expr{Op: model.OpLiteral, Type: to, Lit: lit, Pos: e.Pos})
		}
	}
	return finish(&model.Expr{Op: model.OpCast, Func: "cast", Type: to, Args: []*model.Expr{e}, Pos: e.Pos})
}

// isExact reports whether lit is a number that its text is exactly; a FLOAT's is shorter than its value.
func isExact(lit *model.Literal) bool {
	return !lit.Null && isNumber(lit.Type) && lit.Type.Kind != model.Float32 && plainFloat(lit.Float)
}

func castStruct(e *model.Expr, to *model.Type) *model.Expr {
	built := &model.Expr{Op: model.OpStruct, Type: to, Pos: e.Pos}
	for _, f := range to.Fields {
		arg := nullOf(f.Type, e.Pos)
		switch i := fieldOf(e.Type, f.Name); {
		case i >= 0 && e.Op == model.OpStruct:
			arg = CastTo(e.Args[i], f.Type)
		case i >= 0:
			from := e.Type.Fields[i]
			arg = CastTo(finish(&model.Expr{Op: model.OpField, Type: from.Type, Name: from.Name, Args: []*model.Expr{e}, Pos: e.Pos}), f.Type)
		}
		built.Args = append(built.Args, arg)
	}
	finish(built)
	if !e.Nullable {
		return built
	}
	isNull := finish(&model.Expr{Op: model.OpIsNull, Type: boolType, Args: []*model.Expr{e}, Pos: e.Pos})
	return finish(&model.Expr{Op: model.OpCase, Type: to, Args: []*model.Expr{isNull, nullOf(to, e.Pos), built}, Pos: e.Pos})
}

func nullOf(t *model.Type, pos diag.Pos) *model.Expr {
	return finish(&model.Expr{Op: model.OpLiteral, Type: t, Lit: &model.Literal{Type: t, Null: true}, Pos: pos})
}
