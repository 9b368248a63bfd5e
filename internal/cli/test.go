package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/fixture"
	"github.com/seamflow/seamflow/runtime/fixture/job"
)

func testCommand() *command {
	var opt testCall
	return &command{
		name: "test", operands: "[SPEC...]", most: -1,
		summary: "run pipelines on given rows and compare their tables",
		text: `Takes the fixtures of each spec, builds its pipeline, runs it on the rows of each test in a folder of the test's own, and compares
its tables with the rows that the test expects. No source or table of the spec is touched. The fixtures of orders.yaml are
orders.test.yaml and orders.WORD.test.yaml, beside it or in the folder tests. Without operands it takes every spec of the
working folder. Exit code 1 means that a test failed.`,
		flags: func(fs *flag.FlagSet) {
			fs.StringVar(&opt.run, "run", "", "run the tests whose name matches `REGEXP`")
			fs.BoolVar(&opt.record, "record", false, "write what comes out into the fixtures, where it is not what they expect")
			fs.DurationVar(&opt.timeout, "timeout", time.Minute, "`TIME` that one test may take")
		},
		run: func(c *call) error { return c.testSpecs(&opt) },
	}
}

// testCall is one call of the command.
type testCall struct {
	run     string
	record  bool
	timeout time.Duration
	only    *regexp.Regexp
	doc     tested
}

// tested is what --json prints of test.
type tested struct {
	Tests       []testedOne     `json:"tests"`
	Passed      int             `json:"passed"`
	Failed      int             `json:"failed"`
	Recorded    []string        `json:"recorded"`
	Diagnostics json.RawMessage `json:"diagnostics"`
	ExitCode    int             `json:"exit_code"`
}

type testedOne struct {
	Name        string               `json:"name"`
	Pipeline    string               `json:"pipeline"`
	File        string               `json:"file"`
	Line        int                  `json:"line"`
	OK          bool                 `json:"ok"`
	Millis      int64                `json:"ms"`
	Problem     string               `json:"problem,omitempty"`
	Differences []fixture.Difference `json:"differences,omitempty"`
}

func (c *call) testSpecs(opt *testCall) error {
	var err error
	if opt.only, err = regexp.Compile(opt.run); err != nil {
		return usage("--run is not a regular expression: "+err.Error(), "quote what is to be taken as it is, as in --run '^late$'")
	}
	if opt.timeout <= 0 {
		return usage("--timeout must be more than nothing", "such as 10s or 2m")
	}
	specs, err := c.specs()
	if err != nil {
		return err
	}
	found, err := c.fixtures(specs)
	if err != nil {
		return err
	}
	opt.doc = tested{Tests: []testedOne{}, Recorded: []string{}}
	var diags []diag.Diagnostic
	for _, spec := range specs {
		if names := found[spec]; len(names) > 0 {
			more, err := c.testSpec(opt, spec, names)
			if err != nil {
				return err
			}
			diags = append(diags, more...)
		}
	}
	return c.tested(opt, diags)
}

// fixtures finds the fixtures of each spec. A spec that was named has some.
func (c *call) fixtures(specs []string) (map[string][]string, error) {
	found, total := map[string][]string{}, 0
	for _, spec := range specs {
		names, err := fixture.Find(spec)
		if err != nil {
			return nil, err
		}
		if len(names) == 0 && len(c.operands) > 0 {
			return nil, noFixtures(spec)
		}
		found[spec] = names
		total += len(names)
	}
	if total == 0 {
		return nil, noFixtures(specs[0])
	}
	return found, nil
}

func noFixtures(spec string) error {
	base := filepath.Base(spec)
	name := filepath.Join(filepath.Dir(spec), "tests", base[:len(base)-len(filepath.Ext(base))]+".test.yaml")
	return usage(spec+" has no fixtures", "write "+name+"; docs/how-to/test-a-pipeline.md shows how")
}

// testSpec runs the tests of one spec.
func (c *call) testSpec(opt *testCall, spec string, names []string) ([]diag.Diagnostic, error) {
	res, err := c.generate([]string{spec}, false)
	if err != nil {
		return nil, err
	}
	var diags diag.List
	tests, err := fixture.Read(names, res.Pipelines[0], opt.record, &diags)
	if err != nil {
		return nil, err
	}
	if diags.HasErrors() {
		return nil, c.refuse(diags.Sorted())
	}
	chosen := slices.DeleteFunc(slices.Clone(tests), func(t *fixture.Test) bool { return !opt.only.MatchString(t.Name) })
	if len(chosen) == 0 {
		return res.Diagnostics, nil
	}
	results, err := c.runTests(opt, spec, res, chosen)
	if err != nil {
		return nil, err
	}
	return res.Diagnostics, c.afterwards(opt, res, results)
}

// refuse ends the command for what is wrong with fixtures.
func (c *call) refuse(diags []diag.Diagnostic) error {
	if c.json {
		c.encode(map[string]any{"diagnostics": rawDiagnostics(diags), "exit_code": exitUsage})
	} else {
		c.report(diags)
	}
	return ended(exitUsage)
}

// afterwards prints what came out of a spec's tests, or records it.
func (c *call) afterwards(opt *testCall, res *gen.Result, results []*testResult) error {
	recorded := map[*fixture.Test]*job.Outcome{}
	for _, r := range results {
		if opt.record && r.outcome != nil && r.report.Recordable() {
			recorded[r.test] = r.outcome
			r.recorded = !r.report.OK() || !r.test.Expects()
			r.report = &fixture.Report{Test: r.test}
		}
		c.tell(opt, res, r)
	}
	for _, f := range fixture.Files(recorded) {
		var diags diag.List
		data, err := f.Record(recorded, &diags)
		if err == nil && diags.HasErrors() {
			err = c.refuse(diags.Sorted())
		}
		if err == nil && data != nil {
			err = f.Save(data)
			opt.doc.Recorded = append(opt.doc.Recorded, f.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *call) tell(opt *testCall, res *gen.Result, r *testResult) {
	one := testedOne{r.test.Name, res.Pipelines[0].Name, r.test.Pos.File, r.test.Pos.Line, r.report.OK(), r.took.Milliseconds(), r.report.Problem, r.report.Differences}
	opt.doc.Tests = append(opt.doc.Tests, one)
	word := "ok  "
	switch {
	case !one.OK:
		opt.doc.Failed++
		word = "FAIL"
	case r.recorded:
		word = "new "
		fallthrough
	default:
		opt.doc.Passed++
	}
	if c.json {
		return
	}
	fmt.Fprintf(c.out, "%s %s (%d ms)\n", word, one.Name, one.Millis)
	if !one.OK {
		r.report.Write(c.out)
		fmt.Fprintf(c.out, "    %s\n", r.test.Pos)
	}
}

// tested says how it all went.
func (c *call) tested(opt *testCall, diags []diag.Diagnostic) error {
	if len(opt.doc.Tests) == 0 {
		return usage("no test has a name that matches "+opt.run, "--run takes a regular expression; without it all tests are run")
	}
	if opt.doc.Failed > 0 {
		opt.doc.ExitCode = exitFindings
	}
	if c.json {
		opt.doc.Diagnostics = rawDiagnostics(diags)
		c.encode(opt.doc)
	} else {
		for _, name := range opt.doc.Recorded {
			fmt.Fprintln(c.out, "recorded", name)
		}
		fmt.Fprintf(c.out, "%s passed, %d failed\n", plural(opt.doc.Passed, "test"), opt.doc.Failed)
	}
	if opt.doc.ExitCode != exitFine {
		return ended(opt.doc.ExitCode)
	}
	return nil
}
