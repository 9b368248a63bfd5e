package campaign

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/harness"
)

// Pipe is a pipeline of the matrix: one table, the flows into it, and the rules that it follows.
type Pipe struct {
	Name    string
	Columns []Column // of the source, with op
	Rules
	Flows []string // one that begins with "once" is a once flow
	Table string   // further options of the table

	without []string // columns that the table does not have
	history string   // the option that gives Tracked
	ignore  string   // the option that gives Ignored
}

// source is the columns that pipelines have, in their order; a pipeline takes some of them.
var source = []Column{
	{"id", integer("INT", 1, 4)},
	{"region", text("", "a", "b", "é", "z\x00z")},
	{"site", structure(Column{"n", integer("INT", 0, 1)}, Column{"s", text("", "x")})},
	{"name", text("", "a", "ab", "B", "ü")},
	{"amount", integer("BIGINT", -1, 1)},
	{"price", decimal(6, 2, -150, 0, 110, 999999)},
	{"info", structure(Column{"a", integer("INT", 0, 1)}, Column{"b", text("p", "q")}, Column{"deep", structure(Column{"c", integer("BIGINT", 7, 8)}, Column{"d", list(integer("INT", 1, 2))})})},
	{"tags", list(text("", "t", "u"))},
	{"parts", list(structure(Column{"k", text("k", "l")}, Column{"v", integer("INT", 1, 2)}))},
	{"at", timestamp(0, 1, 1_000_000, 1_700_000_000_123_456)},
	{"ok", boolean()},
	{"seq", integer("BIGINT", 1, 7)},
	{"word", text("", "1", "10", "2", "B", "a", "é", "aa")},
	{"mark", decimal(20, 4, -10_000, 0, 1, 15_000, 1_000_000_000_000)},
	{"time", timestamp(-1, 0, 1, 1_000_000, 1_700_000_000_000_001, 1_700_000_000_000_000)},
	{"day", integer("INT", 1, 3)},
	{"version", structure(Column{"major", integer("INT", 1, 2)}, Column{"minor", text("1", "10", "9")})},
	{"op", text("", "D", "D", "D", "T", "U")},
}

// Matrix gives the pipelines of the campaign.
func Matrix() []*Pipe {
	return []*Pipe{
		// SCD type 1: the newest row of a key.
		one("one_plain", "id name amount seq", "id", "seq"),
		one("one_sequence_left_out", "id name amount seq", "id", "seq").leaveOut("seq"),
		one("one_composite_keys", "id region price mark name", "region id", "mark").in("a", "b"),
		one("one_struct_key", "site name day seq", "site", "day seq"),
		one("one_struct_sequence", "id version info parts", "id", "version").leaveOut("version"),
		one("one_text_sequence", "id word name ok", "id", "word").partitioned("name"),
		one("one_rewrite", "id name time info", "id", "time").leaveOut("time").rewriting(),
		one("one_four_flows", "id name amount time", "id", "time").in("a", "b", "once_c", "d"),
		one("one_truncates", "id name amount seq", "id", "seq").leaveOut("seq").truncating(),
		one("one_truncates_flows", "id region name word", "region id", "word").truncating().in("a", "once_b"),
		one("one_retention", "id tags amount mark", "id", "mark").leaveOut("mark").table("tombstone_retention: 3650d"),
		one("one_no_deletes", "id name amount seq ok", "id", "seq").leaveOut("ok").upsertsOnly(),
		// SCD type 1 with ignore_null_updates: the newest authors of a row.
		one("fill_all", "id name amount info seq", "id", "seq").ignoring("", ""),
		one("fill_sequence_left_out", "id info tags ok seq", "id", "seq").leaveOut("seq").ignoring("", "").in("a", "b"),
		one("fill_list", "id name amount info price time", "id", "time").leaveOut("time").ignoring("column_list", "info name"),
		one("fill_except", "id region name amount info version", "id region", "version").ignoring("except_column_list", "amount version").rewriting(),
		one("fill_truncates", "id name info mark", "id", "mark").leaveOut("mark").ignoring("", "").truncating().in("a", "b", "once_c"),
		one("fill_parts_of_sequence", "id name amount day word", "id", "day word").ignoring("", "").partitioned("name"),
		// SCD type 2: histories.
		two("two_plain", "id name amount seq", "id", "seq"),
		two("two_sequence_left_out", "id name amount seq", "id", "seq").leaveOut("seq"),
		two("two_tracked", "id name amount seq", "id", "seq").tracking("column_list", "name"),
		two("two_untracked", "id name price info time", "id", "time").tracking("except_column_list", "price time").in("a", "b", "once_c"),
		two("two_struct_bounds", "id name day seq", "id", "day seq").tracking("column_list", "name"),
		two("two_struct_sequence", "id name tags version", "id", "version").leaveOut("version").rewriting(),
		two("two_text_sequence", "id region name ok word", "region id", "word").leaveOut("word").partitioned("name"),
		two("two_four_flows", "site info parts mark", "site", "mark").leaveOut("mark").in("a", "b", "once_c", "d"),
		two("two_partitioned", "id name amount ok seq", "id", "seq").tracking("column_list", "amount").partitioned("name").leaveOut("seq"),
		two("two_no_deletes", "id at name time", "id", "time").leaveOut("time").upsertsOnly(),
		// SCD type 2 with ignore_null_updates: histories of the newest authors.
		two("both_all", "id name amount seq", "id", "seq").leaveOut("seq").ignoring("", ""),
		two("both_leaves", "id info tags seq", "id", "seq").ignoring("", "").tracking("column_list", "info").in("a", "b"),
		two("both_list", "id name amount info mark", "id", "mark").leaveOut("mark").ignoring("column_list", "name info").tracking("except_column_list", "name"),
		two("both_except", "id region name amount day word", "region id", "day word").ignoring("except_column_list", "amount day word").tracking("column_list", "name amount").rewriting(),
		two("both_flows", "id info ok price word", "id", "word").leaveOut("word").ignoring("", "").in("a", "once_b", "c").partitioned("ok"),
	}
}

// Twin is the same pipeline with SCD type 1.
func (p *Pipe) Twin() *Pipe {
	t := *p
	t.Name, t.SCDType, t.history, t.Tracked = p.Name+"_newest", 1, "", nil
	return &t
}

func one(name, columns, keys, sequence string) *Pipe { return pipe(name, columns, keys, sequence, 1) }

// two is of SCD type 2: every column but the keys is tracked, unless tracking says otherwise.
func two(name, columns, keys, sequence string) *Pipe { return pipe(name, columns, keys, sequence, 2) }

func pipe(name, columns, keys, sequence string, scd int) *Pipe {
	p := &Pipe{Name: name, Flows: []string{"a"}, Rules: Rules{Keys: strings.Fields(keys), Sequence: strings.Fields(sequence), SCDType: scd, Deletes: "D"}}
	for _, c := range source {
		if c.Name == "op" || slices.Contains(strings.Fields(columns), c.Name) {
			p.Columns = append(p.Columns, c)
		}
	}
	return p.leaveOut("op")
}

func (p *Pipe) leaveOut(column string) *Pipe {
	p.without = append(p.without, column)
	p.Rules.Columns = nil
	for _, c := range p.Columns {
		if !slices.Contains(p.without, c.Name) {
			p.Rules.Columns = append(p.Rules.Columns, c.Name)
		}
	}
	return p.resolve()
}

func (p *Pipe) in(flows ...string) *Pipe { p.Flows = flows; return p }

func (p *Pipe) table(option string) *Pipe {
	p.Table += "    " + option + "\n"
	return p
}

func (p *Pipe) partitioned(by string) *Pipe { return p.table("partition_by: [" + by + "]") }
func (p *Pipe) rewriting() *Pipe            { return p.table("updates: rewrite") }
func (p *Pipe) upsertsOnly() *Pipe          { p.Deletes = ""; return p }
func (p *Pipe) truncating() *Pipe           { p.Truncates = "T"; return p }

// tracking and ignoring take the ending of the option's name, column_list or except_column_list, and its columns.
func (p *Pipe) tracking(list, columns string) *Pipe {
	p.history = option("track_history", list, columns)
	return p.resolve()
}

func (p *Pipe) ignoring(list, columns string) *Pipe {
	p.ignore = option("ignore_null_updates", list, columns)
	return p.resolve()
}

func option(name, list, columns string) string {
	if list == "" {
		return name + ": true"
	}
	return fmt.Sprintf("%s_%s: [%s]", name, list, strings.Join(strings.Fields(columns), ", "))
}

// resolve says which columns the options name.
func (p *Pipe) resolve() *Pipe {
	p.Tracked, p.Ignored = nil, nil
	if p.SCDType == 2 {
		p.Tracked = p.named(p.history)
	}
	if p.ignore != "" {
		p.Ignored = p.named(p.ignore)
	}
	return p
}

// named gives the columns that an option is about, of those that are no keys; all for none.
func (p *Pipe) named(option string) (columns []string) {
	_, inBrackets, _ := strings.Cut(strings.TrimSuffix(option, "]"), "[")
	listed := strings.Split(inBrackets, ", ")
	for _, c := range p.Rules.Columns {
		taken := inBrackets == "" || slices.Contains(listed, c) != strings.Contains(option, "_except_")
		if taken && !slices.Contains(p.Keys, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

// Once reports whether a flow reads one time only.
func Once(flow string) bool { return strings.HasPrefix(flow, "once") }

// Pipeline gives what the pipeline is generated from.
func (p *Pipe) Pipeline() (harness.Pipeline, error) {
	var columns []harness.Column
	for _, c := range p.Columns {
		columns = append(columns, harness.Column{Name: c.Name, Type: c.Type.Spark})
	}
	schema, err := harness.JSONSchema(columns)
	return harness.Pipeline{Name: p.Name, Spec: p.spec(), Schema: schema}, err
}

func (p *Pipe) spec() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pipeline: %s\ngo: {package: %s, out: .}\n\nschemas: {Event: event.schema.json}\n\nsources:\n", p.Name, p.Name)
	for _, f := range p.Flows {
		fmt.Fprintf(&b, "  %s_source: {schema: Event, files: {path: data/%s/*.json, format: json, settle: 0s, max_files_per_batch: 1, allow_empty: %t}}\n", f, f, Once(f))
	}
	fmt.Fprintf(&b, "\ntables:\n  target:\n    delta: {path: tables/target}\n%s\nflows:\n", p.Table)
	for _, f := range p.Flows {
		fmt.Fprintf(&b, "  %s:\n    once: %t\n    apply_changes:\n      target: target\n      source: %s_source\n", f, Once(f), f)
		for _, line := range p.options() {
			fmt.Fprintf(&b, "      %s\n", line)
		}
	}
	return b.String()
}

func (p *Pipe) options() []string {
	lines := []string{
		fmt.Sprintf("keys: [%s]", strings.Join(p.Keys, ", ")),
		fmt.Sprintf("sequence_by: [%s]", strings.Join(p.Sequence, ", ")),
		fmt.Sprintf("stored_as_scd_type: %d", p.SCDType),
		fmt.Sprintf("except_column_list: [%s]", strings.Join(p.without, ", ")),
	}
	if p.Deletes != "" {
		lines = append(lines, fmt.Sprintf("apply_as_deletes: \"op = '%s'\"", p.Deletes))
	}
	if p.Truncates != "" {
		lines = append(lines, fmt.Sprintf("apply_as_truncates: \"op = '%s'\"", p.Truncates))
	}
	for _, option := range []string{p.history, p.ignore} {
		if option != "" {
			lines = append(lines, option)
		}
	}
	return lines
}
