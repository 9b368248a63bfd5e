package gogen

import (
	"strings"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/model"
)

// goCall is how Go calls a function of SQL.
type goCall struct {
	fn   string // of sqlfn
	op   string // or a Go operator, between or before the arguments
	prec int    // of op
	as   string // or the argument itself, as this Go type
	len  bool   // or the argument's length

	fails  bool                           // fn gives an error too
	maybe  bool                           // fn gives false for NULL too
	day    bool                           // the argument, a timestamp, is cut to its day
	fold   bool                           // fn takes two arguments, this call any number
	by     bool                           // fn takes how to compare, too
	decide bool                           // fn takes the result's precision and scale, too
	more   func(e *model.Expr) []jen.Code // further arguments of fn, before those
}

// calls is the table by name and argument kinds, in the words of signature.
var calls = map[string]goCall{
	"neg(Int64)": {fn: "NegInt64", fails: true}, "neg(Float64)": {op: "-", prec: precUnary}, "neg(Decimal)": {fn: "NegDecimal"},
	"add(Int64,Int64)": {fn: "AddInt64", fails: true}, "add(Float64,Float64)": {op: "+", prec: precAdd}, "add(Decimal,Decimal)": {fn: "AddDecimal", decide: true, fails: true},
	"sub(Int64,Int64)": {fn: "SubInt64", fails: true}, "sub(Float64,Float64)": {op: "-", prec: precAdd}, "sub(Decimal,Decimal)": {fn: "SubDecimal", decide: true, fails: true},
	"mul(Int64,Int64)": {fn: "MulInt64", fails: true}, "mul(Float64,Float64)": {op: "*", prec: precMul}, "mul(Decimal,Decimal)": {fn: "MulDecimal", decide: true, fails: true},
	"div(Float64,Float64)": {fn: "Div", fails: true},
	"like(String,String)":  {fn: "Like"},

	"abs(Int64)": {fn: "AbsInt64", fails: true}, "abs(Float64)": {fn: "AbsFloat64"}, "abs(Decimal)": {fn: "AbsDecimal"},
	"sign(Int64)": {fn: "SignInt64"}, "sign(Float64)": {fn: "SignFloat64"}, "sign(Decimal)": {fn: "SignDecimal"},
	"mod(Int64,Int64)": {fn: "ModInt64", fails: true}, "mod(Decimal,Decimal)": {fn: "ModDecimal", fails: true},
	"idiv(Int64,Int64)": {fn: "Idiv", fails: true},
	"round(Int64)":      {as: "int64"}, "round(Float64)": {fn: "RoundFloat64", more: zero}, "round(Decimal)": {fn: "RoundDecimal", more: zero, decide: true, fails: true},
	"round(Int64,Int64)": {fn: "RoundInt64", fails: true}, "round(Float64,Int64)": {fn: "RoundFloat64"}, "round(Decimal,Int64)": {fn: "RoundDecimal", decide: true, fails: true},
	"trunc(Int64)": {as: "int64"}, "trunc(Float64)": {fn: "TruncFloat64", more: zero}, "trunc(Decimal)": {fn: "TruncDecimal", more: zero},
	"trunc(Int64,Int64)": {fn: "TruncInt64"}, "trunc(Float64,Int64)": {fn: "TruncFloat64"}, "trunc(Decimal,Int64)": {fn: "TruncDecimal"},
	"ceil(Int64)": {as: "int64"}, "ceil(Float64)": {fn: "CeilFloat64"}, "ceil(Decimal)": {fn: "CeilDecimal", decide: true, fails: true},
	"floor(Int64)": {as: "int64"}, "floor(Float64)": {fn: "FloorFloat64"}, "floor(Decimal)": {fn: "FloorDecimal", decide: true, fails: true},
	"sqrt(Float64)": {fn: "Sqrt", fails: true}, "power(Float64,Float64)": {fn: "Power", fails: true}, "exp(Float64)": {fn: "Exp"},
	"ln(Float64)": {fn: "Ln", fails: true}, "log10(Float64)": {fn: "Log10", fails: true},
	"is_nan(Float64)": {fn: "IsNaN"}, "is_inf(Float64)": {fn: "IsInf"}, "safe_divide(Float64,Float64)": {fn: "SafeDivide", maybe: true},
	"safe_add(Int64,Int64)": {fn: "SafeAddInt64", maybe: true}, "safe_add(Float64,Float64)": {op: "+", prec: precAdd},
	"safe_subtract(Int64,Int64)": {fn: "SafeSubInt64", maybe: true}, "safe_subtract(Float64,Float64)": {op: "-", prec: precAdd},
	"safe_multiply(Int64,Int64)": {fn: "SafeMulInt64", maybe: true}, "safe_multiply(Float64,Float64)": {op: "*", prec: precMul},

	"length(String)": {fn: "Length"}, "length(Bytes)": {len: true}, "byte_length(String)": {len: true}, "byte_length(Bytes)": {len: true},
	"lower(String)": {fn: "Lower"}, "upper(String)": {fn: "Upper"}, "trim(String)": {fn: "Trim"}, "trim(String,String)": {fn: "TrimChars"},
	"ltrim(String)": {fn: "TrimLeft"}, "ltrim(String,String)": {fn: "TrimLeftChars"}, "rtrim(String)": {fn: "TrimRight"}, "rtrim(String,String)": {fn: "TrimRightChars"},
	"substr(String,Int64)": {fn: "SubstrFrom"}, "substr(String,Int64,Int64)": {fn: "Substr", fails: true},
	"replace(String,String,String)": {fn: "Replace"}, "starts_with(String,String)": {fn: "StartsWith"}, "ends_with(String,String)": {fn: "EndsWith"},
	"strpos(String,String)": {fn: "Strpos"}, "left(String,Int64)": {fn: "Left", fails: true}, "right(String,Int64)": {fn: "Right", fails: true},
	"lpad(String,Int64)": {fn: "Lpad", more: space, fails: true}, "lpad(String,Int64,String)": {fn: "Lpad", fails: true},
	"rpad(String,Int64)": {fn: "Rpad", more: space, fails: true}, "rpad(String,Int64,String)": {fn: "Rpad", fails: true},
	"repeat(String,Int64)": {fn: "Repeat", fails: true}, "reverse(String)": {fn: "Reverse"},

	"date(Timestamp)": {fn: "DateOf"}, "extract_date(Timestamp)": {fn: "DateOf"}, "timestamp(Date)": {fn: "Midnight"},
	"extract_hour(Timestamp)": {fn: "ExtractHour"}, "extract_minute(Timestamp)": {fn: "ExtractMinute"}, "extract_second(Timestamp)": {fn: "ExtractSecond"},
	"extract_millisecond(Timestamp)": {fn: "ExtractMillisecond"}, "extract_microsecond(Timestamp)": {fn: "ExtractMicrosecond"},
	"date_add(Date,Int64)": {fn: "DateAdd", more: part, fails: true}, "date_sub(Date,Int64)": {fn: "DateSub", more: part, fails: true},
	"date_diff(Date,Date)": {fn: "DateDiff", more: part}, "date_trunc(Date)": {fn: "DateTrunc", more: part, fails: true},
	"timestamp_add(Timestamp,Int64)": {fn: "TimestampAdd", more: part, fails: true}, "timestamp_sub(Timestamp,Int64)": {fn: "TimestampSub", more: part, fails: true},
	"timestamp_diff(Timestamp,Timestamp)": {fn: "TimestampDiff", more: part}, "timestamp_trunc(Timestamp)": {fn: "TimestampTrunc", more: part, fails: true},
	"unix_seconds(Timestamp)": {fn: "Unix", more: unit("Second")}, "unix_millis(Timestamp)": {fn: "Unix", more: unit("Millisecond")}, "unix_micros(Timestamp)": {as: "int64"},
	"timestamp_seconds(Int64)": {fn: "TimestampOf", more: unit("Second"), fails: true}, "timestamp_millis(Int64)": {fn: "TimestampOf", more: unit("Millisecond"), fails: true},
	"timestamp_micros(Int64)": {fn: "TimestampOf", more: unit("Microsecond"), fails: true},
	"unix_date(Date)":         {as: "int64"}, "date_from_unix_date(Int64)": {fn: "DateFromUnix", fails: true},

	"array_length(List)": {len: true},
}

func init() {
	for name, fn := range map[string]string{"year": "Year", "quarter": "Quarter", "month": "Month", "isoweek": "ISOWeek", "day": "Day", "dayofweek": "DayOfWeek", "dayofyear": "DayOfYear"} {
		calls["extract_"+name+"(Date)"] = goCall{fn: "Extract" + fn}
		calls["extract_"+name+"(Timestamp)"] = goCall{fn: "Extract" + fn, day: true}
	}
}

func zero(*model.Expr) []jen.Code  { return []jen.Code{jen.Lit(0)} }
func space(*model.Expr) []jen.Code { return []jen.Code{lit(" ")} }

// parts name the constants of sqlfn.
var parts = map[string]string{"MICROSECOND": "Microsecond", "MILLISECOND": "Millisecond", "SECOND": "Second", "MINUTE": "Minute", "HOUR": "Hour",
	"DAY": "Day", "WEEK": "Week", "ISOWEEK": "ISOWeek", "MONTH": "Month", "QUARTER": "Quarter", "YEAR": "Year"}

func part(e *model.Expr) []jen.Code {
	name, ok := parts[e.Name]
	if !ok {
		panic(badValue("date part " + e.Name))
	}
	return unit(name)(e)
}

func unit(name string) func(*model.Expr) []jen.Code {
	return func(*model.Expr) []jen.Code { return []jen.Code{jen.Qual(sqlfnPkg, name)} }
}

func signature(e *model.Expr) string {
	kinds := make([]string, len(e.Args))
	for i, a := range e.Args {
		kinds[i] = kindNames[a.Type.Kind]
	}
	return e.Func + "(" + strings.Join(kinds, ",") + ")"
}

// lookup finds how to call e's function.
func lookup(e *model.Expr) goCall {
	kind := e.Args[0].Type.Kind
	switch e.Func {
	case "concat":
		if kind == model.Bytes {
			return goCall{fn: "ConcatBytes", fold: true}
		}
		return goCall{op: "+", prec: precAdd}
	case "least", "greatest":
		fn := strings.ToUpper(e.Func[:1]) + e.Func[1:]
		switch kind {
		case model.Bool, model.Decimal, model.Bytes, model.UUID:
			return goCall{fn: fn + "By", fold: true, by: true}
		}
		return goCall{fn: fn, fold: true}
	}
	c, ok := calls[signature(e)]
	if !ok {
		panic(badValue("the function " + signature(e)))
	}
	return c
}

// call gives a function of its arguments; NULL where one is.
func (x *exprWriter) call(e *model.Expr) term {
	c := lookup(e)
	var valid *code
	args := make([]*code, len(e.Args))
	for i, a := range e.Args {
		v := x.value(a)
		args[i], valid = v.code, both(valid, v.valid)
		switch {
		case c.op != "" && v.constant && e.Type.Kind == model.Float64:
			args[i] = x.variable(v).code // the compiler's arithmetic is exact, ours is not
		case c.op == "" && !c.fold && c.as == "":
			args[i] = x.untyped(a, v)
		}
	}
	switch {
	case c.len:
		return term{code: prime(jen.Int64().Call(jen.Len(args[0].in(precNone)))), valid: valid}
	case c.as != "":
		if e.Args[0].Type.Kind == model.Int64 {
			return term{code: args[0], valid: valid}
		}
		return term{code: converted(jen.Id(c.as), args[0]), valid: valid}
	case c.op != "" && len(args) == 1:
		return term{code: &code{s: jen.Op(c.op).Add(args[0].in(precPrimary)), prec: precUnary}, valid: valid}
	case c.op != "":
		return term{code: chain(c, args), valid: valid}
	case c.fold:
		return term{code: folded(c, e.Args[0].Type.Kind, args), valid: valid}
	}
	return x.invoke(e, c, args, valid)
}

func chain(c goCall, args []*code) *code {
	all := args[0]
	for _, a := range args[1:] {
		all = binary(c.op, c.prec, all, a)
	}
	return all
}

func folded(c goCall, kind model.Kind, args []*code) *code {
	all := args[0]
	for _, a := range args[1:] {
		list := []jen.Code{all.in(precNone), a.in(precNone)}
		if c.by {
			list = append(list, jen.Qual(sqlfnPkg, "Compare"+kindNames[kind]))
		}
		all = prime(jen.Qual(sqlfnPkg, c.fn).Call(list...))
	}
	return all
}

// invoke calls a function of sqlfn.
func (x *exprWriter) invoke(e *model.Expr, c goCall, args []*code, valid *code) term {
	var list []jen.Code
	for _, a := range args {
		if c.day {
			a = prime(jen.Qual(sqlfnPkg, "DateOf").Call(a.in(precNone)))
		}
		list = append(list, a.in(precNone))
	}
	if c.more != nil {
		list = append(list, c.more(e)...)
	}
	if c.decide {
		list = append(list, number(e.Type.Precision), number(e.Type.Scale))
	}
	call := jen.Qual(sqlfnPkg, c.fn).Call(list...)
	switch {
	case c.maybe:
		return x.invokeMaybe(e, call, valid)
	case !c.fails:
		return term{code: prime(call), valid: valid}
	case valid == nil:
		name := x.local()
		x.out(name.Clone().Op(",").Err().Op(":=").Add(call))
		x.out(x.check()...)
		return term{code: prime(name), atom: true}
	}
	name, v := x.optional(x.goType(e.Type))
	body := []jen.Code{
		jen.Var().Err().Error(),
		jen.If(dot(name, "V").Op(",").Err().Op("=").Add(call), jen.Err().Op("!=").Nil()).Block(x.fail(jen.Err())...),
	}
	x.out(jen.If(dot(name, "Valid").Op("=").Add(valid.in(precNone)), dot(name, "Valid")).Block(body...))
	return v
}

// invokeMaybe calls a function that may find nothing.
func (x *exprWriter) invokeMaybe(e *model.Expr, call *jen.Statement, valid *code) term {
	name, v := x.optional(x.goType(e.Type))
	take := dot(name, "V").Op(",").Add(dot(name, "Valid")).Op("=").Add(call)
	if valid != nil {
		take = jen.If(valid.in(precNone)).Block(take)
	}
	x.out(take)
	return v
}
