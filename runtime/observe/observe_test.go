package observe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/observe"
)

func TestAddAndBalance(t *testing.T) {
	one := observe.Counts{Read: 28, Filtered: 1, Appended: 2, Upserted: 3, Deleted: 4, Deduplicated: 5, Late: 6, Quarantined: 7, Tied: 8}
	sum := one
	sum.Add(one)
	want := observe.Counts{Read: 56, Filtered: 2, Appended: 4, Upserted: 6, Deleted: 8, Deduplicated: 10, Late: 12, Quarantined: 14, Tied: 16}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Error(diff)
	}
	if !sum.Balanced() {
		t.Error("56 read, 56 accounted for, and not balanced")
	}
	sum.Late--
	if sum.Balanced() {
		t.Error("a record went missing and it balances")
	}
}
