package evolve

import (
	"slices"
	"strconv"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/runtime/contract"
)

// Report is what review prints, in one of Formats.
type Report struct {
	Against   string   // what the new version was held against, in words
	Pipelines []string // that were looked at
	Findings  []Finding
	FailOn    contract.Verdict
	Steps     map[string]string // by pipeline, the step by semver that its Go names ask for; none where no code is there
	Version   string            // of this seamflow
	// Source gives a file of either version, by the name that positions have.
	Source func(file string) ([]byte, bool)
	// Place gives the path of a file of the new version from the repository's root, where viewers start; nil is as it is.
	Place func(file string) string
}

func (r *Report) place(file string) string {
	if r.Place == nil {
		return file
	}
	return r.Place(file)
}

// Formats are the names of the formats.
func Formats() []string { return []string{"text", "json", "markdown", "sarif", "github", "junit"} }

// Format gives the report in a format, nil for one that is not known.
func (r *Report) Format(name string) []byte {
	switch name {
	case "text":
		return r.text()
	case "json":
		return r.json()
	case "markdown":
		return r.markdown()
	case "sarif":
		return r.sarif()
	case "github":
		return r.github()
	case "junit":
		return r.junit()
	}
	return nil
}

// Verdicts are the names of verdicts, the mildest first.
func Verdicts() []string { return []string{"safe", "note", "backfill", "refresh", "refuse"} }

// ParseVerdict reads the name of a verdict.
func ParseVerdict(name string) (contract.Verdict, bool) {
	i := slices.Index(Verdicts(), name)
	return contract.Verdict(max(i, 0)), i >= 0
}

// Worst is the worst verdict, with what is accepted taken for a note.
func (r *Report) Worst() (v contract.Verdict) {
	for i := range r.Findings {
		v = max(v, r.Findings[i].Counts())
	}
	return v
}

// Fails reports whether a finding is as bad as FailOn, or worse. Without findings nothing fails.
func (r *Report) Fails() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Counts() >= r.FailOn })
}

// counts are the numbers of findings by verdict.
func (r *Report) counts() [5]int {
	var n [5]int
	for i := range r.Findings {
		n[r.Findings[i].Counts()]++
	}
	return n
}

// summary is the report in one line.
func (r *Report) summary() string {
	pipelines := strconv.Itoa(len(r.Pipelines)) + " pipelines"
	if len(r.Pipelines) == 1 {
		pipelines = "1 pipeline"
	}
	if len(r.Findings) == 0 {
		return pipelines + " held against " + r.Against + ": no change"
	}
	text := pipelines + " held against " + r.Against + ": "
	n := r.counts()
	for v := contract.Refuse; ; v-- {
		if n[v] > 0 {
			text += strconv.Itoa(n[v]) + " " + v.String() + ", "
		}
		if v == contract.Safe {
			return text[:len(text)-2]
		}
	}
}

// steps words what the Go names ask for, by pipeline.
func (r *Report) steps() (out []string) {
	for _, p := range r.Pipelines {
		if step := r.Steps[p]; step != "" && step != "none" {
			out = append(out, "Go names of "+p+": a "+step+" step by semver")
		}
	}
	return out
}

func (r *Report) line(pos diag.Pos) (string, bool) {
	if r.Source == nil || pos.Line < 1 {
		return "", false
	}
	src, ok := r.Source(pos.File)
	if !ok {
		return "", false
	}
	for n := 1; ; n++ {
		end := slices.Index(src, '\n')
		if n == pos.Line {
			if end >= 0 {
				src = src[:end]
			}
			return string(src), true
		}
		if end < 0 {
			return "", false
		}
		src = src[end+1:]
	}
}
