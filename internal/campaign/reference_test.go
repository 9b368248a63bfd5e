package campaign_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/campaign"
	"github.com/seamflow/seamflow/internal/vectors"
)

// TestReferenceIsTheAnchor holds the reference model to the cases that Spark's own engine was run on, and to those that
// follow from the rules. Left out are once flows, which are no matter of the fold, and errors.
func TestReferenceIsTheAnchor(t *testing.T) {
	compared := 0
	for _, folder := range []string{"autocdc", "rules"} {
		all, err := vectors.Load(filepath.Join("..", "vectors", "testdata", folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range all {
			if v.Events() == nil || v.ErrorClass != "" || folder == "autocdc" && !v.Deterministic {
				continue
			}
			compared++
			t.Run(v.Name, func(t *testing.T) { compare(t, v) })
		}
	}
	if compared < 80 {
		t.Errorf("%d vectors were compared", compared)
	}
}

func compare(t *testing.T, v *vectors.Vector) {
	rules := rulesOf(t, v)
	var events []campaign.Row
	for _, e := range v.Events() {
		events = append(events, rowOf(t, v, e.Data))
	}
	got, refused := rules.Table(events)
	if refused > 0 {
		t.Errorf("%d events are refused", refused)
	}
	var want []campaign.Row
	for _, r := range v.Rows {
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, rowOf(t, v, data))
	}
	columns := slices.Concat(rules.Columns, []string{campaign.StartAt, campaign.EndAt})
	if diff := cmp.Diff(texts(columns, want), texts(columns, got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func texts(columns []string, rows []campaign.Row) []string {
	out := []string{}
	for _, r := range rows {
		text := ""
		for _, c := range columns {
			text += fmt.Sprintf("%s=%#v ", c, r[c])
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

func rulesOf(t *testing.T, v *vectors.Vector) campaign.Rules {
	t.Helper()
	r := campaign.Rules{Keys: v.Keys, Sequence: sequence(v), SCDType: v.SCDType}
	options := map[string][]string{}
	for name, raw := range v.Options {
		var list []string
		if err := json.Unmarshal(raw, &list); err != nil {
			list = []string{strings.Trim(string(raw), `"`)}
		}
		options[name] = list
	}
	for _, c := range v.Schema {
		if listed(options, "", c.Name) {
			r.Columns = append(r.Columns, c.Name)
		}
	}
	for _, c := range r.Columns {
		if slices.Contains(r.Keys, c) {
			continue
		}
		if r.SCDType == 2 && listed(options, "track_history_", c) {
			r.Tracked = append(r.Tracked, c)
		}
		_, all := options["ignore_null_updates"]
		if some := options["ignore_null_updates_column_list"]; all || slices.Contains(some, c) {
			r.Ignored = append(r.Ignored, c)
		}
	}
	r.Deletes, r.Truncates = op(t, options["apply_as_deletes"]), op(t, options["apply_as_truncates"])
	return r
}

// listed reports whether a pair of options takes a column: column_list and except_column_list, after a prefix.
func listed(options map[string][]string, prefix, column string) bool {
	if list, ok := options[prefix+"column_list"]; ok {
		return slices.Contains(list, column)
	}
	return !slices.Contains(options[prefix+"except_column_list"], column)
}

// op is the one that a condition of the vectors asks for.
func op(t *testing.T, condition []string) string {
	t.Helper()
	if condition == nil {
		return ""
	}
	column, value, ok := strings.Cut(strings.TrimSuffix(condition[0], "'"), " = '")
	if !ok || column != "op" && column != "operation" {
		t.Fatalf("the condition %q is not known", condition)
	}
	return value
}

func sequence(v *vectors.Vector) []string {
	if parts, ok := strings.CutPrefix(strings.ToLower(v.SequenceBy), "struct("); ok {
		return strings.Split(strings.TrimSuffix(parts, ")"), ", ")
	}
	return []string{v.SequenceBy}
}

// rowOf reads an event, or a row of the table.
func rowOf(t *testing.T, v *vectors.Vector, data []byte) campaign.Row {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, c := range v.Schema {
		types[c.Name] = c.Type
	}
	var bounds []string
	for _, part := range sequence(v) {
		bounds = append(bounds, part+":"+types[part])
	}
	for _, at := range []string{campaign.StartAt, campaign.EndAt} {
		types[at] = "STRUCT<" + strings.Join(bounds, ",") + ">"
		if len(bounds) == 1 {
			_, types[at], _ = strings.Cut(bounds[0], ":")
		}
	}
	row := campaign.Row{}
	for name, value := range object {
		row[name] = valueOf(t, types[name], value)
		if name == "operation" {
			row["op"] = row[name]
		}
	}
	return row
}

// valueOf reads a value of a Spark type. Here a double is its millionths, a decimal its digits, and a map a text.
func valueOf(t *testing.T, spark string, v any) campaign.Value {
	t.Helper()
	if v == nil {
		return nil
	}
	name, inner, _ := strings.Cut(strings.TrimSuffix(spark, ">"), "<")
	switch {
	case name == "STRUCT":
		s := campaign.Struct{}
		for _, f := range split(inner) {
			field, typ, _ := strings.Cut(f, ":")
			s = append(s, valueOf(t, typ, v.(map[string]any)[field]))
		}
		return s
	case name == "ARRAY":
		l := campaign.List{}
		for _, e := range v.([]any) {
			l = append(l, valueOf(t, inner, e))
		}
		return l
	case name == "MAP":
		return fmt.Sprint(v) // fmt prints the keys in order
	case name == "TIMESTAMP":
		at, err := time.Parse(time.RFC3339Nano, v.(string))
		if err != nil {
			t.Fatal(err)
		}
		return at.UnixMicro()
	case name == "DOUBLE" || name == "FLOAT":
		f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
		if err != nil {
			t.Fatal(err)
		}
		return int64(f * 1e6)
	case strings.HasPrefix(name, "DECIMAL("):
		return digits(fmt.Sprint(v))
	case name == "INT" || name == "BIGINT":
		n, err := v.(json.Number).Int64()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return v
}

// digits gives a decimal as a text of fixed width: in order, but for negative ones among themselves.
func digits(text string) string {
	sign := "+"
	if n, ok := strings.CutPrefix(text, "-"); ok {
		sign, text = " ", n
	}
	whole, fraction, _ := strings.Cut(text, ".")
	return fmt.Sprintf("%s%040s.%s", sign, whole, strings.TrimRight(fraction, "0"))
}

// split cuts a list of fields at its outermost commas.
func split(list string) (parts []string) {
	depth, start := 0, 0
	for i, c := range list {
		switch c {
		case '<':
			depth++
		case '>':
			depth--
		case ',':
			if depth == 0 {
				parts, start = append(parts, list[start:i]), i+1
			}
		}
	}
	return append(parts, list[start:])
}
