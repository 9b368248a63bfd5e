package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/diag"
)

func explainCommand() *command {
	return &command{
		name: "explain", operands: "[SF0123 | FILE:LINE]", most: 1,
		summary: "explain a diagnostic, or what a spec says at a line",
		text: `SF0123 is the id of a diagnostic; without an operand all of them are listed. FILE:LINE (FILE:LINE:COL, as diagnostics print it)
is a line of a spec: it shows the source, view, table or flow declared there, its columns with their types, what it reads
and who reads it, and the diagnostics of that line.`,
		run: (*call).explain,
	}
}

var (
	idPattern    = regexp.MustCompile(`^(?i:SF)?(\d{4})$`)
	placePattern = regexp.MustCompile(`^(.+?):(\d+)(?::\d+)?:?$`)
)

func (c *call) explain() error {
	if len(c.operands) == 0 {
		return c.explainAll()
	}
	what := c.operands[0]
	if m := idPattern.FindStringSubmatch(what); m != nil {
		return c.explainID("SF" + m[1])
	}
	if m := placePattern.FindStringSubmatch(what); m != nil {
		line, err := strconv.Atoi(m[2])
		if err != nil || line == 0 {
			return usage("lines count from 1", "")
		}
		return c.explainPlace(m[1], line)
	}
	return usage(what+" is neither a diagnostic's id nor FILE:LINE", "seamflow explain SF0001, or seamflow explain orders.yaml:12")
}

// explained is what --json prints of an id.
type explained struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text,omitempty"`
}

func (c *call) explainAll() error {
	all := []explained{}
	for _, e := range diag.All() {
		all = append(all, explained{e.ID, e.Title, ""})
		if !c.json {
			fmt.Fprintf(c.out, "%s  %s\n", e.ID, e.Title)
		}
	}
	if c.json {
		c.encode(map[string]any{"diagnostics": all})
	}
	return nil
}

func (c *call) explainID(id string) error {
	e, ok := diag.Lookup(id)
	if !ok {
		return usage("there is no "+id, nearestID(id))
	}
	if c.json {
		c.encode(explained{e.ID, e.Title, e.Text})
		return nil
	}
	fmt.Fprintf(c.out, "%s: %s\n\n%s\n", e.ID, e.Title, e.Text)
	return nil
}

// nearestID words the known id that the numbers come closest to.
func nearestID(id string) string {
	wanted, _ := strconv.Atoi(id[2:])
	best, distance := "", 1<<30
	for _, e := range diag.All() {
		n, _ := strconv.Atoi(e.ID[2:])
		if d := max(n-wanted, wanted-n); d < distance {
			best, distance = e.ID+" ("+e.Title+")", d
		}
	}
	return "the nearest is " + best + "; seamflow explain lists all"
}

// placed is what --json prints of a place.
type placed struct {
	File        string          `json:"file"`
	Line        int             `json:"line"`
	Kind        string          `json:"kind,omitempty"`
	Name        string          `json:"name,omitempty"`
	Facts       []gen.Fact      `json:"facts"`
	Diagnostics json.RawMessage `json:"diagnostics"`
	ExitCode    int             `json:"exit_code"`
}

func (c *call) explainPlace(file string, line int) error {
	if err := isSpec(file); err != nil {
		return err
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !pipelineKey.Match(src) {
		return usage(file+" is no spec: it has no top-level key pipeline", hereAre(".", ""))
	}
	if n := strings.Count(string(src), "\n") + 1; line > n {
		return usage(fmt.Sprintf("%s has %s", file, plural(n, "line")), "")
	}
	res, err := gen.Run(c.ctx, gen.Options{Specs: []string{file}, Check: true})
	if err != nil {
		return err
	}
	var here []diag.Diagnostic
	for _, d := range res.Diagnostics {
		if d.Pos.File == file && d.Pos.Line == line {
			here = append(here, d)
		}
	}
	place := placeIn(res, file, src, line)
	c.printPlace(place, file, line, here)
	if failed, _ := count(here); failed > 0 {
		return ended(exitUsage)
	}
	return nil
}

func placeIn(res *gen.Result, file string, src []byte, line int) *gen.Place {
	if len(res.Pipelines) == 0 {
		return gen.At(file, src, line, nil)
	}
	return gen.At(file, src, line, res.Pipelines[0])
}

func (c *call) printPlace(p *gen.Place, file string, line int, here []diag.Diagnostic) {
	if c.json {
		doc := placed{File: file, Line: line, Facts: []gen.Fact{}, Diagnostics: rawDiagnostics(here)}
		if p != nil {
			doc.Kind, doc.Name, doc.Facts = p.Kind, p.Name, append(doc.Facts, p.Facts...)
		}
		if failed, _ := count(here); failed > 0 {
			doc.ExitCode = exitUsage
		}
		c.encode(doc)
		return
	}
	if p == nil {
		fmt.Fprintf(c.out, "%s:%d declares no source, view, table or flow\n", file, line)
	} else {
		fmt.Fprintf(c.out, "%s: %s %s\n", p.Pos, p.Kind, p.Name)
		w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		for _, f := range p.Facts {
			fmt.Fprintf(w, "  %s\t%s\n", f.Name, f.Value)
		}
		w.Flush()
	}
	c.report(here)
}
