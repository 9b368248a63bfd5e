package contract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/contract"
)

// verdicts are differences as the tests below write them.
func verdicts(all []contract.Difference) (out []string) {
	for _, d := range all {
		out = append(out, d.Verdict.String()+" "+d.Field)
	}
	return out
}

func column(name, typ string) contract.Column { return contract.Column{Name: name, Type: typ} }

func TestColumnsAreReadByTheVeryName(t *testing.T) {
	for name, c := range map[string]struct {
		before, stored, now []contract.Column
		want                []string
	}{
		"as it was":                 {[]contract.Column{column("id", "string")}, nil, []contract.Column{column("id", "string")}, nil},
		"another case":              {[]contract.Column{column("id", "string")}, nil, []contract.Column{column("Id", "string")}, []string{"refuse columns.Id"}},
		"another case of a field":   {[]contract.Column{column("a", "struct<x:int>")}, nil, []contract.Column{column("a", "struct<X:int>")}, []string{"refuse columns.a"}},
		"a field in a list":         {[]contract.Column{column("a", "array<struct<x:int>>")}, nil, []contract.Column{column("a", "array<struct<X:int>>")}, []string{"refuse columns.a"}},
		"another case and type":     {[]contract.Column{column("n", "int")}, nil, []contract.Column{column("N", "bigint")}, []string{"refuse columns.N"}},
		"as the table has it again": {[]contract.Column{column("ID", "string")}, []contract.Column{column("id", "string")}, []contract.Column{column("id", "string")}, nil},
		"respelled long ago":        {[]contract.Column{column("ID", "string")}, []contract.Column{column("id", "string")}, []contract.Column{column("ID", "string")}, []string{"refuse columns.ID"}},
		"back as it was":            {nil, []contract.Column{column("n", "int")}, []contract.Column{column("n", "int")}, []string{"note columns.n"}},
		"back in another case":      {nil, []contract.Column{column("n", "int")}, []contract.Column{column("N", "int")}, []string{"refuse columns.N"}},
		"back with another type":    {nil, []contract.Column{column("n", "int")}, []contract.Column{column("n", "string")}, []string{"refuse columns.n"}},
		"back with a wider type":    {nil, []contract.Column{column("n", "int")}, []contract.Column{column("n", "bigint")}, []string{"refuse columns.n"}},
		"new":                       {nil, nil, []contract.Column{column("n", "int")}, []string{"note columns.n"}},
	} {
		stored := c.stored
		if stored == nil {
			stored = c.before
		}
		table := func(columns []contract.Column) *contract.Table {
			return &contract.Table{Name: "t", Kind: contract.Append, Columns: columns}
		}
		got := contract.Compare(table(c.before), table(c.now), contract.There{Columns: stored})
		if diff := cmp.Diff(c.want, verdicts(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, d := range got {
			if d.Stops() && !strings.Contains(d.WayOut, "reset t") {
				t.Errorf("%s: %s names no way out", name, d)
			}
		}
	}
}

// TestColumnsWithUnderscores are columns like others, but for the two of an interval: rows that are remembered are told by
// their order.
func TestColumnsWithUnderscores(t *testing.T) {
	before := versions()
	before.Columns = slices.Insert(before.Columns, 1, column("__a", "string"), column("__b", "string"))
	now := versions()
	now.Columns = slices.Insert(now.Columns, 1, column("__b", "string"), column("__a", "string"))
	if diff := cmp.Diff([]string{"refresh columns"}, verdicts(compare(before, now))); diff != "" {
		t.Error(diff)
	}
	now = versions()
	now.Columns = slices.Insert(slices.Clone(before.Columns), 5, column("__c", "string"))
	if diff := cmp.Diff([]string{"note columns.__c"}, verdicts(compare(before, now))); diff != "" {
		t.Error(diff)
	}
}

func actions(flows ...contract.Flow) *contract.Table {
	return &contract.Table{Name: "actions", Kind: contract.Append, Columns: []contract.Column{column("d", "date")}, Flows: flows}
}

func fromFiles(name string, where ...string) contract.Flow {
	return contract.Flow{Name: name, Kind: "append_flow", Source: "f", Inputs: []contract.Input{{Source: "f", Kind: contract.Files, Path: "f/*.json", Format: "json", Where: where}}}
}

func fromKafka(name string, where ...string) contract.Flow {
	return contract.Flow{Name: name, Kind: "append_flow", Source: "k", Inputs: []contract.Input{{Source: "k", Kind: contract.Kafka, Path: "actions", Format: "json", Where: where}}}
}

func was(f contract.Flow, name string) contract.Flow {
	f.Was = name
	return f
}

// TestFilesToKafkaAndBack walks the versions of a migration up and down: each step goes on from what the table knows.
func TestFilesToKafkaAndBack(t *testing.T) {
	v1 := actions(fromFiles("files"))
	v2 := actions(fromFiles("files", "(d < 1)"), fromKafka("live", "(d >= 1)"))
	v3 := actions(fromKafka("live", "(d >= 1)"))
	both := []contract.Progress{{Flow: "files", Sources: []string{"f"}}, {Flow: "live", Sources: []string{"k"}}}
	for name, c := range map[string]struct {
		before, now *contract.Table
		flows       []contract.Progress
		want        []string
	}{
		"V1 to V2": {v1, v2, both[:1], []string{"backfill flows.files.where", "note flows.live"}},
		"V2 to V3": {v2, v3, both, []string{"note flows.files"}},
		"V3 to V2": {v3, v2, both, []string{"note flows.files"}},
		"V2 to V1": {v2, v1, both, []string{"backfill flows.files.where", "note flows.live"}},
		"V3 to V1": {v3, v1, both, []string{"note flows.files", "note flows.live"}},
		"V3 under a new name": {v2, actions(was(fromKafka("mine", "(d >= 1)"), "live")), both,
			[]string{"note flows.mine.was", "note flows.files"}},
		"V3 renamed without was": {v2, actions(fromKafka("mine", "(d >= 1)")), both, []string{"refuse flows.mine", "note flows.files", "note flows.live"}},
		"back from V3 under a new name": {actions(was(fromKafka("mine", "(d >= 1)"), "live")), v2,
			[]contract.Progress{{Flow: "files", Sources: []string{"f"}}, {Flow: "mine", Sources: []string{"k"}}}, []string{"note flows.files", "note flows.live.was"}},
		"back from a name of which nothing is said": {actions(fromKafka("mine", "(d >= 1)")), v2, []contract.Progress{{Flow: "files", Sources: []string{"f"}}, {Flow: "mine", Sources: []string{"k"}}}, []string{"note flows.files", "refuse flows.live", "note flows.mine"}},
	} {
		got := contract.Compare(c.before, c.now, contract.There{Columns: c.before.Columns, Flows: c.flows})
		if diff := cmp.Diff(c.want, verdicts(got)); diff != "" {
			t.Errorf("%s: %s%v", name, diff, got)
		}
		for _, d := range got {
			if d.Verdict == contract.Refuse && !strings.Contains(d.WayOut, "`was: ") {
				t.Errorf("%s: %s names no way out that keeps the table", name, d)
			}
		}
	}
	back := contract.Compare(v3, v2, contract.There{Columns: v3.Columns, Flows: both})
	if len(back) == 0 || !strings.Contains(back[0].Message, "goes on where it stood") {
		t.Errorf("a flow that comes back: %v", back)
	}
}

func TestWhereAFlowGoesOnFrom(t *testing.T) {
	has := func(flow string, sources ...string) contract.Progress {
		return contract.Progress{Flow: flow, Sources: sources}
	}
	once := contract.Progress{Flow: "files", Once: true}
	onceFiles := fromFiles("files")
	onceFiles.Once = true
	asKafka := fromKafka("files")
	asKafka.Inputs[0].Source, asKafka.Source = "f", "f"
	other := fromKafka("live")
	other.Inputs[0].Path = "actions2"
	avro := fromKafka("live")
	avro.Inputs[0].Format = "avro"
	two := fromFiles("files")
	two.Inputs = append(two.Inputs, fromKafka("").Inputs...)
	for name, c := range map[string]struct {
		before, now *contract.Table
		flows       []contract.Progress
		want        []string
	}{
		"a flow that has read nothing":      {actions(fromFiles("files")), actions(fromFiles("files", "x")), nil, nil},
		"once, and it has read nothing":     {actions(fromFiles("files")), actions(onceFiles), nil, nil},
		"renamed, and it has read nothing":  {actions(fromFiles("a")), actions(fromFiles("b")), nil, []string{"note flows.b", "note flows.a"}},
		"renamed":                           {actions(fromFiles("a")), actions(was(fromFiles("b"), "a")), []contract.Progress{has("a", "f")}, []string{"note flows.b.was"}},
		"renamed, with another filter":      {actions(fromFiles("a")), actions(was(fromFiles("b", "x"), "a")), []contract.Progress{has("a", "f")}, []string{"note flows.b.was", "backfill flows.b.where"}},
		"renamed long ago":                  {actions(fromFiles("b")), actions(was(fromFiles("b"), "a")), []contract.Progress{has("b", "f")}, nil},
		"was says nothing":                  {actions(), actions(was(fromFiles("b"), "a")), nil, []string{"note flows.b.was", "note flows.b"}},
		"was says a flow that ended":        {actions(), actions(was(fromFiles("b"), "a")), []contract.Progress{has("a", "f")}, []string{"note flows.b.was", "note flows.b"}},
		"a name that was used before":       {actions(fromFiles("a")), actions(was(fromFiles("b"), "a")), []contract.Progress{has("a", "f"), has("b", "f")}, []string{"refuse flows.b.was"}},
		"a filter of more conditions":       {actions(fromFiles("a")), actions(fromFiles("b", "x")), []contract.Progress{has("a", "f")}, []string{"refuse flows.b", "note flows.a"}},
		"a filter of fewer conditions":      {actions(fromFiles("a", "x", "y")), actions(fromFiles("b", "y")), []contract.Progress{has("a", "f")}, []string{"refuse flows.b", "note flows.a"}},
		"another filter":                    {actions(fromFiles("a", "x")), actions(fromFiles("b", "y")), []contract.Progress{has("a", "f")}, []string{"note flows.b", "note flows.a"}},
		"of a source that ended long ago":   {actions(), actions(fromFiles("b")), []contract.Progress{has("a", "f")}, []string{"refuse flows.b"}},
		"a filter of what ended long ago":   {actions(), actions(fromFiles("b", "x")), []contract.Progress{has("a", "f")}, []string{"note flows.b"}},
		"files that are a topic now":        {actions(fromFiles("files")), actions(asKafka), []contract.Progress{has("files", "f")}, []string{"refuse flows.files.source"}},
		"a topic of another name":           {actions(fromKafka("live")), actions(other), []contract.Progress{has("live", "k")}, []string{"note flows.live.source"}},
		"messages in another format":        {actions(fromKafka("live")), actions(avro), []contract.Progress{has("live", "k")}, []string{"note flows.live.source"}},
		"one source more":                   {actions(fromFiles("files")), actions(two), []contract.Progress{has("files", "f")}, []string{"note flows.files.source"}},
		"one source less":                   {actions(two), actions(fromFiles("files")), []contract.Progress{has("files", "f", "k")}, []string{"note flows.files.source"}},
		"the source is back":                {actions(fromFiles("files")), actions(two), []contract.Progress{has("files", "f", "k")}, []string{"note flows.files.source"}},
		"back":                              {actions(), actions(fromFiles("files")), []contract.Progress{has("files", "f")}, []string{"note flows.files"}},
		"back as a once flow":               {actions(), actions(onceFiles), []contract.Progress{has("files", "f")}, []string{"note flows.files", "refuse flows.files.once"}},
		"a once flow that is back":          {actions(), actions(onceFiles), []contract.Progress{once}, []string{"note flows.files"}},
		"a once flow that is one no longer": {actions(onceFiles), actions(fromFiles("files")), []contract.Progress{once}, []string{"refuse flows.files.once"}},
	} {
		got := contract.Compare(c.before, c.now, contract.There{Columns: c.before.Columns, Flows: c.flows})
		if diff := cmp.Diff(c.want, verdicts(got)); diff != "" {
			t.Errorf("%s: %s%v", name, diff, got)
		}
	}
}

// TestWhereAKeyedFlowGoesOnFrom: what is read again changes nothing, but for a topic's end, which is stored.
func TestWhereAKeyedFlowGoesOnFrom(t *testing.T) {
	keyed := func(flows ...contract.Flow) *contract.Table {
		c := orders()
		c.Flows = flows
		return c
	}
	once := fromKafka("live")
	once.Once = true
	asKafka := fromKafka("files")
	asKafka.Inputs[0].Source = "f"
	for name, c := range map[string]struct {
		before, now *contract.Table
		want        []string
	}{
		"renamed":                {keyed(fromFiles("a")), keyed(fromFiles("b")), []string{"note flows.b", "note flows.a"}},
		"renamed with was":       {keyed(fromFiles("a")), keyed(was(fromFiles("b"), "a")), []string{"note flows.b.was"}},
		"files that are a topic": {keyed(fromFiles("files")), keyed(asKafka), []string{"note flows.files.source"}},
		"a topic once":           {keyed(fromKafka("live")), keyed(once), []string{"refuse flows.live.once"}},
	} {
		if diff := cmp.Diff(c.want, verdicts(compare(c.before, c.now))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNameOfATable(t *testing.T) {
	for name, c := range map[string]struct {
		now, was string
		want     []string
	}{
		"the same":         {"orders", "", nil},
		"was":              {"sales", "orders", []string{"note was"}},
		"another":          {"sales", "", []string{"refuse name"}},
		"another was":      {"sales", "shops", []string{"refuse name"}},
		"was, and has the": {"orders", "sales", nil},
	} {
		now := orders()
		now.Name, now.Was = c.now, c.was
		if diff := cmp.Diff(c.want, verdicts(compare(orders(), now))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestBackToTheNameThatATableHad is a spec that is rolled back: it knows no later name.
func TestBackToTheNameThatATableHad(t *testing.T) {
	before := orders()
	before.Name, before.Was = "sales", "orders"
	if diff := cmp.Diff([]string{"note was"}, verdicts(compare(before, orders()))); diff != "" {
		t.Error(diff)
	}
}
