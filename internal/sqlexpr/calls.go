package sqlexpr

import (
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// bySQL finds a function by any of the names that users write.
var bySQL = func() map[string]*function {
	all := map[string]*function{}
	for i := range functions {
		if f := &functions[i]; f.sql != "" {
			all[f.sql] = f
			for _, name := range f.also {
				all[name] = f
			}
		}
	}
	return all
}()

// lowered functions are written out in other operations.
var loweredFunctions = []string{"COALESCE", "IFNULL", "NULLIF"}

const (
	notAnEvent = "a table is a function of its events; take a time from the event, or _file_modification_time"
	aggregate  = "views change rows one by one; a sum over rows is the reader's"
)

// unsteady are functions that give another result every time.
var unsteady = map[string]string{
	"CURRENT_DATE": notAnEvent, "CURRENT_TIMESTAMP": notAnEvent, "CURRENT_DATETIME": notAnEvent, "CURRENT_TIME": notAnEvent, "NOW": notAnEvent, "LOCALTIMESTAMP": notAnEvent,
	"RAND": "a table is a function of its events", "RANDOM": "a table is a function of its events", "RANDN": "a table is a function of its events",
	"UUID": "a table is a function of its events", "GENERATE_UUID": "a table is a function of its events",
	"SESSION_USER": "a table is a function of its events", "CURRENT_USER": "a table is a function of its events",
	"MONOTONICALLY_INCREASING_ID": "a table is a function of its events",
}

// aggregates are functions over several rows.
var aggregates = map[string]string{
	"COUNT": aggregate, "SUM": aggregate, "AVG": aggregate, "MIN": "of several values in one row take LEAST", "MAX": "of several values in one row take GREATEST",
	"ARRAY_AGG": aggregate, "STRING_AGG": aggregate, "COLLECT_LIST": aggregate, "COLLECT_SET": aggregate, "ANY_VALUE": aggregate, "COUNTIF": aggregate, "COUNT_IF": aggregate,
	"FIRST": aggregate, "LAST": aggregate, "FIRST_VALUE": aggregate, "LAST_VALUE": aggregate, "STDDEV": aggregate, "VARIANCE": aggregate, "MEDIAN": aggregate,
	"APPROX_COUNT_DISTINCT": aggregate, "ROW_NUMBER": aggregate, "RANK": aggregate, "LAG": aggregate, "LEAD": aggregate,
}

// noPattern stands for regular expressions: package regexp allocates for every record.
const noPattern = "s LIKE '…', STARTS_WITH, ENDS_WITH or STRPOS"

// elsewhere are functions of other engines, with what does the same here.
var elsewhere = map[string]string{
	"NVL": "COALESCE(a, b)", "IIF": "IF(condition, a, b)", "DECODE": "CASE x WHEN …", "LEN": "LENGTH(s)", "INSTR": "STRPOS(s, t)", "LOCATE": "STRPOS(s, t)", "POSITION": "STRPOS(s, t)",
	"TO_DATE": "CAST(s AS DATE)", "TO_TIMESTAMP": "CAST(s AS TIMESTAMP)", "PARSE_DATE": "CAST(s AS DATE)", "PARSE_TIMESTAMP": "CAST(s AS TIMESTAMP)", "TRY_TO_TIMESTAMP": "SAFE_CAST(s AS TIMESTAMP)",
	"CONCAT_WS": "a || ', ' || b", "REGEXP_LIKE": noPattern, "REGEXP_CONTAINS": noPattern, "REGEXP_EXTRACT": noPattern, "REGEXP_SUBSTR": noPattern, "SIZE": "ARRAY_LENGTH(a)", "CARDINALITY": "ARRAY_LENGTH(a)", "TRY_DIVIDE": "SAFE_DIVIDE(x, y)", "TRY_ADD": "SAFE_ADD(x, y)",
	"ISNULL": "x IS NULL", "ISNOTNULL": "x IS NOT NULL", "YEAR": "EXTRACT(YEAR FROM x)", "MONTH": "EXTRACT(MONTH FROM x)", "DAY": "EXTRACT(DAY FROM x)", "HOUR": "EXTRACT(HOUR FROM x)",
	"DATEDIFF": "DATE_DIFF(a, b, DAY)", "FROM_UNIXTIME": "TIMESTAMP_SECONDS(n)", "UNIX_TIMESTAMP": "UNIX_SECONDS(t)", "UCASE": "UPPER(s)", "LCASE": "LOWER(s)", "LOG": "LN(x)", "TRUNCATE": "TRUNC(x)",
	"STARTSWITH": "STARTS_WITH(s, t)", "ENDSWITH": "ENDS_WITH(s, t)", "SIGNUM": "SIGN(x)", "ISNAN": "IS_NAN(x)", "NAMED_STRUCT": "STRUCT(x AS name)", "REGEXP_REPLACE": "REPLACE(s, from, to)", "RLIKE": noPattern,
	"ADD_MONTHS": "DATE_ADD(d, INTERVAL n MONTH)", "LAST_DAY": "DATE_SUB(DATE_ADD(DATE_TRUNC(d, MONTH), INTERVAL 1 MONTH), INTERVAL 1 DAY)",
}

func (t *typer) call(n *ast.CallExpr) *model.Expr {
	id := n.Func.Idents[0]
	name := strings.ToUpper(id.Name)
	if original, ok := t.text.names[int(id.Pos())]; ok {
		name = original
	}
	if len(n.Func.Idents) > 1 {
		return t.fail("SF0207", n, "there are SAFE_CAST, SAFE_DIVIDE, SAFE_ADD, SAFE_SUBTRACT and SAFE_MULTIPLY", "functions have no dots in their names")
	}
	if n.Distinct || len(n.NamedArgs) > 0 || n.NullHandling != nil || n.Having != nil || n.OrderBy != nil || n.Limit != nil || n.Hint != nil {
		return t.fail("SF0203", n, "", "options of aggregate functions and named arguments are not supported")
	}
	args := make([]ast.Expr, len(n.Args))
	for i, a := range n.Args {
		arg, ok := a.(*ast.ExprArg)
		if !ok {
			return t.fail("SF0203", a, "", "arguments of this form are not supported")
		}
		args[i] = arg.Expr
	}
	switch {
	case slices.Contains(loweredFunctions, name):
		return t.lower(name, n, args)
	case bySQL[name] != nil:
		return t.known(bySQL[name], n, args)
	}
	return t.unknownFunction(name, n)
}

func (t *typer) unknownFunction(name string, n *ast.CallExpr) *model.Expr {
	if hint := unsteady[name]; hint != "" {
		return t.fail("SF0208", n, hint, "%s is not supported: it gives another result every time", name)
	}
	if hint := aggregates[name]; hint != "" {
		return t.fail("SF0208", n, hint, "%s is not supported: it looks at several rows", name)
	}
	hint := ""
	if same := elsewhere[name]; same != "" {
		hint = "write " + same
	} else {
		names := slices.Concat(loweredFunctions, []string{"IF", "CAST", "SAFE_CAST", "EXTRACT", "STRUCT"})
		for i := range functions {
			if f := &functions[i]; f.sql != "" {
				names = append(append(names, f.sql), f.also...)
			}
		}
		hint = didYouMean(name, names)
	}
	return t.fail("SF0207", n, hint, "there is no function %s", name)
}

// lower writes out COALESCE, IFNULL and NULLIF.
func (t *typer) lower(name string, n *ast.CallExpr, nodes []ast.Expr) *model.Expr {
	if name == "COALESCE" && len(nodes) == 0 || name != "COALESCE" && len(nodes) != 2 {
		return t.fail("SF0209", n, "", "%s takes %s", name, map[bool]string{true: "one argument or more", false: "two arguments"}[name == "COALESCE"])
	}
	args := make([]*model.Expr, len(nodes))
	for i, node := range nodes {
		args[i] = t.expr(node)
	}
	if slices.Contains(args, nil) {
		return nil
	}
	if name == "NULLIF" {
		same := t.compare("=", args[0], args[1], nodes[1])
		return t.branches(t.pos(n), []*model.Expr{same, nullOf(nullType, t.pos(n)), args[0]})
	}
	if len(args) == 1 {
		return args[0]
	}
	var whens []*model.Expr
	for _, a := range args[:len(args)-1] {
		whens = append(whens, t.not(true, t.op(model.OpIsNull, boolType, a.Pos, a)), a)
	}
	return t.branches(t.pos(n), append(whens, args[len(args)-1]))
}

// known is a call of a function of the table.
func (t *typer) known(f *function, n *ast.CallExpr, nodes []ast.Expr) *model.Expr {
	part := ""
	if f.parts != nil {
		var ok bool
		if part, nodes, ok = t.part(f, n, nodes); !ok {
			return nil
		}
	}
	args := make([]*model.Expr, len(nodes))
	for i, node := range nodes {
		args[i] = t.expr(node)
	}
	if slices.Contains(args, nil) {
		return nil
	}
	if len(args) == 0 {
		return t.fail("SF0209", n, usage(f), "%s takes arguments", f.sql)
	}
	e := t.callOf(f.name, t.pos(n), n, args...)
	if e != nil {
		e.Name = part
	}
	return e
}

// part takes the date part, the last argument, off nodes.
func (t *typer) part(f *function, n *ast.CallExpr, nodes []ast.Expr) (string, []ast.Expr, bool) {
	if len(nodes) == 0 {
		t.fail("SF0209", n, usage(f), "%s takes arguments", f.sql)
		return "", nil, false
	}
	last := nodes[len(nodes)-1]
	id, ok := last.(*ast.Ident)
	if !ok || takesInterval(f.sql) != t.text.intervals[int(id.Pos())] {
		t.fail("SF0209", last, usage(f), "%s ends in %s", f.sql, map[bool]string{true: "INTERVAL n and a part", false: "a part"}[takesInterval(f.sql)])
		return "", nil, false
	}
	part := strings.ToUpper(id.Name)
	if !slices.Contains(f.parts, part) {
		t.fail("SF0209", id, "there are "+strings.Join(f.parts, ", "), "%s has no part %s", f.sql, part)
		return "", nil, false
	}
	return part, nodes[:len(nodes)-1], true
}

// usage shows the arguments of a function.
func usage(f *function) string {
	if f.sql == "" {
		return ""
	}
	var forms []string
	for _, s := range signatures[f.name] {
		args := strings.ReplaceAll(strings.Join(s.args, ", "), "INT", "BIGINT")
		if s.variadic {
			args += ", …"
		}
		if takesInterval(f.sql) {
			args = strings.Replace(args, ", BIGINT", ", INTERVAL n "+f.parts[0], 1)
		} else if f.parts != nil {
			args += ", " + f.parts[0]
		}
		forms = append(forms, f.sql+"("+args+")")
	}
	return strings.Join(forms, " or ")
}

// callOf is the call of a function over typed arguments.
func (t *typer) callOf(name string, pos diag.Pos, n ast.Node, args ...*model.Expr) *model.Expr {
	s := choose(name, args, t.isConstant)
	if s == nil {
		return t.noSignature(name, n, args)
	}
	given := args
	if args = t.fit(s, args); args == nil {
		return nil
	}
	if s.args[0] == "DECIMAL" && args[0].Type.Kind != model.Decimal {
		return t.noSignature(name, n, given)
	}
	return t.make(&model.Expr{Op: model.OpCall, Func: name, Type: s.resultType(args), Args: args, Pos: pos})
}

var operatorNames = map[string]string{"neg": "-", "add": "+", "sub": "-", "mul": "*", "div": "/", "concat": "||", "like": "LIKE"}

func (t *typer) noSignature(name string, n ast.Node, args []*model.Expr) *model.Expr {
	types := make([]string, len(args))
	for i, a := range args {
		types[i] = TypeName(a.Type)
	}
	if _, call := n.(*ast.CallExpr); !call && operatorNames[name] != "" {
		hint := ""
		if name == "add" && slices.ContainsFunc(args, func(a *model.Expr) bool { return isText(a.Type) }) {
			hint = "texts are put together by ||"
		}
		return t.fail("SF0206", n, hint, "%s does not take %s", operatorNames[name], strings.Join(types, " and "))
	}
	i := slices.IndexFunc(functions, func(f function) bool { return f.name == name })
	shown := strings.ToUpper(name)
	if strings.HasPrefix(name, "extract_") {
		shown = "EXTRACT(" + strings.ToUpper(name[len("extract_"):]) + " FROM …)"
	}
	return t.fail("SF0209", n, usage(&functions[i]), "%s does not take %s", shown, strings.Join(types, ", "))
}

// fit casts args to the types of s.
func (t *typer) fit(s *signature, args []*model.Expr) []*model.Expr {
	if s.args[0] == "ORDERED" || s.args[0] == "DECIMAL" && s.result == "same" && len(s.args) == 2 && s.args[1] == "DECIMAL" {
		return t.typed(t.unify(args))
	}
	decimal := nullType
	for _, a := range args {
		if a.Type.Kind == model.Decimal {
			decimal = a.Type
		}
	}
	out := make([]*model.Expr, len(args))
	for i, a := range args {
		switch param := s.arg(i); param {
		case "DECIMAL":
			out[i] = t.toDecimal(a, decimal)
		case "ARRAY":
			out[i] = a
			if a.Type.Kind == model.Null {
				out[i] = nullOf(&model.Type{Kind: model.List, Elem: stringType, ElemNullable: true}, a.Pos)
			}
		default:
			out[i] = t.toScalar(a, parameterTypes[param])
		}
		if out[i] == nil {
			return nil
		}
	}
	return out
}

// toDecimal makes e, which stands next to a DECIMAL, one.
func (t *typer) toDecimal(e *model.Expr, other *model.Type) *model.Expr {
	typ := asDecimal(e.Type)
	if t.numbers[e] != "" {
		typ = t.constantType(e, other)
	}
	if typ.Kind != model.Decimal {
		typ = other
	}
	if t.numbers[e] != "" {
		out, ok := t.adapt(e, typ)
		if !ok {
			return t.failAt("SF0210", e.Pos, "write it without an exponent, or CAST the other to DOUBLE", "%s is no %s", t.numbers[e], TypeName(typ))
		}
		return out
	}
	return CastTo(e, typ)
}

func (t *typer) toScalar(e *model.Expr, typ *model.Type) *model.Expr {
	if t.isConstant(e) && e.Type.Kind == model.String && !isText(typ) {
		out, _ := t.adapt(e, typ)
		return out
	}
	return CastTo(e, typ)
}

func (t *typer) extract(n *ast.ExtractExpr) *model.Expr {
	if n.AtTimeZone != nil {
		return t.fail("SF0203", n.AtTimeZone, "times are in UTC; add the offset with TIMESTAMP_ADD", "AT TIME ZONE is not supported")
	}
	e := t.expr(n.Expr)
	name := "extract_" + strings.ToLower(n.Part.Name)
	if signatures[name] == nil {
		var parts []string
		for _, f := range functions {
			if part, ok := strings.CutPrefix(f.name, "extract_"); ok {
				parts = append(parts, strings.ToUpper(part))
			}
		}
		return t.fail("SF0209", n.Part, "there are "+strings.Join(parts, ", "), "EXTRACT has no part %s", strings.ToUpper(n.Part.Name))
	}
	if e == nil {
		return nil
	}
	return t.callOf(name, t.pos(n), n, e)
}

// cast is CAST and SAFE_CAST. A constant is cast here and now.
func (t *typer) cast(n *ast.CastExpr) *model.Expr {
	e := t.expr(n.Expr)
	typ := t.text.types[int(n.Type.Pos())]
	if e == nil {
		return nil
	}
	if typ == nil {
		return t.fail("SF0213", n.Type, "", "this is no type")
	}
	how := "cast"
	if n.Safe {
		how = "safe_cast"
	}
	kind := castOf(e.Type, typ)
	nested := typ.Kind == model.Struct || typ.Kind == model.List || typ.Kind == model.Map
	switch {
	case kind != castNever && e.Type.Kind == model.Enum && typ.Kind == model.Enum && !EqualTypes(e.Type, typ):
		e = CastTo(e, stringType)
	case kind == castNever, nested && kind == castFails:
		return t.fail("SF0214", n, "docs/reference/sql.md has the table of casts", "%s cannot be cast to %s", TypeName(e.Type), TypeName(typ))
	}
	if e.Op == model.OpLiteral && (e.Lit.Null || e.Type.Kind == model.String || e.Type.Kind == model.Int64 || e.Type.Kind == model.Float64 && plainFloat(e.Lit.Float) || t.numbers[e] != "") {
		return t.castConstant(n, e, typ)
	}
	if EqualTypes(e.Type, typ) {
		return e
	}
	if nested {
		return CastTo(e, typ)
	}
	return t.make(&model.Expr{Op: model.OpCast, Func: how, Type: typ, Args: []*model.Expr{e}, Pos: t.pos(n)})
}

func (t *typer) castConstant(n *ast.CastExpr, e *model.Expr, typ *model.Type) *model.Expr {
	if e.Lit.Null {
		return nullOf(typ, t.pos(n))
	}
	text := t.numbers[e]
	if text == "" {
		text = literalText(e.Lit)
	}
	lit, err := constantOf(text, e.Type, typ)
	switch {
	case lit != nil:
		return t.literal(lit, t.pos(n))
	case err == nil:
		how := map[bool]string{true: "safe_cast", false: "cast"}[n.Safe]
		return t.make(&model.Expr{Op: model.OpCast, Func: how, Type: typ, Args: []*model.Expr{e}, Pos: t.pos(n)})
	case n.Safe:
		return nullOf(typ, t.pos(n))
	}
	return t.fail("SF0210", n, "", "%v", err)
}

// constantOf casts a constant. It gives neither literal nor error for casts that change more than the type, which are
// left to the time of running.
func constantOf(text string, from, to *model.Type) (*model.Literal, error) {
	switch {
	case from.Kind != model.String && (!isNumber(to) || isInt(to) && !isInt(from)):
		return nil, nil
	case to.Kind == model.Decimal:
		digits, err := decimalText(strings.Trim(text, " \t\r\n\f\v"), to, true)
		if err != nil {
			return nil, err
		}
		return &model.Literal{Type: to, Str: digits}, nil
	}
	return Literal(text, to)
}
