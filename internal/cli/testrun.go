package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/fixture"
	"github.com/seamflow/seamflow/runtime/fixture/job"
)

// testResult is how a test went.
type testResult struct {
	test     *fixture.Test
	outcome  *job.Outcome // nil where the program gave none
	report   *fixture.Report
	recorded bool // what it expects is written anew
	took     time.Duration
}

// runTests builds the spec's test program and gives each test a process of its own, a few at a time: one that panics or
// hangs takes no other with it.
func (c *call) runTests(opt *testCall, spec string, res *gen.Result, tests []*fixture.Test) ([]*testResult, error) {
	t := target{spec: spec, res: res, tests: true}
	t.out = filepath.Join(filepath.Dir(spec), ".seamflow", "bin", t.name()+".test"+exe())
	if err := c.build(t); err != nil {
		return nil, err
	}
	binary, err := filepath.Abs(t.out)
	if err != nil {
		return nil, err
	}
	results, errs := make([]*testResult, len(tests)), make([]error, len(tests))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i, test := range tests {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			results[i], errs[i] = c.runTest(binary, test, opt.timeout)
		})
	}
	all.Wait()
	return results, errors.Join(errs...)
}

// runTest does one test. The error is about the machine; what the program did wrong is in the report.
func (c *call) runTest(binary string, test *fixture.Test, timeout time.Duration) (*testResult, error) {
	if err := c.ctx.Err(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "seamflow-test-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in, err := json.Marshal(test.Job(dir))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary)
	cmd.Dir, cmd.Stdin, cmd.WaitDelay = dir, bytes.NewReader(in), time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	began := time.Now()
	err = cmd.Run()
	r := &testResult{test: test, took: time.Since(began)}
	var exit *exec.ExitError
	switch {
	case c.ctx.Err() != nil:
		return nil, c.ctx.Err()
	case ctx.Err() != nil:
		r.report = &fixture.Report{Test: test, Problem: fmt.Sprintf("it was not done after %v and was stopped; --timeout gives it longer", timeout)}
	case errors.As(err, &exit):
		r.report = &fixture.Report{Test: test, Problem: "the pipeline broke: " + excerpt(errs.String(), exit)}
	case err != nil:
		return nil, err
	default:
		r.outcome = &job.Outcome{}
		if err := json.Unmarshal(out.Bytes(), r.outcome); err != nil {
			return nil, fmt.Errorf("test %s: what the pipeline's test program said is not an outcome: %w", test.Name, err)
		}
		r.report = test.Judge(r.outcome)
	}
	return r, nil
}

// excerpt is the beginning of what a program said when it broke: of a panic, why and where.
func excerpt(said string, exit *exec.ExitError) string {
	const most = 30
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if len(lines) > most {
		lines = append(lines[:most], "…")
	}
	if text := strings.Join(lines, "\n"); text != "" {
		return text
	}
	return exit.String()
}
