package sqlexpr

import "github.com/seamflow/seamflow/internal/model"

// castKind says what CAST from one type to another can do.
type castKind uint8

const (
	castNever castKind = iota
	castFails          // some values cannot be cast
	castAlways
)

// castOf is the table of docs/reference/sql.md.
func castOf(from, to *model.Type) castKind {
	switch {
	case EqualTypes(from, to), from.Kind == model.Null:
		return castAlways
	case from.Kind == model.List || from.Kind == model.Map:
		if from.Kind != to.Kind || from.ElemNullable && !to.ElemNullable {
			return castNever
		}
		return castOf(from.Elem, to.Elem)
	case from.Kind == model.Struct:
		return castStructs(from, to)
	case to.Kind == model.String:
		if from.Kind == model.Bytes {
			return castFails
		}
		return castAlways
	case from.Kind == model.String:
		return castText(to)
	case isNumber(from) && isNumber(to):
		return castNumber(from, to)
	}
	return castOther(from, to)
}

func castText(to *model.Type) castKind {
	switch to.Kind {
	case model.Bytes:
		return castAlways
	case model.List, model.Map, model.Struct:
		return castNever
	}
	return castFails
}

func castOther(from, to *model.Type) castKind {
	switch {
	case from.Kind == model.Bool && isInt(to), isInt(from) && to.Kind == model.Bool,
		from.Kind == model.Date && to.Kind == model.Timestamp, from.Kind == model.Timestamp && to.Kind == model.Date:
		return castAlways
	case from.Kind == model.Enum && to.Kind == model.Enum:
		return castFails
	}
	return castNever
}

func castNumber(from, to *model.Type) castKind {
	sure := false
	switch {
	case to.Kind == model.Float64, to.Kind == model.Float32 && from.Kind != model.Float64:
		// A DECIMAL of 38 digits is below the greatest FLOAT.
		sure = true
	case isInt(to):
		sure = from.Kind == model.Int32
	case isFloat(from):
	default:
		whole := asDecimal(from).Precision - asDecimal(from).Scale
		if asDecimal(from).Scale > to.Scale {
			whole++
		}
		sure = whole <= to.Precision-to.Scale
	}
	if sure {
		return castAlways
	}
	return castFails
}

// castStructs takes structs field by field; what only the new type has is NULL.
func castStructs(from, to *model.Type) castKind {
	if to.Kind != model.Struct {
		return castNever
	}
	kind, matched := castAlways, 0
	for _, f := range to.Fields {
		i := fieldOf(from, f.Name)
		switch {
		case i >= 0:
			matched++
			if nullableField(from.Fields[i]) && !nullableField(f) {
				return castNever
			}
			kind = min(kind, castOf(from.Fields[i].Type, f.Type))
		case !nullableField(f):
			return castNever
		}
	}
	if matched < len(from.Fields) {
		return castNever
	}
	return kind
}
