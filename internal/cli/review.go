package cli

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/evolve"
)

// reviewOptions are the flags of review.
type reviewOptions struct{ against, format, failOn, accept string }

func reviewCommand() *command {
	opt := reviewOptions{format: "text", failOn: "refresh"}
	return &command{
		name: "review", operands: "--against REF [SPEC...]", most: -1,
		summary: "say what changes of pipelines mean, before they are merged",
		text: `Compares the specs as they are with those of REF, and says of each change what it means for the tables and their state, for
readers, for producers, for Go code that uses the generated package, and for operations; and what to do. Nothing is run,
and no table or source is asked. Without operands it takes every spec of the working folder, and those that REF has there.

REF is git:REF (a branch, tag or commit; git:REF... is where HEAD left it), a folder that holds another version, or a
seamflow.lock; what is no file or folder is taken for git:REF. Git's objects are read, nothing is checked out, and no network
is used. A SPEC may be a seamflow.lock, too.

The verdicts are, from mild to bad: safe; note (somebody must know); backfill (old input must be read again); refresh (wipe
and read again); refuse (rows would be lost, repeated or orphaned). seamflow.accept.yaml lists findings that are known and
wanted, by their fingerprints: they count as notes.`,
		flags: func(fs *flag.FlagSet) {
			fs.StringVar(&opt.against, "against", "", "`REF` to compare with")
			fs.StringVar(&opt.format, "format", opt.format, "`FORMAT` is "+strings.Join(evolve.Formats(), ", "))
			fs.StringVar(&opt.failOn, "fail-on", opt.failOn, "exit 1 where a finding is of this `VERDICT` or a worse one: "+strings.Join(evolve.Verdicts(), ", "))
			fs.StringVar(&opt.accept, "accept", evolve.AcceptFile, "`FILE` that lists what is known and wanted; without the flag it may be missing")
		},
		run: func(c *call) error { return c.review(opt) },
	}
}

func (c *call) review(opt reviewOptions) error {
	if c.json {
		opt.format = "json"
	}
	if !slices.Contains(evolve.Formats(), opt.format) {
		return usage("no review format "+opt.format, oneOf(opt.format, evolve.Formats()))
	}
	failOn, ok := evolve.ParseVerdict(opt.failOn)
	if !ok {
		return usage("no verdict "+opt.failOn, oneOf(opt.failOn, evolve.Verdicts()))
	}
	if opt.against == "" {
		return usage("review needs --against", "seamflow review --against git:main, or a folder, or a seamflow.lock")
	}
	entries, err := c.acceptances(opt.accept)
	if err != nil {
		return err
	}
	old, err := openAgainst(c.ctx, opt.against)
	if err != nil {
		return err
	}
	defer old.close()
	r := &reviewer{call: c, old: old}
	err = r.pairs()
	if old.failed != nil && old.failed() != nil {
		err = old.failed()
	}
	if err != nil {
		return err
	}
	report := &evolve.Report{Against: old.words, Pipelines: []string{}, FailOn: failOn, Steps: map[string]string{}, Version: gen.Version, Source: old.source, Place: old.path}
	for _, p := range r.found {
		report.Pipelines = append(report.Pipelines, p.name)
		report.Findings = append(report.Findings, evolve.Compare(p.old, p.new)...)
		if p.old != nil && p.new != nil && p.old.API != nil && p.new.API != nil {
			report.Steps[p.name] = evolve.Step(p.old.API, p.new.API)
		}
	}
	report.Findings = evolve.Accept(report.Findings, entries, time.Now().UTC())
	_, _ = c.out.Write(report.Format(opt.format)) // a reader that went away is nobody to tell
	if opt.format == "github" {
		if err := stepSummary(report); err != nil {
			return err
		}
	}
	if report.Fails() {
		return ended(exitFindings)
	}
	return nil
}

func oneOf(word string, among []string) string {
	if near := diag.DidYouMean(word, among); near != "" {
		return near
	}
	return "there are " + strings.Join(among, ", ")
}

// stepSummary adds the whole report to the summary of a step of GitHub Actions, where there is one.
func stepSummary(r *evolve.Report) error {
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(r.Format("markdown"))
	return errors.Join(err, f.Close())
}

func (c *call) acceptances(name string) ([]evolve.Acceptance, error) {
	src, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && name == evolve.AcceptFile {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries, diags := evolve.ParseAccept(name, src)
	return entries, c.broken(diags)
}

// broken ends the command where diagnostics hold an error.
func (c *call) broken(diags []diag.Diagnostic) error {
	if failed, _ := count(diags); failed == 0 {
		return nil
	}
	if c.json {
		c.encode(map[string]any{"diagnostics": rawDiagnostics(diags), "exit_code": exitUsage})
	} else {
		c.report(diags)
	}
	return ended(exitUsage)
}

// reviewed is a pipeline in the versions that have it.
type reviewed struct {
	name     string
	old, new *evolve.Side
}

// reviewer finds the two versions of each pipeline.
type reviewer struct {
	*call
	old   *otherVersion
	found []reviewed
}

func (r *reviewer) pairs() error {
	names := r.operands
	if len(names) == 0 {
		here, err := specsIn(".")
		if err != nil {
			return err
		}
		names = here
	}
	seen := map[string]bool{} // specs of the old version that have a new one
	for _, name := range names {
		sides, err := r.now(name)
		if err != nil {
			return err
		}
		if sides == nil { // gone from here
			if err := r.gone(name); err != nil {
				return err
			}
			continue
		}
		for _, s := range sides {
			before, at, err := r.before(name, s)
			if err != nil {
				return err
			}
			seen[at] = true
			r.found = append(r.found, reviewed{s.Facts.Pipeline, before, s})
		}
	}
	if len(r.operands) == 0 {
		if err := r.removed(seen); err != nil {
			return err
		}
	}
	if len(r.found) == 0 {
		return usage("there is no spec here, and none in "+r.old.words, "name the spec, or change to its folder")
	}
	return nil
}

// now gives the pipelines of an operand, none where it does not exist any more.
func (r *reviewer) now(name string) ([]*evolve.Side, error) {
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) && r.old.has(name) {
		return nil, nil
	}
	if err := isSpec(name); err != nil {
		return nil, err
	}
	if isLock(name) {
		sides, diags, err := gen.Locked(gen.Tree{}, name)
		if err == nil {
			err = r.broken(diags)
		}
		if err == nil && len(sides) == 0 {
			err = usage(name+" holds no pipeline", "run seamflow generate, which writes it")
		}
		return sides, err
	}
	s, diags, err := gen.Describe(gen.Tree{}, name)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, r.broken(diags)
	}
	s.Spec = r.old.path(name)
	return []*evolve.Side{s}, nil
}

// before gives a pipeline as it was, and the spec that it was in; none where it is new.
func (r *reviewer) before(name string, now *evolve.Side) (*evolve.Side, string, error) {
	pipeline := now.Facts.Pipeline
	if r.old.locked != nil {
		for _, s := range r.old.locked {
			if s.Facts.Pipeline == pipeline {
				return s, pipeline, nil
			}
		}
		return nil, "", nil
	}
	at := r.old.path(name)
	if isLock(name) || !r.old.has(name) {
		if at = r.old.declares(pipeline); at == "" {
			return nil, "", nil
		}
	}
	s, err := r.old.side(at, pipeline, r.call)
	return s, at, err
}

// gone is an operand that only the old version has.
func (r *reviewer) gone(name string) error {
	at := r.old.path(name)
	s, err := r.old.side(at, "", r.call)
	if err == nil {
		r.found = append(r.found, reviewed{s.Facts.Pipeline, s, nil})
	}
	return err
}

// removed looks for pipelines that the old version had beside those of here.
func (r *reviewer) removed(seen map[string]bool) error {
	if r.old.locked != nil {
		for _, s := range r.old.locked {
			if !seen[s.Facts.Pipeline] {
				r.found = append(r.found, reviewed{s.Facts.Pipeline, s, nil})
			}
		}
		return nil
	}
	for _, at := range r.old.specs() {
		if seen[at] {
			continue
		}
		s, err := r.old.side(at, "", r.call)
		if err != nil {
			return err
		}
		r.found = append(r.found, reviewed{s.Facts.Pipeline, s, nil})
	}
	return nil
}
