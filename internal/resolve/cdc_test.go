package resolve

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// cdc is a spec of flows, a line each from line 8 on: the name, and what follows the target.
func cdc(lines ...string) string {
	text := head + "flows:\n"
	for _, line := range lines {
		name, rest, _ := strings.Cut(line, " ")
		kind := "apply_changes"
		if strings.HasPrefix(name, "snap") {
			kind = "apply_changes_from_snapshot"
		}
		before, once := "", ""
		if rest, once = strings.TrimPrefix(rest, "once "), rest; rest != once {
			before = "once: true, "
		}
		text += "  " + name + ": {" + before + kind + ": {target: t, " + rest + "}}\n"
	}
	return text
}

// table is a spec with another table.
func table(options, text string) string {
	return strings.Replace(text, "path: t}}", "path: t}, "+options+"}", 1)
}

func TestErrorsOfAutoCDC(t *testing.T) {
	tests := map[string]reported{
		"tracking without history": {cdc("f source: a, keys: [id], sequence_by: n, stored_as_scd_type: 1, track_history_column_list: [n]"),
			[]string{`dir/p.yaml:8:96: SF0325: track_history_column_list of the flow f says which changes make a version, and SCD type 1 keeps none`}},
		"tracking of a column that is not there": {cdc("f source: a, keys: [id], sequence_by: n, stored_as_scd_type: 2, track_history_except_column_list: [n, m, N]"),
			[]string{`dir/p.yaml:8:134: SF0305: the source a has no column m, which track_history_except_column_list of the flow f names`, `dir/p.yaml:8:137: SF0305: track_history_except_column_list of the flow f names the column n twice`}},
		"tracking of a column that the table does not get": {cdc("f source: a, keys: [id], sequence_by: n, stored_as_scd_type: 2, column_list: [id, n], track_history_column_list: [n, at]"),
			[]string{`SF0305: the column at, which track_history_column_list of the flow f names, is not among the table's`}},
		"ignored column that is left out": {cdc("f source: a, keys: [id], sequence_by: n, except_column_list: [at], ignore_null_updates: [at]"),
			[]string{`SF0305: the column at, which ignore_null_updates of the flow f names, is not among the table's`}},
		"ignored metadata column": {cdc("f source: a, keys: [id], sequence_by: n, ignore_null_updates_except_column_list: [_file_path]"),
			[]string{`SF0305: the column _file_path, which ignore_null_updates_except_column_list of the flow f names, is not among the table's`}},
		"ignored key": {cdc("f source: a, keys: [id, n], sequence_by: n, ignore_null_updates_column_list: [at, ID, n]"),
			[]string{`dir/p.yaml:8:114: SF0326: ignore_null_updates of the flow f names the key id, which is never NULL`, `dir/p.yaml:8:118: SF0326: ignore_null_updates of the flow f names the key n`}},
		"nothing to ignore": {cdc("f source: a, keys: [id], sequence_by: n, column_list: [id, n], ignore_null_updates_except_column_list: [n]"),
			[]string{`SF0326: ignore_null_updates of the flow f is of no column`}},
		"truncates of a history": {cdc("f source: a, keys: [id], sequence_by: n, stored_as_scd_type: 2, apply_as_truncates: n = 0"),
			[]string{`dir/p.yaml:8:116: SF0327: apply_as_truncates of the flow f takes rows away, and SCD type 2 keeps them all`}},
		"truncate that is no condition": {cdc("f source: a, keys: [id], sequence_by: n, apply_as_truncates: n"), []string{`dir/p.yaml:8:93: SF02`}},
		"flows of two SCD types": {cdc("f source: a, keys: [id], sequence_by: n", "g source: a, keys: [id], sequence_by: n, stored_as_scd_type: 2"),
			[]string{`SF0314: the flows f and g of the table t disagree on stored_as_scd_type: [1] and [2]`}},
		"flows that track other columns": {cdc("f source: a, keys: [id], sequence_by: small, column_list: [id, n, at], stored_as_scd_type: 2", "g source: a, keys: [id], sequence_by: small, stored_as_scd_type: 2, track_history_except_column_list: [AT, kind]"),
			[]string{`dir/p.yaml:9:100: SF0314: the flows f and g of the table t disagree on whether a change makes a version: the column at`}},
		"flows that ignore NULL in other columns": {cdc("f source: a, keys: [id], sequence_by: small, ignore_null_updates: true", "g source: a, keys: [id], sequence_by: small, ignore_null_updates: [n, small, at, kind, who]"),
			[]string{`dir/p.yaml:9:77: SF0314: the flows f and g of the table t disagree on whether a NULL keeps the value that is there: the column tags`}},
		"flows of which one ignores NULL": {cdc("f source: a, keys: [id], sequence_by: small", "g source: a, keys: [id], sequence_by: small, ignore_null_updates: [n]"),
			[]string{`dir/p.yaml:9:77: SF0314`}},
		"retention of a history": {table("tombstone_retention: 7d", cdc("f source: a, keys: [id], sequence_by: n, stored_as_scd_type: 2, apply_as_deletes: n = 0")),
			[]string{`dir/p.yaml:6:32: SF0330: tombstone_retention of the table t forgets deletes, and in SCD type 2 a delete is the end of a version`}},
		"retention without deletes": {table("tombstone_retention: 7d", cdc("f source: a, keys: [id], sequence_by: n")),
			[]string{`dir/p.yaml:6:32: SF0318: tombstone_retention has no effect on the table t, none of whose flows has apply_as_deletes`}},
		"retention of an append table": {table("tombstone_retention: 7d", head+"flows:\n  f: {append_flow: {target: t, source: a}}\n"), []string{`dir/p.yaml:6:32: SF0318: tombstone_retention has no effect on the table t, which append_flow feeds`}},
		"retention of full extracts": {table("tombstone_retention: 7d", cdc("snap source: a, keys: [id], version_by: _file_path")),
			[]string{`SF0318: tombstone_retention has no effect on the table t, which full extracts feed`}},
		"extracts beside changes": {cdc("f source: a, keys: [id], sequence_by: n", "snap source: a, keys: [id], version_by: _file_path", "g source: a, keys: [id], sequence_by: n"),
			[]string{`dir/p.yaml:8:7: SF0328: the table t is fed by the full extracts of the flow snap, which would delete what the flow f brings`, `dir/p.yaml:10:7: SF0328`}},
		"extracts beside appended rows": {cdc("snap source: a, keys: [id], version_by: _file_path") + "  g: {append_flow: {target: t, source: a}}\n", []string{`dir/p.yaml:9:7: SF0328`}},
		"two flows of extracts":         {cdc("snap source: a, keys: [id], version_by: _file_path", "snap2 source: a, keys: [id], version_by: _file_path"), []string{`dir/p.yaml:9:11: SF0328`}},
		"extracts once":                 {cdc("snap once source: a, keys: [id], version_by: _file_path"), []string{`dir/p.yaml:8:10: SF0328: the flow snap takes full extracts as they come`}},
		"extracts that change": {strings.Replace(cdc("snap source: a, keys: [id], version_by: _file_path"), "a/*.json, format: json", "a/*.json, format: json, on_change: reread", 1),
			[]string{`dir/p.yaml:8:59: SF0328: the flow snap takes each full extract once, and the source a has on_change: reread`}},
		"version of a record": {cdc("snap source: a, keys: [id], version_by: [_file_path, UPPER(id)]"),
			[]string{`dir/p.yaml:8:99: SF0329: version_by of the flow snap reads id of the records of a, and a version is of the whole extract`}},
		"version of a record by a view": {strings.Replace(cdc("snap source: v, keys: [id], version_by: day"), "flows:", "views: {v: 'SELECT *, SUBSTR(_file_path, n) AS day FROM a'}\nflows:", 1),
			[]string{`SF0329: version_by of the flow snap reads n of the records of a`}},
		"version of nothing":        {cdc("snap source: a, keys: [id], version_by: \"'x'\""), []string{`SF0329: version_by of the flow snap is the same for all files of a`}},
		"version without an order":  {cdc("snap source: a, keys: [id], version_by: tags"), []string{`SF0308: version_by of the flow snap is of type MAP`}},
		"version of another branch": {strings.Replace(cdc("snap source: v, keys: [id], version_by: day"), "flows:", "views: {v: \"SELECT id, _file_path AS day FROM a UNION ALL SELECT id, CONCAT(_file_path, 'x') AS day FROM a\"}\nflows:", 1), []string{`SF0329: version_by of the flow snap gives the files of a several versions`}},
		"interval as a partition": {table("partition_by: [__start_at, __END_AT]", cdc("f source: a, keys: [id], sequence_by: [n, small], stored_as_scd_type: 2")),
			[]string{`dir/p.yaml:6:47: SF0323: the column __START_AT of the table t is STRUCT<n BIGINT, small INT>, which partition_by cannot take`, `SF0323`}},
		"interval by a flow": {strings.Replace(cdc("f source: v, keys: [id], sequence_by: x, stored_as_scd_type: 2"), "flows:", "views: {v: 'SELECT id, n AS x, n AS __end_at FROM a'}\nflows:", 1),
			[]string{`SF0313: the column name __end_at of the table t is reserved`}},
	}
	expectDiagnostics(t, tests)
}

// facts writes what Keyed says beyond keys and sequence.
func facts(t *model.Table) string {
	k := t.Keyed
	names := func(columns []int) (out []string) {
		for _, i := range columns {
			out = append(out, t.Columns[i].Name)
		}
		return out
	}
	var b strings.Builder
	if k.SCDType == 2 {
		for _, i := range []int{k.Start, k.End} {
			b.WriteString(t.Columns[i].Name + " " + sqlexpr.TypeName(t.Columns[i].Type) + " ")
		}
	}
	for word, list := range map[string][]int{"untracked": k.Untracked, "ignores": k.IgnoreNulls} {
		if list != nil {
			b.WriteString(word + " " + strings.Join(names(list), " ") + " ")
		}
	}
	if k.SequenceColumns != nil {
		b.WriteString("sequence in " + strings.Join(names(k.SequenceColumns), " ") + " ")
	}
	if k.Snapshot {
		b.WriteString("extracts ")
	}
	if k.TombstoneRetentionMicros != 0 {
		b.WriteString("forgets")
	}
	return strings.TrimSpace(b.String())
}

func TestFactsOfAutoCDC(t *testing.T) {
	two := "stored_as_scd_type: 2"
	for name, c := range map[string]struct{ text, want string }{
		"one sequence":         {cdc("f source: a, keys: [id], sequence_by: at, " + two), "__START_AT TIMESTAMP __END_AT TIMESTAMP"},
		"left out":             {cdc("f source: a, keys: [id], sequence_by: at, except_column_list: [at], " + two), "__START_AT TIMESTAMP __END_AT TIMESTAMP"},
		"an enum":              {cdc("f source: a, keys: [id], sequence_by: kind, " + two), "__START_AT STRING __END_AT STRING"},
		"a struct":             {cdc("f source: a, keys: [id], sequence_by: who, " + two), "__START_AT STRUCT<name STRING> __END_AT STRUCT<name STRING>"},
		"a list of columns":    {cdc("f source: a, keys: [id], sequence_by: [AT, n], " + two), "__START_AT STRUCT<`at` TIMESTAMP, n BIGINT> __END_AT STRUCT<`at` TIMESTAMP, n BIGINT>"},
		"unnamed parts":        {cdc("f source: a, keys: [id], sequence_by: \"STRUCT(`at`, n + 1, small AS s, 'x')\", " + two), "__START_AT STRUCT<`at` TIMESTAMP, col2 BIGINT, s INT, col4 STRING> __END_AT STRUCT<`at` TIMESTAMP, col2 BIGINT, s INT, col4 STRING>"},
		"one column twice":     {cdc("f source: a, keys: [id], sequence_by: [n, N], " + two), "__START_AT STRUCT<n BIGINT, col2 BIGINT> __END_AT STRUCT<n BIGINT, col2 BIGINT>"},
		"some are tracked":     {cdc("f source: a, keys: [id], sequence_by: n, column_list: [id, n, at, kind], track_history_column_list: [KIND, id], " + two), "__START_AT BIGINT __END_AT BIGINT untracked n at"},
		"all but some":         {cdc("f source: a, keys: [id, n], sequence_by: n, column_list: [id, n, at, kind], track_history_except_column_list: [kind, n], " + two), "__START_AT BIGINT __END_AT BIGINT untracked kind"},
		"all ignore NULL":      {cdc("f source: a, keys: [id], sequence_by: n, column_list: [id, n, at], ignore_null_updates: true"), "ignores n at"},
		"none does":            {cdc("f source: a, keys: [id], sequence_by: n, ignore_null_updates: false"), "sequence in n"},
		"some do":              {cdc("f source: a, keys: [id], sequence_by: n, ignore_null_updates: [who, N], " + two), "__START_AT BIGINT __END_AT BIGINT ignores n who"},
		"all but some do":      {cdc("f source: a, keys: [id], sequence_by: n, column_list: [id, n, at], ignore_null_updates_except_column_list: [id, n]"), "ignores at"},
		"of a column of one":   {cdc("f source: a, keys: [id], sequence_by: small, column_list: [id, n], "+two, "g source: a, keys: [id], sequence_by: small, column_list: [id, kind, n], track_history_except_column_list: [kind], "+two), "__START_AT INT __END_AT INT untracked kind"},
		"forgets":              {table("tombstone_retention: 12h", cdc("f source: a, keys: [id], sequence_by: n, apply_as_deletes: n = 0", "g source: a, keys: [id], sequence_by: n")), "sequence in n forgets"},
		"forgets, but NULLs":   {table("tombstone_retention: 12h", cdc("f source: a, keys: [id], sequence_by: n, column_list: [id, at], ignore_null_updates: true, apply_as_deletes: n = 0")), "ignores at forgets"},
		"extracts":             {cdc("snap source: a, keys: [id], version_by: _file_modification_time"), "extracts"},
		"history of extracts":  {cdc("snap source: a, keys: [id], version_by: [_file_path, _file_modification_time], " + two), "__START_AT STRUCT<_file_path STRING, _file_modification_time TIMESTAMP> __END_AT STRUCT<_file_path STRING, _file_modification_time TIMESTAMP> extracts"},
		"laid out by interval": {table("partition_by: [__START_AT], cluster_by: [__end_at]", cdc("f source: a, keys: [id], sequence_by: n, "+two)), "__START_AT BIGINT __END_AT BIGINT"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			p, diags := resolveText(t, c.text)
			for _, d := range diags {
				if d.Severity == diag.Error {
					t.Error(d.Error())
				}
			}
			table := p.Tables[0]
			if got := facts(table); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			for _, f := range p.Flows {
				for _, b := range f.Branches {
					if len(b.Row) != len(table.Columns) {
						t.Errorf("%s fills %d of %d columns", f.Name, len(b.Row), len(table.Columns))
					}
				}
			}
		})
	}
}

// TestTruncatesOfSomeFlows are typed over each branch's source.
func TestTruncatesOfSomeFlows(t *testing.T) {
	p, diags := resolveText(t, strings.Replace(cdc("f source: v, keys: [id], sequence_by: m, apply_as_truncates: m  = 0", "g source: v, keys: [id], sequence_by: m"),
		"flows:", "views: {v: 'SELECT id, n AS m FROM a UNION ALL SELECT id, small AS m FROM a'}\nflows:", 1))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var got []string
	for _, f := range p.Flows {
		for _, b := range f.Branches {
			text := ""
			if b.Truncate != nil {
				text = sqlexpr.Format(b.Truncate, b.Source.Columns)
			}
			got = append(got, text)
		}
	}
	if d := cmp.Diff([]string{"(n = 0)", "(CAST(small AS BIGINT) = 0)", "", ""}, got); d != "" || p.Flows[0].Apply.ApplyAsTruncates != "(m = 0)" || p.Flows[1].Apply.ApplyAsTruncates != "" {
		t.Errorf("%s%+v", d, p.Flows[0].Apply)
	}
}
