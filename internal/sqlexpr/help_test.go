package sqlexpr

import (
	"fmt"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// sqlText is SQL whose positions are lines and columns of sql.
func sqlText(sql string) Text {
	return Text{SQL: sql, Pos: func(offset int) diag.Pos {
		before := sql[:min(offset, len(sql))]
		line := strings.Count(before, "\n")
		return diag.Pos{File: "q", Line: line + 1, Col: len(before) - strings.LastIndexByte(before, '\n')}
	}}
}

func typ(s string) *model.Type {
	p := typeParser{sql: s, tokens: scan(s)}
	t, err := p.parse(0)
	if err != nil {
		panic(err)
	}
	return t
}

// columns are declared as "name type, …"; NOT NULL is taken.
func columnsOf(declared string) []model.Column {
	t := typ("STRUCT<" + declared + ">")
	var out []model.Column
	for _, f := range t.Fields {
		out = append(out, model.Column{Name: f.Name, Type: f.Type, Nullable: f.Nullable, Meta: strings.HasPrefix(f.Name, "_")})
	}
	return out
}

var orders = columnsOf("id STRING NOT NULL, n INT, big BIGINT NOT NULL, f FLOAT, d DOUBLE, price DECIMAL(10,2), ok BOOLEAN, day DATE, ts TIMESTAMP, " +
	"u UUID, b BYTES, status ENUM('open', 'complete') NOT NULL, tags ARRAY<STRING NOT NULL>, attrs MAP<STRING, BIGINT NOT NULL>, " +
	"ctx STRUCT<chain STRING NOT NULL, device STRUCT<os STRING> NOT NULL>, `order` STRING, _file_path STRING NOT NULL")

func flags(e *model.Expr) string {
	s := TypeName(e.Type)
	if e.Nullable {
		s += " null"
	}
	if e.CanFail {
		s += " fails"
	}
	return s
}

func show(diags *diag.List) string {
	var b strings.Builder
	for _, d := range diags.Sorted() {
		fmt.Fprintf(&b, "%d:%d %s %s", d.Pos.Line, d.Pos.Col, d.ID, d.Message)
		if d.Hint != "" {
			b.WriteString(" | " + d.Hint)
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
