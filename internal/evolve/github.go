package evolve

import (
	"fmt"
	"strings"

	"github.com/seamflow/seamflow/runtime/contract"
)

// maxAnnotations is how many annotations of a step GitHub shows.
const maxAnnotations = 10

// github is the report as annotations of GitHub Actions, the worst first; the log holds the rest, and the summary all.
func (r *Report) github() []byte {
	var b strings.Builder
	shown := 0
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Counts() == contract.Safe {
			continue
		}
		if shown++; shown > maxAnnotations {
			fmt.Fprintf(&b, "%s: %s %s\n", one(f.Pos().String()), f.ID, plainLine(f.plain()))
			continue
		}
		b.WriteString(f.annotation(r) + "\n")
	}
	b.WriteString(plainLine(r.summary()) + "\n")
	return []byte(b.String())
}

// plainLine is a line of a log that is no command.
func plainLine(text string) string {
	text = one(text)
	if strings.HasPrefix(strings.TrimSpace(text), "::") || strings.HasPrefix(text, "##[") {
		text = "- " + text
	}
	return text
}

func (f *Finding) annotation(r *Report) string {
	command := [...]string{contract.Safe: "notice", contract.Note: "notice", contract.Backfill: "warning", contract.Refresh: "error", contract.Refuse: "error"}[f.Counts()]
	var props []string
	if pos := f.New; pos.IsValid() {
		props = append(props, "file="+property(one(r.place(pos.File))))
		if pos.Line > 0 {
			props = append(props, fmt.Sprintf("line=%d", pos.Line))
		}
		if pos.Col > 0 {
			props = append(props, fmt.Sprintf("col=%d", pos.Col))
		}
	}
	props = append(props, "title="+property(one(f.ID+": "+f.label()+": "+f.Title)))
	return "::" + command + " " + strings.Join(props, ",") + "::" + data(one(f.plain())+" Fingerprint "+f.Fingerprint+".")
}

func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func property(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(text))
}
