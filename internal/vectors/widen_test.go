package vectors_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/harness"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/internal/vectors"
	"github.com/seamflow/seamflow/internal/vectors/run"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
)

// TestWiderTypes has a pipeline go on with wider types on the table of another (R29): rows that were there are read by engines
// that are not ours as the new types, and updates and deletes find them.
func TestWiderTypes(t *testing.T) {
	of := func(name string, scd int, types ...string) *vectors.Vector {
		columns := []harness.Column{{Name: "id", Type: "INT"}, {Name: "v", Type: "BIGINT"}, {Name: "op", Type: "STRING"}}
		for i, column := range []string{"n", "price", "rate", "total"} {
			columns = append(columns, harness.Column{Name: column, Type: types[i]})
		}
		return &vectors.Vector{Name: name, Keys: []string{"id"}, SequenceBy: "v", SCDType: scd, Schema: columns, Options: map[string]json.RawMessage{
			"apply_as_deletes": json.RawMessage(`"op = 'D'"`), "except_column_list": json.RawMessage(`[op, v]`)}}
	}
	narrow, wide := []string{"INT", "DECIMAL(6,2)", "FLOAT", "INT"}, []string{"BIGINT", "DECIMAL(12,4)", "DOUBLE", "DECIMAL(12,2)"}
	all := []*vectors.Vector{of("narrow1", 1, narrow...), of("wide1", 1, wide...), of("narrow2", 2, narrow...), of("wide2", 2, wide...)}
	runner := build(t, all)
	first := run.Step{"f": {
		json.RawMessage(`{"id": 1, "v": 1, "n": 2147483647, "price": "12.34", "rate": 0.5, "total": 7}`),
		json.RawMessage(`{"id": 2, "v": 1, "n": null, "price": "1.00", "rate": 1.5, "total": -1}`),
		json.RawMessage(`{"id": 3, "v": 1, "n": 3, "price": null, "rate": null, "total": null}`),
	}}
	second := run.Step{"f": {
		json.RawMessage(`{"id": 1, "v": 2, "n": 2147483648, "price": "12.3456", "rate": 0.1, "total": "7.25"}`),
		json.RawMessage(`{"id": 3, "v": 2, "op": "D"}`),
	}}
	for scd, want := range map[string][]string{
		"1": {
			`{"id":"1","n":"2147483648","price":"12.3456","rate":"0.1","total":"7.25"}`,
			`{"id":"2","n":null,"price":"1.0000","rate":"1.5","total":"-1.00"}`,
		},
		"2": {
			`{"__END_AT":"2","__START_AT":"1","id":"1","n":"2147483647","price":"12.3400","rate":"0.5","total":"7.00"}`,
			`{"__END_AT":"2","__START_AT":"1","id":"3","n":"3","price":null,"rate":null,"total":null}`,
			`{"__END_AT":null,"__START_AT":"1","id":"2","n":null,"price":"1.0000","rate":"1.5","total":"-1.00"}`,
			`{"__END_AT":null,"__START_AT":"2","id":"1","n":"2147483648","price":"12.3456","rate":"0.1","total":"7.25"}`,
		},
	} {
		dir := filepath.Join(t.TempDir(), scd)
		for _, j := range []run.Job{
			{Vector: "narrow" + scd, Dir: dir, Steps: []run.Step{first}},
			{Vector: "wide" + scd, Dir: dir, Steps: []run.Step{first, second}},
		} {
			if got := runner.run(t, []run.Job{j})[dir]; got.Error != "" {
				t.Fatalf("%s: %s", j.Vector, got.Error)
			}
		}
		for _, engine := range []readers.Engine{readers.DeltaRS, readers.DuckDB} {
			got := canonical(t, readers.Records(t, engine, filepath.Join(dir, "tables", "target")))
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("SCD type %s, %s (-want +got):\n%s", scd, engine, diff)
			}
		}
		if !widensWithItsContract(t, filepath.Join(dir, "tables", "target")) {
			t.Errorf("SCD type %s: no one commit has the wider types and the contract that says so", scd)
		}
		if got := runner.run(t, []run.Job{{Vector: "narrow" + scd, Dir: dir, Steps: []run.Step{first}}})[dir]; got.Error == "" {
			t.Error("the types went back to narrower ones")
		}
	}
}

// widensWithItsContract reports whether the commit that widens has the contract too: a crash between two would let the program
// of before write files of the narrower types.
func widensWithItsContract(t *testing.T, table string) bool {
	t.Helper()
	commits, err := filepath.Glob(filepath.Join(table, "_delta_log", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range commits {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(delta.OpWiden)) {
			return bytes.Contains(text, []byte(contract.Domain))
		}
	}
	return false
}
