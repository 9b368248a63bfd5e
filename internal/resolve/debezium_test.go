package resolve

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/internal/diag"
)

// TestChangeEvents: what an event says may be named without a view, its row's columns may be NULL, and so may those of
// another source of the same record. Sources of other formats have no such columns.
func TestChangeEvents(t *testing.T) {
	const more = `  d: {schema: A, files: {path: d/*.json, format: debezium-json}}
`
	head := strings.Replace(head, "tables:", more+"tables:", 1)
	p, diags := resolveText(t, head+`flows:
  f: {apply_changes: {target: t, source: d, keys: [id], sequence_by: [_source_lsn, _TS_MS], apply_as_deletes: _op = 'd', column_list: [id, n]}}
  g: {apply_changes: {target: t, source: a, keys: [id], sequence_by: [n, n], column_list: [id, n]}}
`)
	for _, d := range diags {
		if d.Severity == diag.Error {
			t.Error(d.Error())
		}
	}
	want := `table t: id STRING, n BIGINT, keys id by 2 parts (BIGINT, BIGINT) in the merge log
f 0 from d: row id row n seq _source_lsn seq _ts_ms delete (_op = 'd')
g 0 from a: row id row n seq n seq n
`
	if diff := cmp.Diff(want, dump(p)); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct{ flow, want string }{
		"no event":              {`{append_flow: {target: t, source: a, where: _op = 'c'}}`, "_op"},
		"not part of all":       {`{apply_changes: {target: t, source: v, keys: [id], sequence_by: _source_lsn}}`, "_source_lsn"},
		"as a key":              {`{apply_changes: {target: t, source: d, keys: [_source_table], sequence_by: _source_lsn}}`, "SF0307"},
		"of the wrong type":     {`{append_flow: {target: t, source: d, where: _source_lsn = 'x'}}`, "SF02"},
		"text that is no order": {`{apply_changes: {target: t, source: d, keys: [id], sequence_by: tags}}`, "SF0308"},
	} {
		_, diags := resolveText(t, head+"views: {v: SELECT * FROM d}\nflows:\n  f: "+c.flow+"\n")
		found := false
		for _, d := range diags {
			found = found || d.Severity == diag.Error && strings.Contains(d.Error(), c.want)
		}
		if !found {
			t.Errorf("%s: %v", name, diags)
		}
	}
}
