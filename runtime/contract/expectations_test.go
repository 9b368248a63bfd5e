package contract_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/contract"
)

func TestExpectationsThatComeChangeAndGoAreNotes(t *testing.T) {
	table := func(all ...contract.Expectation) *contract.Table {
		return &contract.Table{Name: "t", Kind: contract.Append, Columns: []contract.Column{{Name: "a", Type: "int"}}, Expectations: all}
	}
	rule := func(name, rule, action string) contract.Expectation {
		return contract.Expectation{Owner: "views.v", Name: name, Rule: rule, Action: action}
	}
	one := contract.Expectation{Owner: "tables.t", Name: "one", Unique: []string{"a"}, Action: "warn"}
	both := contract.Expectation{Owner: "tables.t", Name: "one", Unique: []string{"a", "b"}, Action: "fail"}
	stored, err := table(rule("same", "x", "drop"), rule("gone", "x", "warn"), rule("other", "x", "warn"), one).Encode()
	if err != nil {
		t.Fatal(err)
	}
	before, err := contract.Decode(stored)
	if err != nil {
		t.Fatal(err)
	}
	now := table(rule("same", "x", "drop"), rule("other", "y", "warn"), rule("fresh", "z", "fail"), both)
	want := []string{
		"views.v.expectations.other: it was x and is now y: rows that are there stay as they were judged",
		"views.v.expectations.fresh: a new expectation (z, fail): rows that are there were not held against it",
		"tables.t.expectations.one: it was unique a and is now unique a, b: rows that are there stay as they were judged",
		"tables.t.expectations.one: on_violation was warn and is now fail: rows that are there stay as they were judged",
		"views.v.expectations.gone: the expectation is gone: rows are not held against it any more",
	}
	var got []string
	for _, d := range compare(before, now) {
		if d.Verdict != contract.Note {
			t.Errorf("%s is %s, want a note", d, d.Verdict)
		}
		got = append(got, d.String())
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(got, "\n")); diff != "" {
		t.Error(diff)
	}
}
