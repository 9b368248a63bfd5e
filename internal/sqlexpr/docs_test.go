package sqlexpr

import (
	"os"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// Every function, every name of one and every type is in the reference, each function with the line of the table.
func TestReferenceIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := strings.ReplaceAll(string(page), `\|`, "|")
	for _, f := range functions {
		if f.sql == "" {
			continue
		}
		if !strings.Contains(doc, "`"+f.sql+"(") || !strings.Contains(doc, "| "+f.doc+" |") {
			t.Errorf("docs/reference/sql.md lacks %s, or its line %q", f.sql, f.doc)
		}
		for _, name := range f.also {
			if !strings.Contains(doc, "`"+name+"`") {
				t.Errorf("docs/reference/sql.md lacks %s", name)
			}
		}
	}
	for _, f := range functions {
		if part, ok := strings.CutPrefix(f.name, "extract_"); ok && !strings.Contains(doc, "`EXTRACT("+strings.ToUpper(part)+" FROM x)`") {
			t.Errorf("docs/reference/sql.md lacks EXTRACT of %s", part)
		}
	}
	for _, name := range loweredFunctions {
		if !strings.Contains(doc, "`"+name+"(") {
			t.Errorf("docs/reference/sql.md lacks %s", name)
		}
	}
	for name := range typeNames {
		if name != "BYTEINT" && !strings.Contains(doc, name) {
			t.Errorf("docs/reference/sql.md lacks the type %s", name)
		}
	}
}

// The statements that the reference shows are right.
func TestReferenceParses(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, block := range strings.Split(string(page), "```sql\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for _, sql := range strings.Split(strings.TrimSpace(block), "\n\n") {
			shown++
			var diags diag.List
			if ParseQuery(sqlText(sql), &diags); diags.Len() > 0 {
				t.Errorf("%s\n%s", sql, show(&diags))
			}
		}
	}
	if shown < 3 {
		t.Errorf("only %d statements were found", shown)
	}
}

// The functions that messages point to exist.
func TestHintsNameFunctions(t *testing.T) {
	for other, same := range elsewhere {
		name, _, call := strings.Cut(same, "(")
		switch name {
		case "COALESCE", "IF", "CAST", "SAFE_CAST", "EXTRACT", "STRUCT":
			continue
		}
		if call && bySQL[name] == nil {
			t.Errorf("%s: there is no function %s", other, name)
		}
		if bySQL[other] != nil {
			t.Errorf("%s is a function here", other)
		}
	}
	for name := range aggregates {
		if bySQL[name] != nil || unsteady[name] != "" {
			t.Errorf("%s is there twice", name)
		}
	}
}

func TestSignatures(t *testing.T) {
	for _, f := range functions {
		for _, s := range signatures[f.name] {
			for _, arg := range append(s.args, s.result) {
				switch arg {
				case "DECIMAL", "ARRAY", "ORDERED", "same", "sum", "product", "rounded":
				default:
					if parameterTypes[arg] == nil {
						t.Errorf("%s has the type %q", f.name, arg)
					}
				}
			}
		}
	}
	if got := decimalResult(60, 20); got.Precision != 38 || got.Scale != 6 {
		t.Errorf("60 digits, 20 of them after the point, become %s", TypeName(got))
	}
	if got := decimalResult(40, 20); got.Scale != 18 {
		t.Errorf("40 digits, 20 of them after the point, become %s", TypeName(got))
	}
}

func TestCommonType(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"INT", "BIGINT", "BIGINT"},
		{"INT", "DOUBLE", "DOUBLE"},
		{"INT", "FLOAT", "DOUBLE"},
		{"BIGINT", "DOUBLE", ""},
		{"FLOAT", "DOUBLE", "DOUBLE"},
		{"INT", "DECIMAL(4,2)", "DECIMAL(12,2)"},
		{"BIGINT", "DECIMAL(38,2)", "DECIMAL(38,2)"},
		{"BIGINT", "DECIMAL(38,20)", ""},
		{"DECIMAL(38,0)", "DECIMAL(38,1)", ""},
		{"DECIMAL(5,2)", "DOUBLE", ""},
		{"ENUM('a')", "ENUM('a', 'b')", "STRING"},
		{"ENUM('a')", "UUID", "STRING"},
		{"STRING", "BIGINT", ""},
		{"STRING", "BYTES", ""},
		{"DATE", "TIMESTAMP", ""},
		{"ARRAY<INT NOT NULL>", "ARRAY<BIGINT>", "ARRAY<BIGINT>"},
		{"ARRAY<INT>", "MAP<STRING, INT>", ""},
		{"MAP<STRING, FLOAT>", "MAP<STRING, DOUBLE NOT NULL>", "MAP<STRING, DOUBLE>"},
		{"STRUCT<a INT NOT NULL, b STRING NOT NULL>", "STRUCT<B UUID NOT NULL, c DATE NOT NULL>", "STRUCT<a INT, b STRING NOT NULL, c DATE>"},
		{"STRUCT<a INT>", "STRUCT<a STRING>", ""},
	} {
		for _, sides := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			got := CommonType(typ(sides[0]), typ(sides[1]))
			switch {
			case got == nil && c.want == "":
			case got == nil || c.want == "":
				t.Errorf("%s and %s: %v, want %s", sides[0], sides[1], got, c.want)
			case got.Kind != model.Struct && !EqualTypes(got, typ(c.want)):
				t.Errorf("%s and %s: %s, want %s", sides[0], sides[1], typeText(got), c.want)
			case got.Kind == model.Struct && sides[0] == c.a && typeText(got) != c.want:
				t.Errorf("%s and %s: %s, want %s", sides[0], sides[1], typeText(got), c.want)
			}
			if got != nil && (castOf(typ(c.a), got) != castAlways || castOf(typ(c.b), got) != castAlways) {
				t.Errorf("%s and %s: a cast to %s may fail", c.a, c.b, typeText(got))
			}
		}
	}
}
