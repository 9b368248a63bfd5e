package diag

import "strings"

// Change explains one kind of change that review finds between two versions of a pipeline. Texts may hold {names} that a
// finding fills in.
type Change struct {
	ID       string
	Title    string
	Verdicts string // those that it may have
	Message  string // what changed, in one line
	Why      string // one sentence
	// What it means for each of those whom it concerns; "" is nothing.
	Data, Readers, Producers, API, Operations string
	Fix                                       string
	// Mirror is the ID of the change back; a rule without one says why in Alone.
	Mirror, Alone string
}

// Axes name the consequences of a change, in order.
func Axes() []string {
	return []string{"data and state", "readers of the table", "producers and rows in flight", "generated Go API", "operations"}
}

// Effects gives the consequences by Axes.
func (c *Change) Effects() []string {
	return []string{c.Data, c.Readers, c.Producers, c.API, c.Operations}
}

// Changes gives all of them by ID.
func Changes() []Change {
	var all []Change
	for _, part := range [][]Change{recordChanges, pipelineChanges, columnChanges, keyChanges, flowChanges, sourceChanges, tableChanges} {
		all = append(all, part...)
	}
	return all
}

// entry is the page of a change.
func (c *Change) entry() Entry {
	var b strings.Builder
	b.WriteString(plainly(c.Why) + "\n\nVerdict: " + c.Verdicts + ".\n\n| it concerns | how |\n|---|---|\n")
	for i, text := range c.Effects() {
		if text == "" {
			text = "nothing"
		}
		b.WriteString("| " + Axes()[i] + " | " + plainly(text) + " |\n")
	}
	b.WriteString("\nWhat to do: " + plainly(c.Fix) + ".\n\n")
	if c.Mirror != "" {
		b.WriteString("The change back is " + c.Mirror + ".")
	} else {
		b.WriteString("There is no change back: " + c.Alone + ".")
	}
	return Entry{c.ID, c.Title, b.String()}
}

// plainly takes the braces off names, for texts that are about no finding.
func plainly(text string) string {
	return strings.NewReplacer("{", "", "}", "").Replace(text)
}

func changeEntries() (out []Entry) {
	for _, c := range Changes() {
		out = append(out, c.entry())
	}
	return out
}
