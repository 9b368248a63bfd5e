package sqlexpr

import (
	"fmt"

	"github.com/seamflow/seamflow/internal/model"
)

// TypeText is the SQL text of a type with all that tells it from others: symbols, and what may not be NULL. ParseType reads
// it back; names of types are not part of it.
func TypeText(t *model.Type) string { return typeText(t) }

// ParseType reads a type from SQL, as TypeText and Spark write it.
func ParseType(text string) (*model.Type, error) {
	p := typeParser{sql: text, tokens: scan(text)}
	t, err := p.parse(0)
	if err == nil && p.i < len(p.tokens) {
		err = p.fail("expected nothing behind the type")
	}
	if err != nil {
		return nil, fmt.Errorf("type %s: %w", text, err)
	}
	return t, nil
}

// LiteralText is the SQL text of a constant. Of a list or map, which are constants only when they are empty, it is [] or {}.
func LiteralText(l *model.Literal) string {
	switch {
	case l.Null:
		return "NULL"
	case l.Type.Kind == model.List:
		return "[]"
	case l.Type.Kind == model.Map:
		return "{}"
	}
	return formatLiteral(l)
}

// Quote is a column's name as SQL has it.
func Quote(name string) string { return quoteName(name) }

// Condition reads a canonical condition over columns, as Format writes it.
func Condition(sql string, columns []model.Column) (*model.Expr, error) {
	return conditionOf(sql, columns)
}

// Scalar reads a canonical expression over columns, as Format writes it.
func Scalar(sql string, columns []model.Column) (*model.Expr, error) {
	return scalarOf(sql, columns)
}
