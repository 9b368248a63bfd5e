package evolve

import (
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/runtime/contract"
)

type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"semanticVersion,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string       `json:"id"`
		Short sarifMessage `json:"shortDescription"`
		Full  sarifMessage `json:"fullDescription"`
		Help  sarifHelp    `json:"help"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifHelp struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifMessage       `json:"message"`
		Locations    []sarifLocation    `json:"locations,omitempty"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		Properties   map[string]string  `json:"properties"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line int `json:"startLine"`
		Col  int `json:"startColumn,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
)

// sarif is the report as SARIF 2.1.0.
func (r *Report) sarif() []byte {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "seamflow", Version: r.Version, Rules: []sarifRule{}}}, ColumnKind: "utf16CodeUnits", Results: []sarifResult{}}
	index := map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		at, ok := index[f.ID]
		if !ok {
			at = len(run.Tool.Driver.Rules)
			index[f.ID] = at
			e, _ := diag.Lookup(f.ID)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{f.ID, sarifMessage{e.Title}, sarifMessage{sentence(e.Title)}, sarifHelp{e.Text, e.Text}})
		}
		run.Results = append(run.Results, r.sarifResult(f, at))
	}
	return encoded(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func sentence(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

func (r *Report) sarifResult(f *Finding, rule int) sarifResult {
	out := sarifResult{RuleID: f.ID, RuleIndex: rule, Level: level(f.Counts()), Message: sarifMessage{f.plain()},
		Fingerprints: map[string]string{"seamflow/v1": f.Fingerprint}, Properties: map[string]string{"verdict": f.Verdict.String(), "pipeline": f.Pipeline, "path": f.Path}}
	for i, text := range f.Effects {
		if text != "" {
			out.Properties[axisKeys[i]] = text
		}
	}
	if f.Old.IsValid() {
		out.Properties["before"] = f.Old.String()
	}
	if f.New.IsValid() { // what is in another version is no file that a viewer has
		p := sarifPhysical{Artifact: sarifArtifact{uri(r.place(f.New.File))}}
		if f.New.Line > 0 {
			p.Region = &sarifRegion{f.New.Line, r.column(f.New)}
		}
		out.Locations = []sarifLocation{{p}}
	}
	if a := f.Accepted; a != nil {
		out.Suppressions = []sarifSuppression{{"external", a.Owner + until(a) + ": " + a.Reason}}
	}
	return out
}

func level(v contract.Verdict) string {
	return [...]string{contract.Safe: "none", contract.Note: "note", contract.Backfill: "warning", contract.Refresh: "error", contract.Refuse: "error"}[v]
}

// plain is a finding in a paragraph.
func (f *Finding) plain() string {
	text := f.label() + ": " + f.Message + ". " + sentence(f.Why)
	if f.Fix != "" && f.Fix != "nothing" {
		text += " Fix: " + f.Fix + "."
	}
	return text
}

// column counts as SARIF does, in UTF-16; positions count bytes.
func (r *Report) column(pos diag.Pos) int {
	text, ok := r.line(pos)
	if !ok || pos.Col < 1 || pos.Col-1 > len(text) {
		return max(pos.Col, 1)
	}
	return len(utf16.Encode([]rune(text[:pos.Col-1]))) + 1
}

func uri(file string) string {
	return (&url.URL{Path: filepath.ToSlash(filepath.Clean(file))}).EscapedPath()
}
