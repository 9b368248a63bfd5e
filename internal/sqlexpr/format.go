package sqlexpr

import (
	"math"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// Format writes e as SQL over the names of columns: one text for one expression, which parses back to it. Casts are all
// written, those that the parser would add too, so that the text does not depend on the rules for adding them.
func Format(e *model.Expr, columns []model.Column) string {
	f := &formatter{columns: columns}
	f.write(e)
	return f.b.String()
}

type formatter struct {
	columns []model.Column
	b       strings.Builder
}

// all writes parts: texts as they are, expressions as SQL.
func (f *formatter) all(parts ...any) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			f.b.WriteString(p)
		case *model.Expr:
			f.write(p)
		}
	}
}

func (f *formatter) list(separator string, es []*model.Expr) {
	for i, e := range es {
		if i > 0 {
			f.b.WriteString(separator)
		}
		f.write(e)
	}
}

func (f *formatter) write(e *model.Expr) {
	switch e.Op {
	case model.OpColumn:
		f.all(quoteName(f.columns[e.Column].Name))
	case model.OpLiteral:
		f.all(formatLiteral(e.Lit))
	case model.OpField:
		f.all(e.Args[0], ".", quoteName(e.Name))
	case model.OpIndex:
		f.all(e.Args[0], "[", strings.ToUpper(e.Func), "(", e.Args[1], ")]")
	case model.OpKey:
		f.all(e.Args[0], "[", e.Args[1], "]")
	case model.OpNot:
		f.all("(NOT ", e.Args[0], ")")
	case model.OpAnd, model.OpOr:
		f.all("(")
		f.list(map[model.Op]string{model.OpAnd: " AND ", model.OpOr: " OR "}[e.Op], e.Args)
		f.all(")")
	case model.OpCompare:
		f.all("(", e.Args[0], " "+e.Func+" ", e.Args[1], ")")
	case model.OpIn:
		f.all("(", e.Args[0], " IN (")
		f.list(", ", e.Args[1:])
		f.all("))")
	case model.OpIsNull:
		f.all("(", e.Args[0], " IS NULL)")
	case model.OpIsTrue:
		f.all("(", e.Args[0], " IS TRUE)")
	case model.OpIsFalse:
		f.all("(", e.Args[0], " IS FALSE)")
	case model.OpCase:
		f.cases(e)
	case model.OpCast:
		f.all(strings.ToUpper(e.Func), "(", e.Args[0], " AS ", typeText(e.Type), ")")
	case model.OpCall:
		f.call(e)
	case model.OpStruct:
		f.structure(e)
	}
}

func (f *formatter) cases(e *model.Expr) {
	f.all("(CASE")
	for i := 0; i+1 < len(e.Args); i += 2 {
		f.all(" WHEN ", e.Args[i], " THEN ", e.Args[i+1])
	}
	f.all(" ELSE ", e.Args[len(e.Args)-1], " END)")
}

func (f *formatter) call(e *model.Expr) {
	operator := operatorNames[e.Func]
	switch {
	case e.Func == "neg":
		f.all("(- ", e.Args[0], ")")
	case operator != "" && e.Func != "concat":
		f.all("(", e.Args[0], " "+operator+" ", e.Args[1], ")")
	case strings.HasPrefix(e.Func, "extract_"):
		f.all("EXTRACT(", strings.ToUpper(e.Func[len("extract_"):]), " FROM ", e.Args[0], ")")
	default:
		f.all(strings.ToUpper(e.Func), "(")
		if takesInterval(strings.ToUpper(e.Func)) {
			f.all(e.Args[0], ", INTERVAL ", e.Args[1], " ", e.Name, ")")
			return
		}
		f.list(", ", e.Args)
		if e.Name != "" {
			f.all(", ", e.Name)
		}
		f.all(")")
	}
}

// structure writes STRUCT, and a CAST around it where its fields were made wider than their values.
func (f *formatter) structure(e *model.Expr) {
	wider := false
	for i, field := range e.Type.Fields {
		wider = wider || nullableField(field) != e.Args[i].Nullable
	}
	if wider {
		f.all("CAST(")
	}
	f.all("STRUCT(")
	for i, a := range e.Args {
		if i > 0 {
			f.all(", ")
		}
		f.all(a, " AS ", quoteName(e.Type.Fields[i].Name))
	}
	f.all(")")
	if wider {
		f.all(" AS ", typeText(e.Type), ")")
	}
}

// formatLiteral writes a constant so that it reads back as one of its type.
func formatLiteral(lit *model.Literal) string {
	switch {
	case lit.Null && lit.Type.Kind == model.Null:
		return "NULL"
	case lit.Null:
		return "CAST(NULL AS " + typeText(lit.Type) + ")"
	}
	text := literalText(lit)
	switch lit.Type.Kind {
	case model.Bool:
		return strings.ToUpper(text)
	case model.Int64:
		return text
	case model.Int32:
		return "CAST(" + text + " AS INT)"
	case model.Float64:
		if !math.IsNaN(lit.Float) && !math.IsInf(lit.Float, 0) {
			if !strings.ContainsAny(text, ".e") {
				text += ".0"
			}
			return text
		}
	case model.String:
		return quoteText(text)
	case model.Bytes:
		return quoteBytes(lit.Str)
	case model.Date, model.Timestamp:
		return TypeName(lit.Type) + " " + quoteText(text)
	}
	return "CAST(" + quoteText(text) + " AS " + typeText(lit.Type) + ")"
}
