package sqlexpr

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// signature is a parsed signature of the table of functions.
type signature struct {
	args     []string
	variadic bool // the last of args, once or more
	result   string
	fails    bool
	null     bool
}

// signatures are those of every function by its name.
var signatures = func() map[string][]signature {
	all := map[string][]signature{}
	for _, f := range functions {
		for _, s := range f.signatures {
			all[f.name] = append(all[f.name], parseSignature(s))
		}
	}
	return all
}()

func parseSignature(s string) signature {
	args, result, _ := strings.Cut(s, " -> ")
	args, variadic := strings.CutSuffix(args, "...")
	out := signature{args: strings.Split(args, ", "), variadic: variadic}
	out.result, out.fails = strings.CutSuffix(result, " !")
	out.result, out.null = strings.CutSuffix(out.result, " ?")
	return out
}

// takes reports whether n arguments are as many as s has.
func (s *signature) takes(n int) bool {
	return n == len(s.args) || s.variadic && n > len(s.args)
}

func (s *signature) arg(i int) string { return s.args[min(i, len(s.args)-1)] }

var parameterTypes = map[string]*model.Type{
	"BOOL": boolType, "INT": int64Type, "DOUBLE": float64Type, "STRING": stringType, "BYTES": bytesType,
	"DATE": dateType, "TIMESTAMP": timestampType,
}

// sqlOrdered are the types that < compares.
func sqlOrdered(t *model.Type) bool {
	switch t.Kind {
	case model.Bytes, model.List, model.Map, model.Struct:
		return false
	}
	return true
}

// unfit is a cost that no argument has.
const unfit = 1000

// cost says how far e is from a parameter: the signature with the least sum is taken, the first of equals.
func cost(e *model.Expr, parameter string, constant bool) int {
	kind := e.Type.Kind
	if kind == model.Null {
		return 0
	}
	switch parameter {
	case "ORDERED":
		if sqlOrdered(e.Type) {
			return 0
		}
	case "ARRAY":
		if kind == model.List {
			return 0
		}
	case "DECIMAL":
		switch {
		case kind == model.Decimal:
			return 0
		case constant && kind == model.Float64:
			return 2
		case isInt(e.Type):
			return 3
		}
	case "STRING":
		if isText(e.Type) {
			return min(1, int(kind-model.String))
		}
	default:
		return scalarCost(e, parameterTypes[parameter].Kind, constant)
	}
	return unfit
}

func scalarCost(e *model.Expr, to model.Kind, constant bool) int {
	from := e.Type.Kind
	text := from == model.String && constant
	switch {
	case from == to:
		return 0
	case to == model.Int64 && from == model.Int32, to == model.Float64 && from == model.Float32:
		return 1
	case to == model.Date && text:
		return 2
	case to == model.Timestamp && text:
		return 3
	case to == model.Float64 && isInt(e.Type):
		return 4
	case to == model.Float64 && from == model.Decimal:
		return 5
	}
	return unfit
}

// choose finds the signature that fits args best, nil if none does. Constants, by constant, can take other types.
func choose(name string, args []*model.Expr, constant func(*model.Expr) bool) *signature {
	var best *signature
	least := unfit
	exact := slices.ContainsFunc(args, func(a *model.Expr) bool { return a.Type.Kind == model.Decimal })
	for i := range signatures[name] {
		s := &signatures[name][i]
		if !s.takes(len(args)) || s.args[0] == "DECIMAL" && !exact {
			continue // numbers become DECIMAL next to one only
		}
		sum := 0
		for j, a := range args {
			sum += cost(a, s.arg(j), constant(a))
		}
		if sum < least {
			best, least = s, sum
		}
	}
	return best
}

// signatureOf is the signature that the call e was made by. Its arguments have the types of one, so it is the cheapest.
func signatureOf(e *model.Expr) *signature {
	return choose(e.Func, e.Args, func(*model.Expr) bool { return false })
}

// resultType is the type of a call by s of args that have the types of s.
func (s *signature) resultType(args []*model.Expr) *model.Type {
	t := args[0].Type
	switch s.result {
	case "same":
		return t
	case "sum":
		u := args[1].Type
		scale := max(t.Scale, u.Scale)
		return decimalResult(max(t.Precision-t.Scale, u.Precision-u.Scale)+scale+1, scale)
	case "product":
		return decimalResult(t.Precision+args[1].Type.Precision+1, t.Scale+args[1].Type.Scale)
	case "rounded":
		return &model.Type{Kind: model.Decimal, Precision: min(38, t.Precision+1), Scale: t.Scale}
	}
	return parameterTypes[s.result]
}

// decimalResult is Spark's rule for results of more than 38 digits: of the digits after the point up to six are kept,
// more where the digits before it leave room.
func decimalResult(precision, scale int) *model.Type {
	if precision > 38 {
		scale = max(38-(precision-scale), min(scale, 6))
		precision = 38
	}
	return &model.Type{Kind: model.Decimal, Precision: precision, Scale: scale}
}
