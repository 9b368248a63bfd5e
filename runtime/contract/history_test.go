package contract_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/contract"
)

// versions is the contract of a table of SCD type 2.
func versions() *contract.Table {
	c := orders()
	c.Kind = contract.SCD2
	c.Columns = append(c.Columns, contract.Column{Name: "note", Type: "string", Nullable: true},
		contract.Column{Name: "__START_AT", Type: "timestamp", Nullable: true}, contract.Column{Name: "__END_AT", Type: "timestamp", Nullable: true})
	c.Untracked = []string{"note"}
	return c
}

func TestHowEventsBecomeRows(t *testing.T) {
	tests := []struct {
		name   string
		change func(*contract.Table)
		want   []string // verdict field
	}{
		{"nothing", func(*contract.Table) {}, nil},
		{"another SCD type", func(c *contract.Table) { c.Kind, c.Untracked, c.Columns = contract.SCD1, nil, c.Columns[:3] }, []string{"refresh kind", "note columns.__START_AT", "note columns.__END_AT"}},
		{"all is tracked", func(c *contract.Table) { c.Untracked = nil }, []string{"refresh track_history"}},
		{"less is tracked", func(c *contract.Table) { c.Untracked = []string{"note", "updated"} }, []string{"refresh track_history"}},
		{"the same by another case and order", func(c *contract.Table) { c.Untracked = []string{"NOTE"} }, nil},
		{"a new column that is not tracked", func(c *contract.Table) {
			c.Columns = append(c.Columns, contract.Column{Name: "seen", Type: "string"})
			c.Untracked = []string{"note", "seen"}
		}, []string{"note columns.seen"}},
		{"NULLs are ignored", func(c *contract.Table) { c.IgnoreNulls = []string{"updated"} }, []string{"refresh ignore_null_updates"}},
		{"NULLs of a new column are ignored", func(c *contract.Table) {
			c.Columns = append(c.Columns, contract.Column{Name: "seen", Type: "string"})
			c.IgnoreNulls = []string{"seen"}
		}, []string{"refresh ignore_null_updates", "note columns.seen"}},
		{"a new column among those of before", func(c *contract.Table) {
			c.Columns = slices.Insert(c.Columns, 1, contract.Column{Name: "seen", Type: "string"})
		}, []string{"refresh columns", "note columns.seen"}},
		{"columns in another order", func(c *contract.Table) {
			c.Columns[1], c.Columns[2] = c.Columns[2], c.Columns[1]
		}, []string{"refresh columns"}},
		{"a column less", func(c *contract.Table) { c.Columns = slices.Delete(c.Columns, 1, 2) }, []string{"refuse columns.updated"}},
		{"full extracts", func(c *contract.Table) { c.Snapshot = true }, []string{"refresh kind"}},
		{"truncates", func(c *contract.Table) { c.Flows[0].Truncates = "op = 'T'" }, []string{"backfill flows.live.apply_as_truncates"}},
		{"retention", func(c *contract.Table) { c.TombstoneRetention = time.Hour }, []string{"note tombstone_retention"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := versions()
			tt.change(now)
			var got []string
			for _, d := range compare(versions(), now) {
				got = append(got, d.Verdict.String()+" "+d.Field)
				if text := d.String(); d.Stops() && !strings.Contains(text, "reset orders") {
					t.Errorf("%s: names no way out", d)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFullExtracts are taken in order, each over the one before: what reads them again reads them all, into an empty table.
func TestFullExtracts(t *testing.T) {
	extracts := func() *contract.Table {
		c := versions()
		c.Snapshot, c.Flows[0].Deletes = true, ""
		return c
	}
	for name, c := range map[string]struct {
		change func(*contract.Table)
		want   string
	}{
		"another version": {func(c *contract.Table) { c.Sequence = []string{"_file_path"} }, "refresh version_by"},
		"another flow":    {func(c *contract.Table) { c.Flows[0].Name = "x" }, "refuse flows.x"},
		"another filter":  {func(c *contract.Table) { c.Flows[0].Inputs[0].Where = nil }, "backfill flows.live.where"},
	} {
		now := extracts()
		c.change(now)
		got := compare(extracts(), now)
		if len(got) == 0 || got[0].Verdict.String()+" "+got[0].Field != c.want || !strings.Contains(got[0].WayOut, "reset orders") {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhatIsStored(t *testing.T) {
	c := versions()
	c.Snapshot, c.IgnoreNulls, c.TombstoneRetention, c.Flows[0].Truncates = true, []string{"note"}, 90*time.Minute, "op = 'T'"
	text, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := contract.Decode(text)
	if diff := cmp.Diff(c, back); err != nil || diff != "" {
		t.Errorf("%v%s", err, diff)
	}
	plain, _ := orders().Encode()
	for _, word := range []string{"snapshot", "untracked", "ignore_nulls", "tombstone_retention", "truncates"} {
		if strings.Contains(plain, word) || !strings.Contains(text, word) {
			t.Errorf("%s is stored where it is not said, or not where it is", word)
		}
	}
}
