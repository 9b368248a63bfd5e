package deploy

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/contract"
)

// TestWhatStatisticsSay is never less than the rows that there may be.
func TestWhatStatisticsSay(t *testing.T) {
	for name, c := range map[string]struct {
		typ, stats string
		want       []string
	}{
		"a day":            {"date", `"minValues":{"c":"2024-01-01"},"maxValues":{"c":"2024-01-31"},"nullCount":{"c":0}`, []string{"c >= '2024-01-01'", "c <= '2024-01-31'", "c IS NOT NULL"}},
		"some are NULL":    {"int", `"minValues":{"c":1},"maxValues":{"c":2},"nullCount":{"c":3}`, []string{"(c >= 1 AND c <= 2) OR c IS NULL"}},
		"NULLs not told":   {"int", `"minValues":{"c":-1},"maxValues":{"c":2}`, []string{"(c >= -1 AND c <= 2) OR c IS NULL"}},
		"all are NULL":     {"int", `"nullCount":{"c":10}`, []string{"c IS NULL"}},
		"one bound":        {"string", `"minValues":{"c":"it's"},"nullCount":{"c":0}`, []string{`c >= 'it\'s'`, "c IS NOT NULL"}},
		"a time, cut":      {"timestamp", `"minValues":{"c":"2024-01-01T00:00:00.123Z"},"maxValues":{"c":"2024-01-01T01:00:00.123+01:00"},"nullCount":{"c":0}`, []string{"c >= '2024-01-01 00:00:00.123+00:00'", "c <= '2024-01-01 00:00:00.123999+00:00'", "c IS NOT NULL"}},
		"floats have NaN":  {"double", `"minValues":{"c":1.5},"maxValues":{"c":2.5},"nullCount":{"c":0}`, []string{"c IS NOT NULL"}},
		"a boolean":        {"boolean", `"minValues":{"c":true},"nullCount":{"c":1}`, nil},
		"no day":           {"date", `"minValues":{"c":"12024-01-01"}`, nil},
		"nested":           {"struct<a:int>", `"minValues":{"c":{"a":1}},"nullCount":{"c":{"a":1}}`, nil},
		"nothing is known": {"int", `"numRecords":10`, nil},
		"decimals":         {"decimal(10,2)", `"minValues":{"c":-1.50},"maxValues":{"c":2.25},"nullCount":{"c":0}`, []string{"c >= -1.50", "c <= 2.25", "c IS NOT NULL"}},
	} {
		var s statistics
		if err := json.Unmarshal([]byte("{"+c.stats+"}"), &s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, s.conditions(contract.Column{Name: "c", Type: c.typ}, 10)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestStatisticsAsFilters read as SQL, whatever the columns are called.
func TestStatisticsAsFilters(t *testing.T) {
	w := newWorld(t)
	w.deploy(actions(allFiles))
	w.read("actions", "files", "clicks_files", "1.json")
	w.rows("actions", 2, `"minValues":{"id":"a","event_date":"2024-01-01","ts":"2024-01-01T00:00:00.123456Z","n":-5},
		"maxValues":{"id":"z'","event_date":"2024-01-02","ts":"2024-03-31T23:59:59.999Z","n":7},"nullCount":{"id":0,"event_date":0,"ts":0,"n":1}`)
	for where, held := range map[string]bool{
		"event_date > '2024-01-02'": false, "event_date >= '2024-01-02'": true, "event_date IS NULL": false,
		"ts >= '2024-04-01'": false, "ts >= '2024-03-31 23:59:59.9995'": true, "ts < '2024-01-01'": false,
		"CAST(ts AS DATE) >= '2024-04-01'": false, "n > 7": false, "n < 0": true, "n IS NULL": true,
		"id > 'z'": true, "id > 'zz'": false, "id < 'a'": false, "LENGTH(id) = 5": true,
	} {
		p := w.plan(actions(appendFlow("files", "clicks_files", "NOT ("+where+")"), appendFlow("live", "clicks_kafka", where)))
		got := false
		for _, c := range p.Tables[0].Flows[1].Changes {
			got = got || strings.Contains(c.Message, "the table holds rows already")
		}
		if got != held {
			t.Errorf("%s: %v", where, got)
		}
	}
}
