package all_types

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/gen/golden/roundtrip"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

var (
	keyed    = roundtrip.Way[All, AllTypes]{Decode: (*All).DecodeJSON, Flow: allJSONFlow, NewRows: newAllTypesRows, Schema: allTypesSchema()}
	appended = roundtrip.Way[All, AllAppended]{Decode: (*All).DecodeJSON, Flow: allCSVFlow, NewRows: newAllAppendedRows, Schema: allAppendedSchema()}
)

// values are two JSON values of each type, by the prefix of its fields' names: a common one, and one at a limit.
var values = map[string][2]string{
	"b":   {`true`, `false`},
	"i":   {`42`, `-2147483648`},
	"l":   {`-9007199254740993`, `9223372036854775807`},
	"f":   {`1.5`, `3.4028235e38`},
	"d":   {`-0.1`, `1.7976931348623157e308`},
	"dec": {`"12.3400"`, `-9999999999999999.9999`},
	"s":   {`"plain"`, `"\u0000 \ud83d\ude00 \"quoted\", 日本\n"`},
	"raw": {`"AP8="`, `""`},
	"day": {`"2024-05-14"`, `"0001-01-01"`},
	"ts":  {`"2024-05-14T03:12:06.123456Z"`, `"9999-12-31T23:59:59.999999Z"`},
	"u":   {`"123e4567-e89b-12d3-a456-426614174000"`, `"ffffffff-ffff-ffff-ffff-ffffffffffff"`},
	"e":   {`"RED"`, `"BLUE"`},
}

// record gives a JSON record of the fields that form says, each with its i-th value.
func record(i int, form map[string]func(v [2]string, i int) string) map[string]json.RawMessage {
	fields := map[string]json.RawMessage{}
	for prefix, v := range values {
		for suffix, write := range form {
			fields[prefix+suffix] = json.RawMessage(write(v, i))
		}
	}
	return fields
}

func one(v [2]string, i int) string { return v[i] }
func null([2]string, int) string    { return "null" }
func empty([2]string, int) string   { return "[]" }
func object([2]string, int) string  { return "{}" }

func list(v [2]string, i int) string { return "[" + v[i] + ", " + v[1-i] + "]" }

func listWithNull(v [2]string, i int) string { return "[null, " + v[i] + ", null]" }

func mapWithNull(v [2]string, i int) string {
	return fmt.Sprintf(`{"a": %s, "": null, "ü": %s}`, v[i], v[1-i])
}

var (
	full   = map[string]func([2]string, int) string{"": one, "_n": one, "_d": one, "_list": list, "_list_n": listWithNull, "_map": mapWithNull}
	bare   = map[string]func([2]string, int) string{"": one, "_list": empty, "_map": object}
	nulled = map[string]func([2]string, int) string{"": one, "_n": null, "_list": empty, "_list_n": null, "_map": object}
	hollow = map[string]func([2]string, int) string{"": one, "_n": one, "_list": list, "_list_n": empty, "_map": object}
)

// records are of all forms: rows 0 to 3 of common values, 4 to 7 of those at limits.
func records() (all []map[string]json.RawMessage) {
	for i := range 2 {
		for _, form := range []map[string]func([2]string, int) string{full, bare, nulled, hollow} {
			all = append(all, record(i, form))
		}
	}
	return all
}

// text writes a record's fields in an order of their names, forward or back: none is the schema's.
func text(t testing.TB, fields map[string]json.RawMessage, back bool) string {
	t.Helper()
	names := slices.Sorted(maps.Keys(fields))
	if back {
		slices.Reverse(names)
	}
	var b strings.Builder
	b.WriteString("{")
	for i, name := range names {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q: %s", name, fields[name])
	}
	return b.String() + "}"
}

func texts(t testing.TB) (all []string) {
	for i, r := range records() {
		all = append(all, text(t, r, i%2 == 1))
	}
	return all
}

func TestEveryTypeFromJSON(t *testing.T) {
	rows, changes := keyed.JSON(t, texts(t)...)
	keyed.Stored(t, rows)
	f := rows[0]
	for what, ok := range map[string]bool{
		"bool":      f.B && f.BN.V && !f.BList[1],
		"int":       f.I == 42 && rows[4].I == math.MinInt32 && rows[4].IMap[1].Value.V == math.MinInt32,
		"long":      f.L == -9007199254740993 && rows[4].LN.V == math.MaxInt64,
		"float":     f.F == 1.5 && rows[4].F == math.MaxFloat32,
		"double":    f.D == -0.1 && rows[4].D == math.MaxFloat64,
		"decimal":   f.Dec == value.NewDecimal(0, 123400, 4) && rows[4].Dec.String() == "-9999999999999999.9999",
		"string":    f.S == "plain" && rows[4].S == "\x00 😀 \"quoted\", 日本\n",
		"bytes":     string(f.Raw) == "\x00\xff" && rows[4].RawN.Valid && len(rows[4].RawN.V) == 0,
		"date":      f.Day == 19857 && f.DayList[0] == 19857,
		"timestamp": f.Ts == 1715656326123456 && f.TsN.V == 1715656326123456,
		"uuid":      f.U.String() == "123e4567-e89b-12d3-a456-426614174000",
		"enum":      f.E == ColourRed && f.EListN.V[1].V == ColourRed && !f.EListN.V[0].Valid,
		"map":       len(f.SMap) == 3 && f.SMap[0].Key == "" && !f.SMap[0].Value.Valid && f.SMap[2].Key == "ü", // in order of its keys
		"NULL list": !rows[2].IListN.Valid && rows[3].IListN.Valid && len(rows[3].IListN.V) == 0,
		"meta":      f.File == roundtrip.Meta.FilePath && f.Modified == roundtrip.Meta.FileModTime,
		"delete":    !changes[0].Delete && changes[1].Delete,
	} {
		if !ok {
			t.Errorf("%s: %+v", what, f)
		}
	}
}

func TestDefaultsStandForWhatIsAbsent(t *testing.T) {
	rows, _ := keyed.JSON(t, texts(t)[1])
	r := rows[0]
	if !r.BD || r.ID != -7 || r.LD != 9007199254740993 || r.FD != 1.5 || !math.Signbit(r.DD) || r.DecD.String() != "10.0000" || r.SD != `de"fault` ||
		string(r.RawD) != "\x00\xff" || r.DayD != 19000 || r.TsD != 1715656326000001 || r.UD.String() != "01234567-89ab-cdef-0123-456789abcdef" || r.ED != ColourGreen {
		t.Errorf("%+v", r)
	}
	if r.BN.Valid || r.EN.Valid || r.UListN.Valid {
		t.Errorf("what may be NULL is not: %+v", r)
	}
}

// TestEveryTypeFromCSV gives the same records as a CSV file: the rows are those of JSON.
func TestEveryTypeFromCSV(t *testing.T) {
	var columns []string
	for _, c := range appended.Schema {
		columns = append(columns, c.Name)
	}
	header := slices.Clone(columns)
	slices.Reverse(header)
	var file strings.Builder
	w := csv.NewWriter(&file)
	if err := w.Write(header); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range records() {
		line := make([]string, len(header))
		for i, name := range header {
			line[i] = cell(t, r[name])
		}
		if strings.HasPrefix(string(r["raw"]), `""`) {
			continue // encoding/csv writes no quotes around an empty cell, and without them it is NULL
		}
		if err := w.Write(line); err != nil {
			t.Fatal(err)
		}
		all = append(all, text(t, r, false))
	}
	w.Flush()
	want, _ := appended.JSON(t, all...)
	got, _ := appended.CSV(t, (*All).DecodeCSV, columns, file.String())
	if len(want) < 4 {
		t.Fatalf("%d rows", len(want))
	}
	roundtrip.Same(t, want, got)
	appended.Stored(t, got)
}

// cell is a JSON value as CSV has it: a text is the cell, lists and maps stay JSON.
func cell(t *testing.T, v json.RawMessage) string {
	t.Helper()
	switch {
	case v == nil || string(v) == "null":
		return ""
	case v[0] != '"':
		return string(v)
	}
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryRequiredFieldIsMissed(t *testing.T) {
	for _, name := range allRequired {
		r := record(0, full)
		delete(r, name)
		if err := keyed.Bad(t, text(t, r, false)); !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
		r[name] = json.RawMessage("null")
		if err := keyed.Bad(t, text(t, r, false)); !strings.Contains(err.Error(), name) {
			t.Errorf("%s is NULL: %v", name, err)
		}
	}
}

// TestNoValueOfAnotherType puts a value where its type cannot be, one place after the other.
func TestNoValueOfAnotherType(t *testing.T) {
	for prefix, bad := range map[string]string{"b": `1`, "i": `2147483648`, "l": `9223372036854775808`, "f": `1e39`, "d": `1e309`, "dec": `0.00001`,
		"s": `1`, "raw": `"***"`, "day": `"2024-02-30"`, "ts": `"2024-05- 14T03:12:64"`, "u": `"123e4567"`, "e": `"PINK"`} {
		for suffix, put := range map[string]string{"": `%s`, "_n": `%s`, "_d": `%s`, "_list": `[%s]`, "_list_n": `[null, %s]`, "_map": `{"k": %s}`} {
			r := record(0, full)
			r[prefix+suffix] = json.RawMessage(fmt.Sprintf(put, bad))
			if err := keyed.Bad(t, text(t, r, false)); !strings.Contains(err.Error(), prefix+suffix) {
				t.Errorf("%s%s = %s: %v", prefix, suffix, r[prefix+suffix], err)
			}
		}
	}
}

func TestUnknownFieldsAreRescued(t *testing.T) {
	r := record(0, bare)
	r["zzz"] = json.RawMessage(`{"a": [1, null]}`)
	r["a\"b"] = json.RawMessage(`"é"`)
	rows, _ := keyed.JSON(t, text(t, r, false))
	var rescued map[string]any
	if err := json.Unmarshal([]byte(rows[0].Rescued.V), &rescued); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"zzz": map[string]any{"a": []any{1.0, nil}}, "a\"b": "é"}, rescued); diff != "" {
		t.Error(diff)
	}
	if rows, _ = keyed.JSON(t, texts(t)[0]); rows[0].Rescued.Valid {
		t.Errorf("rescued of a record without unknown fields: %q", rows[0].Rescued.V)
	}
}

func TestReusedRecordsKeepNothing(t *testing.T) {
	all := texts(t)
	want, _ := keyed.JSON(t, all...)
	reused := keyed.Reused(t)
	for _, i := range []int{0, 1, 2, 3, 2, 1, 0, 4, 1, 6, 0, 7, 5} {
		row := reused(all[i])
		roundtrip.Same(t, allTypesAppendRow(nil, &want[i]), allTypesAppendRow(nil, row))
	}
}

func TestNothingIsAllocated(t *testing.T) {
	for _, text := range texts(t) {
		keyed.Steady(t, text)
		appended.Steady(t, text)
	}
}

func TestAnyRowSurvives(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		keyed.Stored(t, rapid.SliceOfN(roundtrip.Random[AllTypes](4), 1, 3).Draw(r, "rows"))
	})
}
