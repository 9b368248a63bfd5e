package evolve_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/evolve"
	"github.com/seamflow/seamflow/runtime/contract"
)

// hostile is what specs and accept files may say to a terminal, a browser, a log and an XML reader.
const hostile = "a|b `c` <img src=x onerror=alert(1)> @everyone [x](http://evil) \n::error::owned \r\x1b[31m \u2028 %0A , : ]]> &amp; ![i](https://evil/p.png) \x00\u202e"

var found struct {
	sync.Once
	all   []evolve.Finding
	files map[string][]byte
}

// allFindings are those of all cases.
func allFindings(t testing.TB) (all []evolve.Finding, source func(string) ([]byte, bool)) {
	t.Helper()
	found.Do(func() { found.all, found.files = findAll(t) })
	return slices.Clone(found.all), func(name string) ([]byte, bool) { src, ok := found.files[name]; return src, ok }
}

func findAll(t testing.TB) (all []evolve.Finding, files map[string][]byte) {
	cases, _ := filepath.Glob("testdata/rules/*.txtar")
	files = map[string][]byte{}
	for _, name := range cases {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			files[f.Name] = f.Data
		}
		all = append(all, evolve.Compare(side(t, archive(a, "old"), "spec.yaml"), side(t, archive(a, "new"), "spec.yaml"))...)
	}
	evolve.Sort(all)
	return all, files
}

func wicked() []evolve.Finding {
	f := evolve.Finding{ID: "SF0903", Verdict: contract.Refuse, Pipeline: hostile, Path: hostile, Old: diag.Pos{File: hostile, Line: 1, Col: 2}, New: diag.Pos{File: "a b/" + hostile, Line: 3, Col: 4}, Title: hostile,
		Message: hostile, Why: hostile, Effects: [5]string{hostile, hostile, hostile, hostile, hostile}, Fix: hostile, Fingerprint: "0123456789ab"}
	accepted := f
	accepted.Accepted = &evolve.Acceptance{Reason: hostile, Owner: hostile}
	return []evolve.Finding{f, accepted}
}

func report(t testing.TB) *evolve.Report {
	all, source := allFindings(t)
	all = append(all, wicked()...)
	all[0].Accepted = &evolve.Acceptance{Reason: "planned", Owner: "data-team", Until: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)}
	evolve.Sort(all)
	return &evolve.Report{Against: "main", Pipelines: []string{"shop", "clicks", hostile}, Findings: all, FailOn: contract.Refresh, Steps: map[string]string{"shop": "minor"}, Version: "0.1.0", Source: source}
}

func validate(t *testing.T, schema, what string, doc []byte) {
	t.Helper()
	src, err := os.Open(schema)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	parsed, err := jsonschema.UnmarshalJSON(src)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem://schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem://schema.json")
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(instance); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

func TestJSONHasItsSchema(t *testing.T) {
	validate(t, "../../docs/reference/review.schema.json", "a report", report(t).Format("json"))
	validate(t, "../../docs/reference/review.schema.json", "no change", (&evolve.Report{Against: "main"}).Format("json"))
}

// TestSARIF: by testdata/sarif.schema.json, which is the part of SARIF 2.1.0 that we write; by the whole schema of the
// standard where SEAMFLOW_SARIF_SCHEMA names it.
func TestSARIF(t *testing.T) {
	schemas := []string{"testdata/sarif.schema.json"}
	if whole := os.Getenv("SEAMFLOW_SARIF_SCHEMA"); whole != "" {
		schemas = append(schemas, whole)
	}
	for _, schema := range schemas {
		for what, r := range map[string]*evolve.Report{"a report": report(t), "no change": {Against: "main"}} {
			validate(t, schema, schema+": "+what, r.Format("sarif"))
		}
	}
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
			}
		}
	}
	if err := json.Unmarshal(report(t).Format("sarif"), &log); err != nil {
		t.Fatal(err)
	}
	for _, res := range log.Runs[0].Results {
		if log.Runs[0].Tool.Driver.Rules[res.RuleIndex].ID != res.RuleID {
			t.Errorf("result of %s has index %d", res.RuleID, res.RuleIndex)
		}
	}
}

func TestColumnsOfSARIFCountUTF16(t *testing.T) {
	r := evolve.Report{Findings: []evolve.Finding{{ID: "SF0903", New: diag.Pos{File: "a.yaml", Line: 2, Col: 8}}},
		Source: func(string) ([]byte, bool) { return []byte("x\né😀 y\n"), true }}
	if text := string(r.Format("sarif")); !strings.Contains(text, `"startColumn": 5`) { // é is 2 bytes and 1 unit, 😀 is 4 and 2
		t.Error(text)
	}
}

// TestMarkdownIsAComment: it fits, nothing in it is markup of others, and the worst is there.
func TestMarkdownIsAComment(t *testing.T) {
	r := report(t)
	for len(r.Findings) < 3000 {
		r.Findings = append(r.Findings, r.Findings...)
	}
	evolve.Sort(r.Findings)
	text := string(r.Format("markdown"))
	if len(text) > 65_536 || len(text) < 20_000 {
		t.Errorf("%d bytes", len(text))
	}
	if !regexp.MustCompile("and [0-9]+ more: `seamflow review` prints them all").MatchString(text) {
		t.Error("it does not say how many more there are")
	}
	if !strings.HasPrefix(text, evolve.Marker+"\n### seamflow review: refuse\n") {
		t.Error(text[:100])
	}
	if strings.Count(text, "<details") != strings.Count(text, "</details>") {
		t.Error("an element is not closed")
	}
	text = regexp.MustCompile("`[^`\n]*`").ReplaceAllString(text, "") // nothing is read inside of code
	for _, bad := range []string{"<img", "@everyone", "](http://", "https://evil", "\x1b", "\x00", "\n::error"} {
		if strings.Contains(text, bad) {
			t.Errorf("it holds %q", bad)
		}
	}
	small := (&evolve.Report{Against: "main", Pipelines: []string{"p"}}).Format("markdown")
	if diff := cmp.Diff(evolve.Marker+"\n### seamflow review: no change\n\n1 pipeline held against main: no change\n", string(small)); diff != "" {
		t.Error(diff)
	}
}

func TestAnnotationsAreTen(t *testing.T) {
	text := string(report(t).Format("github"))
	commands := 0
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(line, "::") {
			if !regexp.MustCompile(`^::(error|warning|notice) (file=[^,:]*,line=\d+,col=\d+,)?title=[^,:]*::[^\n]*$`).MatchString(line) {
				t.Errorf("no annotation: %s", line)
			}
			commands++
		}
	}
	if commands != 10 {
		t.Errorf("%d annotations", commands)
	}
	if strings.Contains(text, "\x1b") {
		t.Error("it steers the log")
	}
}

func TestJUnit(t *testing.T) {
	out := report(t).Format("junit")
	d := xml.NewDecoder(bytes.NewReader(out))
	failures, skipped := 0, 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			switch e.Name.Local {
			case "failure":
				failures++
			case "skipped":
				skipped++
			}
		}
	}
	want := 0
	for _, f := range report(t).Findings {
		if f.Counts() >= contract.Refresh {
			want++
		}
	}
	if failures != want || skipped != 2 {
		t.Errorf("%d failures, want %d; %d skipped", failures, want, skipped)
	}
}

func TestTextIsForTerminals(t *testing.T) {
	text := string(report(t).Format("text"))
	if strings.ContainsAny(text, "\x1b\x00\u202e\r") {
		t.Error("it steers a terminal")
	}
	for _, want := range []string{"\n     |     ^\n", "why: ", "  data and state: ", "fix: ", "fingerprint: ", "refresh, accepted: ", "accepted by data-team until 2999-01-01: planned", "Go names of shop: a minor step by semver\n"} {
		if !strings.Contains(text, want) && !strings.Contains(text, strings.ReplaceAll(want, "refresh", "refuse")) {
			t.Errorf("no %q", want)
		}
	}
}

// TestFingerprintsStay: a change has the same fingerprint wherever it stands, and another change has another.
func TestFingerprintsStay(t *testing.T) {
	all, _ := allFindings(t)
	meaning := map[string]string{}
	for _, f := range all {
		what := f.ID + f.Pipeline + f.Path + f.Message
		if have, ok := meaning[f.Fingerprint]; ok && have != what {
			t.Errorf("%s is of two changes: %s and %s", f.Fingerprint, have, what)
		}
		meaning[f.Fingerprint] = what
	}
	a, err := txtar.ParseFile("testdata/rules/SF0920_key_column_added.txtar")
	if err != nil {
		t.Fatal(err)
	}
	first := evolve.Compare(side(t, archive(a, "old"), "spec.yaml"), side(t, archive(a, "new"), "spec.yaml"))
	for i := range a.Files {
		if a.Files[i].Name == "new/spec.yaml" {
			a.Files[i].Data = append([]byte("# a comment\n\n"), a.Files[i].Data...)
		}
	}
	moved := evolve.Compare(side(t, archive(a, "old"), "spec.yaml"), side(t, archive(a, "new"), "spec.yaml"))
	if first[0].Fingerprint != moved[0].Fingerprint || first[0].New == moved[0].New {
		t.Errorf("%v and %v", first[0], moved[0])
	}
}

func TestAccept(t *testing.T) {
	entries, diags := evolve.ParseAccept("seamflow.accept.yaml", []byte(`accept:
  - {fingerprint: 0123456789ab, reason: known, owner: me, until: 2026-06-30}
  - {fingerprint: ffffffffffff, reason: gone, owner: me}
`))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	day := func(d int) time.Time { return time.Date(2026, 6, d, 23, 59, 59, 0, time.UTC) }
	for _, tt := range []struct {
		today  time.Time
		counts contract.Verdict
		more   []string
	}{{day(30), contract.Note, []string{"SF0851"}}, {day(30).Add(time.Second), contract.Refuse, []string{"SF0850", "SF0851"}}} {
		all := evolve.Accept([]evolve.Finding{{ID: "SF0903", Verdict: contract.Refuse, Fingerprint: "0123456789ab"}}, entries, tt.today)
		var more []string
		for _, f := range all {
			if f.ID == "SF0903" {
				if f.Counts() != tt.counts {
					t.Errorf("%v: it counts as %s", tt.today, f.Counts())
				}
				continue
			}
			more = append(more, f.ID)
			if f.New.Line == 0 || f.Verdict != contract.Note {
				t.Errorf("%+v", f)
			}
		}
		if diff := cmp.Diff(tt.more, more); diff != "" {
			t.Errorf("%v: %s", tt.today, diff)
		}
	}
}

func TestBrokenAcceptFilesHavePositions(t *testing.T) {
	for src, want := range map[string]string{
		"":            "",
		"accept:\n":   "",
		"accept: []":  "",
		"accept: {}":  "f:1:9: accept is a list",
		"[]":          "f:1:1: it is not one list below accept",
		"accept: [\n": "f:1:1: line 1: did not find expected node content",
		"accept: [1]": "f:1:10: an entry is a mapping",
		"accept:\n- {fingerprint: 0123456789ab, reason: r}":                                                               "f:2:3: the entry has no owner",
		"accept:\n- {fingerprint: 0123456789AB, reason: r, owner: o}":                                                     "f:2:17: a fingerprint is 12 hexadecimal digits, as review prints them",
		"accept:\n- {fingerprint: 0123456789ab, reason: '', owner: o}":                                                    "f:2:39: reason is a text",
		"accept:\n- {fingerprint: 0123456789ab, reason: r, owner: o, until: soon}":                                        "f:2:59: until is a date such as 2026-06-30",
		"accept:\n- {fingerprint: 0123456789ab, reason: r, ownr: o, owner: o}":                                            "f:2:42: there is no ownr here; did you mean owner?",
		"accept:\n- {fingerprint: 0123456789ab, reason: r, owner: o}\n- {fingerprint: 0123456789ab, reason: r, owner: o}": "f:3:17: the fingerprint is there twice",
		"accept: []\n---\naccept: []\n":                                                                                   "f:1:1: it is more than one document",
		"accept: []\nother: 1\n":                                                                                          "f:1:1: it is not one list below accept",
	} {
		_, diags := evolve.ParseAccept("f", []byte(src))
		got := ""
		if len(diags) > 0 {
			got = diags[0].Pos.String() + ": " + diags[0].Message
		}
		if got != want {
			t.Errorf("%q:\n got %s\nwant %s", src, got, want)
		}
	}
}

func FuzzParseAccept(f *testing.F) {
	f.Add("accept:\n- {fingerprint: 0123456789ab, reason: r, owner: o, until: 2026-06-30}\n")
	f.Add("accept: &a [*a]")
	f.Fuzz(func(t *testing.T, src string) {
		entries, diags := evolve.ParseAccept("f", []byte(src))
		for _, d := range diags {
			if d.Pos.Line == 0 {
				t.Errorf("%v", d)
			}
		}
		for _, e := range entries {
			if len(e.Fingerprint) != 12 || e.Reason == "" || e.Owner == "" {
				t.Errorf("%+v", e)
			}
		}
	})
}
