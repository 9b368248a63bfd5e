package sqlexpr

import (
	"os"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

func TestRowsTaken(t *testing.T) {
	// of is a file of ten rows with the column's least and greatest value, and so many NULLs.
	of := func(column, least, most string, nulls int64) FileStats {
		c := ColumnStats{Column: column, Nulls: nulls}
		if least != "?" {
			c.Min = &least
		}
		if most != "?" {
			c.Max = &most
		}
		return FileStats{Rows: 10, Columns: []ColumnStats{c}}
	}
	long := strings.Repeat("x", 32)
	tests := map[string]struct {
		columns, where string
		file           FileStats
		want           Share
	}{
		"all before":                      {"d DATE", "d >= '2024-04-01'", of("d", "2024-01-01", "2024-03-31", 0), NoRows},
		"beyond":                          {"d DATE", "d >= '2024-04-01'", of("d", "2024-04-01", "2024-04-02", 0), AllRows},
		"across":                          {"d DATE", "d >= '2024-04-01'", of("d", "2024-03-31", "2024-04-01", 0), SomeRows},
		"name in other letters":           {"D DATE", "D >= '2024-04-01'", of("d", "2024-01-01", "2024-03-31", 0), NoRows},
		"with NULLs":                      {"d DATE", "d >= '2024-04-01'", of("d", "2024-04-01", "2024-04-02", 1), SomeRows},
		"NULL though the flow has none":   {"d DATE NOT NULL", "d >= '2024-04-01'", of("d", "2024-04-01", "2024-04-02", -1), SomeRows},
		"NULLs only":                      {"d DATE", "d >= '2024-04-01'", of("d", "?", "?", 10), NoRows},
		"NULLs wanted":                    {"d DATE", "d IS NULL OR d > '2024-04-01'", of("d", "?", "?", 10), AllRows},
		"no bounds":                       {"d DATE", "d >= '2024-04-01'", of("d", "?", "?", 0), SomeRows},
		"one bound":                       {"d DATE", "d >= '2024-04-01'", of("d", "?", "2024-03-31", 0), NoRows},
		"no statistics":                   {"d DATE", "d >= '2024-04-01'", FileStats{Rows: -1}, SomeRows},
		"statistics that make no sense":   {"d DATE", "d >= '2024-04-01'", of("d", "yesterday", "today", 0), SomeRows},
		"no condition":                    {"d DATE", "TRUE", FileStats{Rows: -1}, AllRows},
		"milliseconds of a later time":    {"t TIMESTAMP", "t > '2024-03-31T23:59:59.999Z'", of("t", "2024-03-31T00:00:00.000Z", "2024-03-31T23:59:59.999Z", 0), SomeRows},
		"milliseconds of an earlier time": {"t TIMESTAMP", "t >= '2024-04-01'", of("t", "2024-03-31T00:00:00.000Z", "2024-03-31T23:59:59.999Z", 0), NoRows},
		"the day of a time":               {"t TIMESTAMP", "DATE(t) < '2024-04-01'", of("t", "2024-03-31T00:00:00.000Z", "2024-03-31T23:59:59.998Z", 0), AllRows},
		"a cut text":                      {"s STRING", "s > '" + long + "'", of("s", "a", long, 0), SomeRows},
		"a text that ends":                {"s STRING", "s >= 'y'", of("s", "a", long, 0), NoRows},
		"NaN is in no bounds":             {"f DOUBLE", "f < 5", of("f", "1", "2", 0), SomeRows},
		"NaN does not matter":             {"f DOUBLE", "f >= 5", of("f", "1", "2", 0), NoRows},
		"symbols of others":               {"e ENUM('a', 'b')", "e = 'a' OR e = 'b'", of("e", "a", "c", 0), SomeRows},
		"decimals":                        {"p DECIMAL(10,2)", "p < 1", of("p", "0.5", "0.99", 0), AllRows},
		"a function":                      {"s STRING", "UPPER(s) = 'A'", of("s", "a", "b", 0), SomeRows},
		"flags":                           {"b BOOLEAN", "b", of("b", "false", "false", 0), NoRows},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := RowsTaken(over(t, tt.columns, tt.where)[0], tt.file); got != tt.want {
				t.Errorf("%s takes %s of the rows of %+v, want %s", tt.where, got, tt.file, tt.want)
			}
		})
	}
}

// TestRowsTakenOfOtherColumns: what the table does not have, its files say nothing of.
func TestRowsTakenOfOtherColumns(t *testing.T) {
	p := declaredFlow(t, "files(ts TIMESTAMP NOT NULL, batch INT): SELECT CAST(ts AS DATE) AS day FROM files WHERE CAST(ts AS DATE) < '2024-04-01' AND batch < 5")
	least, most := "2024-04-01", "2024-04-09"
	late := FileStats{Rows: 10, Columns: []ColumnStats{{Column: "day", Min: &least, Max: &most}}}
	if got := RowsTaken(p, late); got != NoRows {
		t.Errorf("%s of rows that are too late, want none", got)
	}
	least, most = "2024-03-01", "2024-03-09"
	if got := RowsTaken(p, late); got != SomeRows {
		t.Errorf("%s of rows of any batch, want some", got)
	}
}

// TestStoredPredicates: what a contract holds is the predicate that it was made of.
func TestStoredPredicates(t *testing.T) {
	now := over(t, "event_date DATE, e ENUM('a', 'b'), u UUID, p DECIMAL(10,2), c STRUCT<n INT>, n INT",
		"event_date < '2024-04-01' AND e != 'a' AND p < 1.5 AND n IN (1, 2)", "u = '123e4567-e89b-12d3-a456-426614174000' OR c.n > 5")
	table := []StoredColumn{{"event_date", "date", true}, {"e", "string", true}, {"u", "string", true}, {"p", "decimal(10,2)", true}, {"c", "struct<n:int>", true}, {"n", "int", true}}
	for _, p := range now {
		old, err := StoredPredicate(p.Flow, p.Source, []string{Format(p.Where[0], p.Over)}, table)
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range [][2]Predicate{{old, p}, {p, old}} {
			if proof := Covers(pair[:1], pair[1:]); proof.Complete != Proved {
				t.Errorf("%s:\n%s", Format(p.Where[0], p.Over), proof.Text())
			}
		}
	}
	for _, tt := range []struct{ where, typ, want string }{
		{"(gone < 5)", "int", "the condition (gone < 5): there is no column gone"},
		{"(n < )", "int", "the condition (n < ): the SQL"},
		{"(n < 5)", "whatever", "column n: type whatever: there is no type whatever"},
	} {
		_, err := StoredPredicate("f", "s", []string{tt.where}, []StoredColumn{{"n", tt.typ, true}})
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}

// TestTooManyKinds: a proof ends in time, and says that it does not know.
func TestTooManyKinds(t *testing.T) {
	var columns, conditions []string
	for _, c := range "abcdefghi" {
		columns = append(columns, string(c)+" BIGINT")
		conditions = append(conditions, string(c)+" IN (1, 3, 5, 7)")
	}
	all := strings.Join(conditions, " AND ")
	p := Cutover(over(t, strings.Join(columns, ", "), all, "NOT ("+all+")"))
	if p.Disjoint != Unproved || p.Why != tooMany(maxCells) {
		t.Errorf("%s", p.Text())
	}
}

// TestEveryCondition: whatever SQL there is, a condition and its opposite are never found to overlap, and mostly proved.
func TestEveryCondition(t *testing.T) {
	file, err := os.ReadFile("testdata/expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	conditions, proved := 0, 0
	for line := range strings.Lines(string(file)) {
		var diags diag.List
		sql := strings.TrimSuffix(line, "\n")
		if sql == "" || strings.HasPrefix(sql, "  ") {
			continue
		}
		e := ParseScalar(sqlText(sql), orders, &diags)
		if e == nil || e.Type.Kind != model.Bool {
			continue
		}
		conditions++
		p, q := Predicate{Flow: "a", Source: "s", Over: orders, Where: []*model.Expr{e}}, Predicate{Flow: "b", Source: "s", Over: orders}
		q.Where = []*model.Expr{finish(&model.Expr{Op: model.OpNot, Type: boolType, Args: []*model.Expr{e}})}
		switch proof := Cutover([]Predicate{p, q}); proof.Disjoint {
		case Broken:
			t.Errorf("%s and its opposite overlap:\n%s", sql, proof.Text())
		case Proved:
			proved++
		}
		RowsTaken(p, FileStats{})
	}
	if conditions < 30 || proved < conditions*3/4 {
		t.Errorf("%d of %d are proved", proved, conditions)
	}
}
