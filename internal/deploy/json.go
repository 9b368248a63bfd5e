package deploy

import "github.com/seamflow/seamflow/runtime/contract"

// Document is a plan as --json prints it. Its members do not change their meaning; new ones may come.
type Document struct {
	Pipeline string          `json:"pipeline"`
	Spec     string          `json:"spec"`
	Data     string          `json:"data"`
	Target   string          `json:"target,omitempty"`
	Looked   bool            `json:"connected"`
	Verdict  string          `json:"verdict"` // the worst
	Tables   []tableDocument `json:"tables"`
	ExitCode int             `json:"exit_code"`
}

type tableDocument struct {
	Table   string           `json:"table"`
	Path    string           `json:"path"`
	Action  string           `json:"action"`
	Verdict string           `json:"verdict"`
	Version int64            `json:"version"` // -1: there is no table yet
	Rows    int64            `json:"rows"`
	Changes []changeDocument `json:"changes"`
	Flows   []flowDocument   `json:"flows"`
	Proof   []string         `json:"cutover_proof,omitempty"`
}

type flowDocument struct {
	Flow     string           `json:"flow"`
	Was      string           `json:"was,omitempty"`
	State    State            `json:"state"`  // starts, continues, ends
	Action   string           `json:"action"` // State, or needs_backfill, needs_full_refresh, refused
	Verdict  string           `json:"verdict"`
	Once     bool             `json:"once,omitempty"`
	Complete bool             `json:"complete,omitempty"`
	Inputs   []inputDocument  `json:"inputs"`
	Changes  []changeDocument `json:"changes"`
}

type inputDocument struct {
	Source     string      `json:"source"`
	Kind       string      `json:"kind"`
	Path       string      `json:"path"` // glob or topic, as the spec has it
	From       string      `json:"from"` // in words
	FilesRead  int64       `json:"files_read,omitempty"`
	Partitions []Partition `json:"partitions,omitempty"`
	Left       *Left       `json:"left,omitempty"`
}

type changeDocument struct {
	Verdict  string `json:"verdict"`
	Field    string `json:"field"`
	Message  string `json:"message"`
	WayOut   string `json:"way_out,omitempty"`
	Accepted string `json:"accepted,omitempty"`
}

// Document gives the plan as --json prints it.
func (p *Plan) Document(exitCode int) *Document {
	d := &Document{Pipeline: p.Pipeline, Spec: p.Spec, Data: p.Data, Target: p.Target, Looked: p.Looked, Tables: []tableDocument{}, ExitCode: exitCode}
	var verdict contract.Verdict
	for i := range p.Tables {
		t := &p.Tables[i]
		verdict = max(verdict, t.Verdict())
		doc := tableDocument{Table: t.Name, Path: t.Path, Action: action(t.State, t.Verdict()), Verdict: t.Verdict().String(), Version: t.Version, Rows: t.Rows,
			Changes: changeDocuments(t.Changes), Flows: []flowDocument{}, Proof: t.Proof}
		for j := range t.Flows {
			doc.Flows = append(doc.Flows, t.Flows[j].document())
		}
		d.Tables = append(d.Tables, doc)
	}
	d.Verdict = verdict.String()
	return d
}

func (f *Flow) document() flowDocument {
	doc := flowDocument{Flow: f.Name, Was: f.Was, State: f.State, Action: action(f.State, f.Verdict()), Verdict: f.Verdict().String(), Once: f.Once, Complete: f.Complete,
		Inputs: []inputDocument{}, Changes: changeDocuments(f.Changes)}
	for _, in := range f.Inputs {
		doc.Inputs = append(doc.Inputs, inputDocument(in))
	}
	return doc
}

func action(s State, v contract.Verdict) string {
	switch v {
	case contract.Backfill:
		return "needs_backfill"
	case contract.Refresh:
		return "needs_full_refresh"
	case contract.Refuse:
		return "refused"
	}
	return string(s)
}

func changeDocuments(changes []Change) []changeDocument {
	out := []changeDocument{}
	for _, c := range changes {
		out = append(out, changeDocument{c.Verdict.String(), c.Field, c.Message, c.WayOut, c.Accepted})
	}
	return out
}
