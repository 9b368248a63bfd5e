package sqlexpr

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/ast"
	sqltoken "github.com/cloudspannerecosystem/memefish/token"

	"github.com/seamflow/seamflow/internal/diag"
)

// syntax is a Select as the parser gives it.
type syntax struct {
	text *prepared
	node *ast.Select
}

func (p *prepared) parser() *memefish.Parser {
	return &memefish.Parser{Lexer: &memefish.Lexer{File: &sqltoken.File{Buffer: string(p.parsable)}}}
}

func parseQuery(t Text, diags *diag.List) *Query {
	p := prepare(t, diags)
	if p == nil {
		return nil
	}
	stmt, err := p.parser().ParseQuery()
	if err != nil {
		p.syntaxError(err, diags)
		return nil
	}
	r := queryReader{p: p, diags: diags}
	if stmt.Hint != nil {
		r.refuse(stmt.Hint, "hints are", "")
	}
	r.query(stmt.Query)
	if r.refused {
		return nil
	}
	return &Query{Sides: r.sides, byName: p.byName}
}

func (p *prepared) parseExpr(diags *diag.List) ast.Expr {
	e, err := p.parser().ParseExpr()
	if err != nil {
		p.syntaxError(err, diags)
		return nil
	}
	return e
}

// syntaxError reports the first of the parser's errors, in words of its place rather than of the grammar.
func (p *prepared) syntaxError(err error, diags *diag.List) {
	var all memefish.MultiError
	if !errors.As(err, &all) || len(all) == 0 {
		diags.Errorf("SF0201", p.Pos(0), "the SQL does not parse: %v", err)
		return
	}
	offset := int(all[0].Position.Pos)
	d := diag.Diagnostic{ID: "SF0201", Pos: p.Pos(offset), Message: all[0].Message}
	switch i := p.tokenAt(offset); {
	case strings.Contains(d.Message, "illegal"):
		r, _ := utf8.DecodeRuneInString(p.SQL[offset:])
		d.Message, d.Hint = fmt.Sprintf("the SQL makes no sense here: unexpected %q", r), "names with letters other than a to z are written in backquotes"
	case strings.Contains(d.Message, "(...)"):
		d.Message = "nothing closes this bracket, or what is inside makes no sense"
	case strings.Contains(d.Message, "unclosed"), strings.Contains(d.Message, "escape"), strings.Contains(d.Message, "without any spaces"),
		strings.Contains(d.Message, "set operator"):
	case i < 0:
		d.Message, d.Hint = "the SQL ends too early", p.syntaxHint(len(p.tokens)-1)
	default:
		d.Message = "the SQL makes no sense here: unexpected " + p.source(i)
		d.Hint = p.syntaxHint(i)
	}
	diags.Add(d)
}

// tokenAt finds the token at an offset, -1 behind the last.
func (p *prepared) tokenAt(offset int) int {
	for i, t := range p.tokens {
		if offset < t.end {
			return i
		}
	}
	return -1
}

// structural are the reserved words that are hardly meant as names of columns.
var structural = map[string]bool{"SELECT": true, "FROM": true, "WHERE": true, "AND": true, "OR": true, "NOT": true, "AS": true, "CASE": true, "WHEN": true, "THEN": true, "ELSE": true, "END": true,
	"IN": true, "LIKE": true, "IS": true, "BETWEEN": true, "UNION": true, "ALL": true, "NULL": true, "TRUE": true, "FALSE": true, "CAST": true, "JOIN": true}

func (p *prepared) syntaxHint(i int) string {
	if _, reserved := sqltoken.KeywordsMap[sqltoken.TokenKind(p.at(i))]; reserved && p.tokens[i].kind == word && !structural[p.at(i)] {
		return "if it is the name of a column, write `" + p.source(i) + "`"
	}
	if i > 0 && p.tokens[i].kind == text && p.tokens[i-1].kind == text {
		return `a quote inside a text is written \'`
	}
	return ""
}

// queryReader finds the SELECTs of a query and refuses what is around them.
type queryReader struct {
	p       *prepared
	diags   *diag.List
	sides   []*Select
	refused bool
}

func (r *queryReader) refuse(at ast.Node, what, hint string) { r.refuseAt(int(at.Pos()), what, hint) }

func (r *queryReader) refuseAt(offset int, what, hint string) {
	r.refused = true
	r.diags.Add(diag.Diagnostic{ID: "SF0203", Pos: r.p.Pos(offset), Message: what + " not supported", Hint: hint})
}

func (r *queryReader) query(q ast.QueryExpr) {
	switch q := q.(type) {
	case *ast.Select:
		r.selectOf(q)
	case *ast.SubQuery:
		r.query(q.Query)
	case *ast.CompoundQuery:
		for _, side := range q.Queries {
			r.query(side)
		}
	case *ast.Query:
		r.clauses(q)
	default:
		r.refuse(q, "this form of query is", "write SELECT … FROM … WHERE …")
	}
}

// clauses refuses what stands around a query.
func (r *queryReader) clauses(q *ast.Query) {
	if q.With != nil {
		r.refuse(q.With, "WITH is", "give the query a view of its own")
	}
	if q.OrderBy != nil {
		r.refuse(q.OrderBy, "ORDER BY is", "rows of a table have no order")
	}
	if q.Limit != nil {
		r.refuse(q.Limit, "LIMIT is", "which rows those are would depend on when they come; filter with WHERE")
	}
	if q.ForUpdate != nil {
		r.refuse(q.ForUpdate, "FOR UPDATE is", "")
	}
	for _, op := range q.PipeOperators {
		r.refuse(op, "pipe syntax is", "write SELECT … FROM … WHERE …")
	}
}

func (r *queryReader) selectOf(s *ast.Select) {
	if s.AllOrDistinct == ast.AllOrDistinctDistinct {
		r.refuseAt(r.p.tokens[r.p.tokenAt(int(s.Select))+1].start, "SELECT DISTINCT is", "apply_changes keeps one row of each key")
	}
	if s.As != nil {
		r.refuse(s.As, "SELECT AS is", "")
	}
	if s.GroupBy != nil {
		r.refuse(s.GroupBy, "GROUP BY is", "views change rows one by one; a sum over rows is the reader's")
	}
	if s.Having != nil {
		r.refuse(s.Having, "HAVING is", "")
	}
	out := &Select{Pos: r.p.Pos(int(s.Select)), syntax: syntax{r.p, s}}
	if s.From == nil {
		r.refused = true
		r.diags.Add(diag.Diagnostic{ID: "SF0203", Pos: out.Pos, Message: "a SELECT without FROM reads nothing", Hint: "name a source or view: FROM …"})
		return
	}
	r.from(out, s.From.Source)
	r.sides = append(r.sides, out)
}

func (r *queryReader) from(out *Select, source ast.TableExpr) {
	switch t := source.(type) {
	case *ast.TableName:
		out.From, out.FromPos, out.alias = t.Table.Name, r.p.Pos(int(t.Table.Pos())), t.Table.Name
		if t.As != nil {
			out.alias = t.As.Alias.Name
		}
		if t.Hint != nil {
			r.refuse(t.Hint, "hints are", "")
		}
		if t.Sample != nil {
			r.refuse(t.Sample, "TABLESAMPLE is", "a table is a function of its events")
		}
	case *ast.Join:
		at := int(t.Left.End())
		if i := r.p.tokenAt(at); i >= 0 {
			at = r.p.tokens[i].start
		}
		r.refuseAt(at, "joins are", "a view reads one source or view; let a flow for each feed the table")
	case *ast.PathTableExpr:
		r.refuse(t, "names with dots after FROM are", "name a source or view of this spec")
	case *ast.SubQueryTableExpr:
		r.refuse(t, "subqueries are", "give the query a view of its own")
	case *ast.ParenTableExpr:
		r.from(out, t.Source)
	case *ast.Unnest:
		r.refuse(t, "UNNEST is", "views change rows one by one")
	default:
		r.refuse(t, "this is", "name a source or view")
	}
}
