package evolve

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/seamflow/seamflow/internal/diag"
)

// document is a report as --json prints it: docs/reference/review.schema.json. Members keep their meaning; new ones may come.
type document struct {
	Against   string             `json:"against"`
	Pipelines []pipelineDocument `json:"pipelines"`
	Verdict   string             `json:"verdict"`
	FailOn    string             `json:"fail_on"`
	Findings  []findingDocument  `json:"findings"`
	ExitCode  int                `json:"exit_code"`
}

type pipelineDocument struct {
	Pipeline string `json:"pipeline"`
	Semver   string `json:"semver,omitempty"`
}

type findingDocument struct {
	ID          string            `json:"id"`
	Title       string            `json:"title"`
	Verdict     string            `json:"verdict"`
	Pipeline    string            `json:"pipeline,omitempty"`
	Path        string            `json:"path"`
	Tables      []string          `json:"tables,omitempty"`
	New         *placeDocument    `json:"new,omitempty"`
	Old         *placeDocument    `json:"old,omitempty"`
	Message     string            `json:"message"`
	Why         string            `json:"why"`
	Effects     map[string]string `json:"consequences"`
	Fix         string            `json:"fix"`
	Fingerprint string            `json:"fingerprint"`
	Accepted    *acceptDocument   `json:"accepted,omitempty"`
}

type placeDocument struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col"`
}

type acceptDocument struct {
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	Until  string `json:"until,omitempty"`
}

// axisKeys are diag.Axes as members are called.
var axisKeys = [5]string{"data", "readers", "producers", "go_api", "operations"}

func placeOf(p diag.Pos) *placeDocument {
	if !p.IsValid() {
		return nil
	}
	return &placeDocument{p.File, p.Line, p.Col}
}

func (r *Report) json() []byte {
	d := document{Against: r.Against, Pipelines: []pipelineDocument{}, Verdict: r.Worst().String(), FailOn: r.FailOn.String(), Findings: []findingDocument{}}
	if r.Fails() {
		d.ExitCode = 1
	}
	for _, p := range r.Pipelines {
		d.Pipelines = append(d.Pipelines, pipelineDocument{p, r.Steps[p]})
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		doc := findingDocument{ID: f.ID, Title: f.Title, Verdict: f.Verdict.String(), Pipeline: f.Pipeline, Path: f.Path, Tables: f.Tables, New: placeOf(f.New), Old: placeOf(f.Old),
			Message: f.Message, Why: f.Why, Effects: map[string]string{}, Fix: f.Fix, Fingerprint: f.Fingerprint}
		for j, text := range f.Effects {
			if text != "" {
				doc.Effects[axisKeys[j]] = text
			}
		}
		if a := f.Accepted; a != nil {
			doc.Accepted = &acceptDocument{Reason: a.Reason, Owner: a.Owner}
			if !a.Until.IsZero() {
				doc.Accepted.Until = a.Until.Format(time.DateOnly)
			}
		}
		d.Findings = append(d.Findings, doc)
	}
	return encoded(d)
}

func encoded(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // plain structs of texts and numbers
	return b.Bytes()
}
