package deploy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// change is a spec that follows another one, with what the table has come to know in between.
type change struct {
	from, to string
	know     func(w *world) // between the two; nil: every flow has read a file or some offsets
	stops    bool
	want     []string
}

// edit is a spec with one thing changed.
func edit(spec string, oldNew ...string) string {
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(spec, oldNew[i]) {
			panic("no " + oldNew[i])
		}
		spec = strings.ReplaceAll(spec, oldNew[i], oldNew[i+1])
	}
	return spec
}

const (
	columns1 = "SELECT id, ts, page, n FROM feed"
	history  = "keys: [id], sequence_by: ts, stored_as_scd_type: 2"
)

func (w *world) check(t *testing.T, name string, c change) {
	t.Run(name, func(t *testing.T) {
		w := newWorld(t)
		w.deploy(c.from)
		c.know(w)
		p := w.plan(c.to)
		if diff := cmp.Diff(c.want, summary(p)); diff != "" || p.Stops() != c.stops {
			var b strings.Builder
			_ = p.Text(&b)
			t.Errorf("stops: %v\n%s\n%s", p.Stops(), diff, b.String())
		}
		for _, table := range p.Tables {
			for _, f := range append(table.Flows, Flow{Changes: table.Changes}) {
				for _, c := range f.Changes {
					if c.counts() >= 2 && c.WayOut == "" {
						t.Errorf("%s: %s: no way out", c.Field, c.Message)
					}
				}
			}
		}
	})
}

func TestChangesOfTablesOfEvents(t *testing.T) {
	deleting := edit(orders, "sequence_by: ts", "sequence_by: ts, apply_as_deletes: n = 0")
	scd2 := edit(orders, "keys: [id], sequence_by: ts", history)
	for name, c := range map[string]change{
		"nothing":               {to: orders, want: []string{"live continues"}},
		"keys":                  {to: edit(orders, "keys: [id]", "keys: [id, page]"), stops: true, want: []string{"refresh keys", "live continues"}},
		"sequence":              {to: edit(orders, "sequence_by: ts", "sequence_by: n"), stops: true, want: []string{"refresh sequence_by", "live continues"}},
		"SCD type":              {to: scd2, stops: true, want: []string{"refresh kind", "note columns.__START_AT", "note columns.__END_AT", "refresh sequence_by", "live continues"}},
		"append instead":        {to: edit(orders, "apply_changes: {target: orders, source: v, keys: [id], sequence_by: ts}", "append_flow: {target: orders, source: v}"), stops: true, want: []string{"refresh kind", "refresh sequence_by", "live continues"}},
		"filter":                {to: edit(orders, "page = 'a'", "page = 'b'"), want: []string{"live continues", "backfill flows.live.where"}},
		"filter written anew":   {to: edit(orders, "page = 'a'", "(PAGE = \"a\")"), want: []string{"live continues"}},
		"deletes":               {to: edit(orders, "sequence_by: ts", "sequence_by: ts, apply_as_deletes: n = 0"), want: []string{"live continues", "backfill flows.live.apply_as_deletes"}},
		"a column more":         {to: edit(orders, columns1, "SELECT id, ts, page, n, event_date FROM feed"), want: []string{"note columns.event_date", "live continues"}},
		"a column less":         {to: edit(orders, columns1, "SELECT id, ts, page FROM feed"), want: []string{"note columns.n", "live continues"}},
		"a column in case":      {to: edit(orders, columns1, "SELECT id, ts, page, n AS N FROM feed"), stops: true, want: []string{"refuse columns.N", "live continues"}},
		"a wider column":        {to: edit(orders, columns1, "SELECT id, ts, page, CAST(n AS BIGINT) AS n FROM feed"), want: []string{"note columns.n", "live continues"}},
		"a narrower column":     {from: edit(orders, columns1, "SELECT id, ts, page, CAST(n AS BIGINT) AS n FROM feed"), to: orders, stops: true, want: []string{"refresh columns.n", "live continues"}},
		"another type":          {to: edit(orders, columns1, "SELECT id, ts, page, CAST(n AS STRING) AS n FROM feed"), stops: true, want: []string{"refresh columns.n", "live continues"}},
		"a column less in SCD2": {from: scd2, to: edit(scd2, columns1, "SELECT id, ts, page FROM feed"), stops: true, want: []string{"refuse columns.n", "live continues"}},
		"track history": {from: scd2, to: edit(scd2, history, history+", track_history_column_list: [n]"), stops: true,
			want: []string{"refresh track_history", "live continues"}},
		"ignore nulls":      {to: edit(orders, "sequence_by: ts", "sequence_by: ts, ignore_null_updates: true"), stops: true, want: []string{"refresh ignore_null_updates", "refresh sequence_by", "live continues"}},
		"ties":              {to: edit(orders, "tables/orders}", "tables/orders}, on_tie: fail"), want: []string{"note on_tie", "live continues"}},
		"bad records":       {to: edit(orders, "tables/orders}", "tables/orders}, on_bad_record: fail"), want: []string{"note on_bad_record", "live continues"}},
		"retention":         {from: deleting, to: edit(deleting, "tables/orders}", "tables/orders}, tombstone_retention: 5d"), want: []string{"note tombstone_retention", "live continues"}},
		"rewrite":           {to: edit(orders, "tables/orders}", "tables/orders}, updates: rewrite"), stops: true, want: []string{"refuse updates", "live continues"}},
		"partitions":        {to: edit(orders, "tables/orders}", "tables/orders}, partition_by: [page]"), stops: true, want: []string{"refresh partition_by", "live continues"}},
		"clusters":          {to: edit(orders, "tables/orders}", "tables/orders}, cluster_by: [page]"), want: []string{"note cluster_by", "live continues"}},
		"an expectation":    {to: edit(orders, "tables/orders}", "tables/orders}, expectations: {x: {expect: n > 0, on_violation: warn}}"), want: []string{"note tables.orders.expectations.x", "live continues"}},
		"once":              {to: edit(orders, "live: {", "live: {once: true, "), want: []string{"live continues", "note flows.live.once"}},
		"a flow renamed":    {to: edit(orders, "live:", "live2:"), want: []string{"live2 starts", "note flows.live2", "live ends", "note flows.live"}},
		"a flow with was":   {to: edit(orders, "live: {", "live2: {was: live, "), want: []string{"live2 continues", "note flows.live2.was"}},
		"a path":            {to: edit(orders, "in/*.json", "in2/*.json"), want: []string{"live continues", "note flows.live.source"}},
		"a source renamed":  {to: edit(orders, " feed:", " events:", "FROM feed", "FROM events"), want: []string{"live continues", "note flows.live.source"}},
		"a table renamed":   {to: edit(orders, "  orders: {delta", "  sales: {delta", "target: orders", "target: sales"), stops: true, want: []string{"refuse name", "live continues"}},
		"a table with was":  {to: edit(orders, "  orders: {delta", "  sales: {was: orders, delta", "target: orders", "target: sales"), want: []string{"note was", "live continues"}},
		"a table elsewhere": {to: edit(orders, "tables/orders", "tables/other"), want: []string{"live starts"}},
		"was elsewhere":     {to: edit(orders, "orders: {delta: {path: tables/orders}", "orders: {was: sales, delta: {path: tables/other}"), want: []string{"note was", "live starts"}},
	} {
		if c.from == "" {
			c.from = orders
		}
		c.know = func(w *world) {
			w.read("orders", "live", "feed", "1.json")
			w.rows("orders", 3, days("2024-01-01", "2024-01-02"))
		}
		(*world)(nil).check(t, name, c)
	}
}

func appendFlow(name, source, where string) string {
	if where == "" {
		return name + ": {append_flow: {target: actions, source: " + source + "}}"
	}
	return name + ": {append_flow: {target: actions, source: " + source + ", where: \"" + where + "\"}}"
}

// accepting is a spec whose table accepts something.
func accepting(spec, word string) string {
	return edit(spec, "path: tables/actions}}", "path: tables/actions}, accept: {"+word+": we know}}")
}

func TestChangesOfAppendTables(t *testing.T) {
	v1, v2 := actions(allFiles), actions(oldFiles, newKafka)
	both := actions(allFiles, appendFlow("live", "clicks_kafka", ""))
	march := func(w *world) {
		w.read("actions", "files", "clicks_files", "1.json")
		w.rows("actions", 3, days("2024-03-01", "2024-03-31"))
	}
	april := func(w *world) {
		march(w)
		w.rows("actions", 2, days("2024-03-31", "2024-04-01"))
	}
	cut := func(w *world) {
		march(w)
		w.reached("actions", "live", "clicks_kafka", 5)
	}
	narrow := []string{"files continues", "note flows.files.where"}
	starts := []string{"live starts", "note flows.live"}
	all := func(parts ...[]string) (out []string) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	renamed := actions(appendFlow("all", "clicks_files", ""))
	for name, c := range map[string]change{
		"a cutover":                          {from: v1, to: v2, know: march, want: all(narrow, starts)},
		"a cutover that is past":             {from: v1, to: v2, know: april, stops: true, want: all(narrow, starts, []string{"refuse flows.live"})},
		"a past cutover, accepted":           {from: v1, to: accepting(v2, "overlap"), know: april, want: all(narrow, starts, []string{"accepted flows.live"})},
		"rows of which nothing is known":     {from: v1, to: v2, know: func(w *world) { march(w); w.rows("actions", 1, `"minValues":{}`) }, stops: true, want: all(narrow, starts, []string{"refuse flows.live"})},
		"rows of NULL":                       {from: v1, to: v2, know: func(w *world) { march(w); w.rows("actions", 1, `"nullCount":{"event_date":1}`) }, want: all(narrow, starts)},
		"the day of the cutover taken twice": {from: v1, to: edit(v2, "event_date < ", "event_date <= "), know: march, stops: true, want: all([]string{"refuse cutover"}, narrow, starts)},
		"that accepted":                      {from: v1, to: accepting(edit(v2, "event_date < ", "event_date <= "), "overlap"), know: march, want: all([]string{"accepted cutover"}, narrow, starts)},
		"the day of the cutover lost":        {from: v1, to: edit(v2, ">= ", "> "), know: march, stops: true, want: all([]string{"files continues", "note flows.files.where", "refuse flows.files"}, starts)},
		"lost in a day that does not exist":  {from: v1, to: edit(v2, "event_date >= '2024-04-01'", "event_date > '2024-03-31'"), know: march, want: all(narrow, starts)},
		"NULL falls between":                 {from: v1, to: edit(v2, "event_date < '2024-04-01'", "page < 'm'", "event_date >= '2024-04-01'", "page >= 'm'"), know: march, stops: true, want: all([]string{"files continues", "note flows.files.where", "refuse flows.files"}, starts, []string{"refuse flows.live"})},
		"what cannot be known":               {from: v1, to: edit(v2, "event_date < '2024-04-01'", "LENGTH(page) < 3", "event_date >= '2024-04-01'", "LOWER(page) = 'x'"), know: march, stops: true, want: all([]string{"refuse cutover"}, []string{"files continues", "note flows.files.where", "refuse flows.files"}, starts, []string{"refuse flows.live"})},
		"two sources":                        {from: v1, to: both, know: march, want: []string{"files continues", "live starts", "note flows.live"}},
		"two sources, one filtered":          {from: v1, to: edit(v2, ", where: \"event_date < '2024-04-01'\"", ""), know: march, stops: true, want: all([]string{"refuse cutover", "files continues"}, starts)},
		"straight to the topic":              {from: v1, to: actions(newKafka), know: march, stops: true, want: []string{"live starts", "note flows.live", "files ends", "note flows.files", "refuse flows.files"}},
		"the files end":                      {from: v2, to: actions(newKafka), know: cut, stops: true, want: []string{"live continues", "files ends", "note flows.files", "refuse flows.files"}},
		"the topic ends":                     {from: v2, to: actions(oldFiles), know: cut, stops: true, want: []string{"files continues", "live ends", "note flows.live", "refuse flows.live"}},
		"a filter that narrows, alone":       {from: v1, to: actions(oldFiles), know: march, stops: true, want: []string{"files continues", "note flows.files.where", "refuse flows.files"}},
		"a gap that is accepted":             {from: v1, to: accepting(actions(oldFiles), "gap"), know: march, want: []string{"files continues", "note flows.files.where", "accepted flows.files"}},
		"a filter that widens":               {from: actions(oldFiles), to: v1, know: march, want: []string{"files continues", "backfill flows.files.where"}},
		"a later cutover":                    {from: v2, to: edit(v2, "2024-04-01", "2024-05-01"), know: cut, want: []string{"files continues", "backfill flows.files.where", "live continues", "note flows.live.where"}},
		"an earlier cutover":                 {from: v2, to: edit(v2, "2024-04-01", "2024-03-15"), know: cut, stops: true, want: []string{"files continues", "note flows.files.where", "live continues", "backfill flows.live.where", "refuse flows.live"}},
		"a flow renamed":                     {from: v1, to: renamed, know: march, stops: true, want: []string{"all starts", "refuse flows.all", "files ends", "note flows.files", "refuse flows.files"}},
		"a flow with was":                    {from: v1, to: edit(renamed, "all: {", "all: {was: files, "), know: march, want: []string{"all continues", "note flows.all.was"}},
		"a topic of another name":            {from: v2, to: edit(v2, "topic: actions", "topic: clicks"), know: cut, stops: true, want: []string{"files continues", "live continues", "note flows.live.source", "refuse flows.live.source"}},
		"files that are a topic":             {from: v1, to: edit(v1, "clicks_files}", "clicks_kafka}", "clicks_files:", "x:", "clicks_kafka:", "clicks_files:", "clicks_kafka}", "clicks_files}"), know: march, stops: true, want: []string{"files continues", "refuse flows.files.source"}},
		"a once flow that is complete ends": {from: edit(v2, "files: {append", "files: {once: true, append"), to: actions(newKafka), know: func(w *world) {
			w.once("actions", "files", 3, 3)
			w.reached("actions", "live", "clicks_kafka", 5)
		}, want: []string{"live continues", "files ends", "note flows.files"}},
		"a once flow that is not ends": {from: edit(v2, "files: {append", "files: {once: true, append"), to: actions(newKafka), know: func(w *world) {
			w.once("actions", "files", 3, 2)
			w.reached("actions", "live", "clicks_kafka", 5)
		}, stops: true, want: []string{"live continues", "files ends", "note flows.files", "refuse flows.files"}},
		"nothing was read":        {from: v1, to: actions(newKafka), know: func(*world) {}, want: []string{"live starts", "note flows.live", "files ends", "note flows.files"}},
		"a filter of what is new": {from: v1, to: v1 + "", know: march, want: []string{"files continues"}},
		"an overlap as it was":    {from: edit(v2, "event_date < ", "event_date <= "), to: edit(v2, "event_date < ", "event_date <= "), know: cut, want: []string{"files continues", "live continues"}},
		"the topic instead of the files": {from: v1, to: actions(appendFlow("live", "clicks_kafka", "")), know: march, stops: true,
			want: []string{"live starts", "note flows.live", "refuse flows.live", "files ends", "note flows.files", "refuse flows.files"}},
		"that, and nothing is there": {from: v1, to: actions(appendFlow("live", "clicks_kafka", "")), know: func(w *world) { w.read("actions", "files", "clicks_files", "1.json") }, stops: true,
			want: []string{"live starts", "note flows.live", "files ends", "note flows.files", "refuse flows.files"}},
		"back without a filter": {from: actions(newKafka), to: v1, know: func(w *world) { cut(w); april(w) }, stops: true,
			want: []string{"files continues", "note flows.files", "refuse flows.files", "live ends", "note flows.live"}},
		"back before the cutover": {from: actions(newKafka), to: v1, know: cut, want: []string{"files continues", "note flows.files", "live ends", "note flows.live"}},
		"back with its filter": {from: actions(newKafka), to: v2, know: func(w *world) { cut(w); w.rows("actions", 2, days("2024-04-01", "2024-04-02")) },
			want: []string{"files continues", "note flows.files", "live continues"}},
		"back with its filter, compacted": {from: actions(newKafka), to: v2, know: func(w *world) { cut(w); w.rows("actions", 4, days("2024-03-30", "2024-04-02")) },
			want: []string{"files continues", "note flows.files", "live continues"}},
		"a filter of what is not in the table": {from: actions(appendFlow("files", "clicks_files", "_file_path LIKE '%1.json'")), to: edit(actions(newKafka), "  clicks_files: {schema: Action, files: {path: \"in/*.json\", format: json, settle: 0s}}\n", ""), know: march, stops: true,
			want: []string{"live starts", "note flows.live", "files ends", "note flows.files", "refuse flows.files"}},
		"rows by somebody else":    {from: v1, to: v1, know: func(w *world) { march(w); w.foreign("actions") }, stops: true, want: []string{"refuse history", "files continues"}},
		"the filter of a new view": {from: v1, to: actions(appendFlow("files", "clicks_files", "page IS NOT NULL OR page IS NULL")), know: march, want: []string{"files continues", "note flows.files.where"}},
	} {
		(*world)(nil).check(t, name, c)
	}
}

// TestAOnceFlowOfEventsThatEnds before it has read its list loses what is left.
func TestAOnceFlowOfEventsThatEnds(t *testing.T) {
	legacy := edit(orders, "  live: {", "  legacy: {once: true, apply_changes: {target: orders, source: w, keys: [id], sequence_by: ts}}\n  live: {",
		"views:", "  old: {schema: Action, files: {path: \"old/*.json\", format: json}}\nviews:\n  w: SELECT id, ts, page, n FROM old")
	for next, want := range map[int][]string{3: {"live continues", "legacy ends", "note flows.legacy"}, 2: {"live continues", "legacy ends", "note flows.legacy", "refuse flows.legacy"}} {
		w := newWorld(t)
		w.deploy(legacy)
		w.read("orders", "live", "feed", "1.json")
		w.once("orders", "legacy", 3, next)
		if diff := cmp.Diff(want, summary(w.plan(orders))); diff != "" {
			t.Error(diff)
		}
	}
}

// TestCutoverOfANewTable: a lone filter is no gap, two that leave one between them are.
func TestCutoverOfANewTable(t *testing.T) {
	for name, c := range map[string]change{
		"a lone filter":           {to: actions(newKafka), want: []string{"live starts"}},
		"a cutover":               {to: actions(oldFiles, newKafka), want: []string{"files starts", "live starts"}},
		"a gap":                   {to: edit(actions(oldFiles, newKafka), ">= ", "> "), stops: true, want: []string{"refuse cutover", "files starts", "live starts"}},
		"a gap that is accepted":  {to: accepting(edit(actions(oldFiles, newKafka), ">= ", "> "), "gap"), want: []string{"accepted cutover", "files starts", "live starts"}},
		"an overlap":              {to: actions(allFiles, newKafka), stops: true, want: []string{"refuse cutover", "files starts", "live starts"}},
		"two sources":             {to: actions(allFiles, appendFlow("live", "clicks_kafka", "")), want: []string{"files starts", "live starts"}},
		"two that are not proved": {to: actions(appendFlow("files", "clicks_files", "LENGTH(page) < 3"), appendFlow("live", "clicks_kafka", "LOWER(page) = 'x'")), stops: true, want: []string{"refuse cutover", "files starts", "live starts"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newWorld(t).plan(c.to)
			if diff := cmp.Diff(c.want, summary(p)); diff != "" || p.Stops() != c.stops {
				t.Errorf("stops: %v\n%s", p.Stops(), diff)
			}
		})
	}
}
