package app

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/merge"
)

// shortWords is words with a rule of its table.
func shortWords() flow.Pipeline {
	schema := column.Schema{{Name: "w", Type: column.Of(column.String)}}
	src := &flow.Source[word]{Name: "in", Format: flow.JSON, Files: files.Spec{Path: "in/*.json"}, JSON: decodeWord}
	return flow.Pipeline{Name: "p", Tables: []flow.TableRunner{flow.NewTable(flow.Table[word]{
		Name: "words", Path: "words", Schema: schema, OnBadRecord: flow.Quarantine,
		NewRows: func() column.Rows[word] {
			l := column.NewLeaves(schema)
			return &wordRows{l, l.Strings(0)}
		},
		Contract: contract.Table{Name: "words", Kind: contract.Append, Columns: []contract.Column{{Name: "w", Type: "string"}}},
		Flows: []flow.Flow[word]{{
			Name: "say", Expectations: []flow.Expectation{{Owner: "tables.words", Name: "short", Rule: "LENGTH(w) < 3", Action: flow.Warn}},
			Inputs: []flow.Input[word]{flow.From(src, func(s *word, m *flow.Meta, row *word, _ *merge.Change) (bool, error) {
				if row.W = s.W; len(s.W) >= 3 {
					m.Warn(0)
				}
				return true, nil
			})},
		}},
	})}}
}

func TestExpectationsAreShown(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`, `{"w":"long"}`, `{"w":"longer"}`)
	call := func(args ...string) string {
		t.Helper()
		var o, e bytes.Buffer
		if code := run(t.Context(), shortWords(), append(args, "--data", dir), terminal{in: strings.NewReader(""), out: &o, err: &e}); code != flow.ExitFine {
			t.Fatalf("%v: exit %d: %s", args, code, &e)
		}
		if args[0] == "run" && !strings.Contains(e.String(), `level=WARN msg="expectation not met" table=words version=1 flow=say expectation=tables.words.short records=2`) {
			t.Errorf("no warning in\n%s", &e)
		}
		return o.String()
	}
	const line = "say   tables.words.short  LENGTH(w) < 3  warn    2"
	for _, out := range []string{call("run", "--available-now"), call("status")} {
		if !strings.Contains(out, line) {
			t.Errorf("no %q in\n%s", line, out)
		}
	}
	var doc struct {
		Tables []struct {
			Flows []struct {
				Expectations []flow.ExpectationSummary `json:"expectations"`
			} `json:"flows"`
		} `json:"tables"`
	}
	if err := json.Unmarshal([]byte(call("status", "--json")), &doc); err != nil {
		t.Fatal(err)
	}
	want := []flow.ExpectationSummary{{Owner: "tables.words", Name: "short", Rule: "LENGTH(w) < 3", Action: flow.Warn, Total: 2}}
	if diff := cmp.Diff(want, doc.Tables[0].Flows[0].Expectations); diff != "" {
		t.Error(diff)
	}
}
