package main_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/examples/debezium/customers"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/observe"
)

// world is a data folder that files arrive in.
type world struct {
	*testing.T
	dir string
}

// newWorld has an empty folder for change events.
func newWorld(t *testing.T) world {
	w := world{t, t.TempDir()}
	if err := os.MkdirAll(filepath.Join(w.dir, "data", "changes"), 0o755); err != nil {
		t.Fatal(err)
	}
	return w
}

// put lets a file arrive, long enough ago to be taken at once.
func (w world) put(name, content string) {
	w.Helper()
	path := filepath.Join(w.dir, "data", "changes", name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		w.Fatal(err)
	}
	then := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := os.Chtimes(path, then, then); err != nil {
		w.Fatal(err)
	}
}

// run runs to the end of what is there and gives the counts by flow.
func (w world) run() map[string]observe.Counts {
	w.Helper()
	s, err := customers.Pipeline().Run(context.Background(), flow.Options{Data: w.dir, AvailableNow: true})
	if err != nil {
		w.Fatal(err)
	}
	counts := map[string]observe.Counts{}
	for _, t := range s.Tables {
		for _, f := range t.Flows {
			counts[f.Name] = f.Run
			if !f.Run.Balanced() {
				w.Errorf("%s: %+v does not add up", f.Name, f.Run)
			}
		}
	}
	return counts
}

// example gives the lines of the example's files, in order.
func example(t *testing.T) (lines []string) {
	t.Helper()
	for i := range 5 {
		data, err := os.ReadFile(filepath.Join("data", "changes", "customers-"+strconv.Itoa(i)+".json"))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")...)
	}
	return lines
}

// rows reads columns of a table with delta-rs, sorted.
func (w world) rows(table string, names ...string) (out []string) {
	w.Helper()
	for _, row := range readers.Records(w.T, readers.DeltaRS, filepath.Join(w.dir, "tables", table)) {
		texts := make([]string, len(names))
		for i, name := range names {
			texts[i] = text(row[name])
		}
		out = append(out, strings.Join(texts, " "))
	}
	slices.Sort(out)
	return out
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return v
	case interface{ String() string }: // json.Number
		return v.String()
	}
	return "?"
}

// customersNow is public.customers after the last event.
var customersNow = []string{
	"1001 Thomas-Reed sally.thomas@acme.com 2000.00 1981-01-01",
	"1002 Bailey george@bailey.org 500.00 1964-01-02",
	"1005 Iyer ravi@example.com NULL 1992-01-02",
	"1014 Kretchmar annek@noanswer.org 300.50 1984-01-01",
}

// customersThen is every version of every customer: a truncate ends none.
var customersThen = []string{
	"1001 24023100 24023128 Thomas sally.thomas@acme.com NULL",
	"1001 24023128 24023900 Thomas sally.thomas@acme.com 1200.00",
	"1001 24023900 24024100 Thomas sally.thomas@acme.com 2000.00",
	"1001 24024100 NULL Thomas-Reed sally.thomas@acme.com 2000.00",
	"1002 24023100 24023136 Bailey gbailey@foobar.com NULL",
	"1002 24023136 24023400 Bailey gbailey@foobar.com 500.00",
	"1002 24023400 NULL Bailey george@bailey.org 500.00",
	"1003 24023144 24023664 Walker ed@walker.com 700.00",
	"1004 24023152 24024500 Kretchmar annek@noanswer.org 300.50",
	"1005 24024000 24024800 Iyer ravi@example.com 0.00",
	"1005 24024800 NULL Iyer ravi@example.com NULL",
	"1014 24024500 NULL Kretchmar annek@noanswer.org 300.50",
	"999 24023100 NULL Customer test@example.com NULL",
}

func (w world) check() {
	w.Helper()
	if diff := cmp.Diff(customersNow, w.rows("customers", "id", "last_name", "email", "credit_limit", "born")); diff != "" {
		w.Errorf("customers: %s", diff)
	}
	if diff := cmp.Diff(customersThen, w.rows("customer_history", "id", "__START_AT", "__END_AT", "last_name", "email", "credit_limit")); diff != "" {
		w.Errorf("customer_history: %s", diff)
	}
}

func TestTablesAreAsInTheDatabase(t *testing.T) {
	w := newWorld(t)
	w.put("all.json", strings.Join(example(t), "\n"))
	counts := w.run()
	w.check()
	if c := counts["customers_flow"]; c.Read != 23 || c.Filtered != 3 || c.Quarantined != 1 {
		t.Errorf("%+v; want 23 records, 3 tombstones and 1 in quarantine", c)
	}
	if c := counts["customer_history_flow"]; c.Read != 23 || c.Filtered != 4 || c.Quarantined != 1 {
		t.Errorf("%+v; want 23 records, 3 tombstones and a truncate, and 1 in quarantine", c)
	}
	for _, table := range []string{"customers", "customer_history"} {
		reasons := w.rows(table+"__quarantine", "line", "reason")
		if len(reasons) != 1 || !strings.HasPrefix(reasons[0], "23 at byte 0: there is no op") {
			t.Errorf("%s: %q", table, reasons)
		}
	}
}

// TestOrderOfArrivalDoesNotMatter takes the lines one a file, from the last to the first, with a run after each.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	w := newWorld(t)
	lines := example(t)
	for i := len(lines) - 1; i >= 0; i-- {
		w.put(strconv.Itoa(i)+".json", lines[i]+"\n")
		if i%4 == 0 {
			w.run()
		}
	}
	w.check()
}
