package deploy

import (
	"fmt"
	"io"
	"strings"

	"github.com/seamflow/seamflow/runtime/contract"
)

// Text writes the plan for people.
func (p *Plan) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: what deploying pipeline %s does to the tables under %s", p.Spec, p.Pipeline, p.Data)
	if p.Target != "" {
		fmt.Fprintf(&b, " (target %s)", p.Target)
	}
	b.WriteString("\n")
	stopped := 0
	for i := range p.Tables {
		t := &p.Tables[i]
		b.WriteString("\n")
		t.text(&b)
		stopped += t.stopped()
	}
	b.WriteString("\n")
	switch {
	case stopped > 0:
		fmt.Fprintf(&b, "%s stand against it\n", plural(int64(stopped), "thing"))
	case p.Looked:
		b.WriteString("nothing stands against it\n")
	default:
		b.WriteString("nothing stands against it, as far as the tables know; --connect looks at the sources, too\n")
	}
	_, err := io.WriteString(w, strings.Replace(b.String(), "1 thing stand ", "1 thing stands ", 1))
	return err
}

func (t *Table) stopped() (n int) {
	count := func(changes []Change) {
		for i := range changes {
			if changes[i].counts() >= contract.Refresh {
				n++
			}
		}
	}
	count(t.Changes)
	for i := range t.Flows {
		count(t.Flows[i].Changes)
	}
	return n
}

func (t *Table) text(b *strings.Builder) {
	fmt.Fprintf(b, "table %s (%s): ", t.Name, t.Path)
	if t.State == Starts {
		b.WriteString("is made\n")
	} else {
		fmt.Fprintf(b, "%s, version %d, %s\n", does(t.State, worst(t.Changes)), t.Version, plural(t.Rows, "row"))
	}
	changesText(b, "  ", t.Changes)
	for i := range t.Flows {
		t.Flows[i].text(b)
	}
	for i, l := range t.Proof {
		if i == 0 {
			b.WriteString("  cutover proof\n")
		}
		b.WriteString("    " + l + "\n")
	}
}

// does is what a flow or table does, in the words of people.
func does(s State, v contract.Verdict) string {
	switch v {
	case contract.Backfill:
		return string(s) + ", needs backfill"
	case contract.Refresh:
		return "needs full refresh"
	case contract.Refuse:
		return "refused"
	}
	return string(s)
}

func (f *Flow) text(b *strings.Builder) {
	fmt.Fprintf(b, "  flow %s ", f.Name)
	if f.Once {
		b.WriteString("(once) ")
	}
	b.WriteString(does(f.State, f.Verdict()))
	for i := range f.Inputs {
		in := &f.Inputs[i]
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		fmt.Fprintf(b, "%s (%s %s) %s", in.Source, in.Kind, in.Path, in.From)
		if in.Left != nil {
			b.WriteString(", " + in.Left.text(in.Kind))
		}
	}
	if f.State == Ends {
		b.WriteString("; what it wrote stays")
	}
	b.WriteString("\n")
	changesText(b, "    ", f.Changes)
}

func (l *Left) text(kind string) string {
	switch {
	case l.none():
		return "left: nothing"
	case kind == contract.Kafka:
		return "left: " + plural(l.Offsets, "offset")
	case l.Writing > 0:
		return "left: " + plural(int64(l.Files+l.Writing), "file") + ", of which " + number(int64(l.Writing)) + " may still be written to"
	}
	return "left: " + plural(int64(l.Files), "file")
}

func changesText(b *strings.Builder, indent string, changes []Change) {
	for i := range changes {
		c := &changes[i]
		fmt.Fprintf(b, "%s%s: %s: %s\n", indent, c.word(), c.Field, c.Message)
		switch {
		case c.Accepted != "":
			fmt.Fprintf(b, "%s  accepted: %s\n", indent, c.Accepted)
		case c.WayOut != "":
			fmt.Fprintf(b, "%s  way out: %s\n", indent, c.WayOut)
		}
	}
}

// word is the verdict in the words of people.
func (c *Change) word() string {
	if c.Accepted != "" {
		return "accepted"
	}
	switch c.Verdict {
	case contract.Backfill:
		return "needs backfill"
	case contract.Refresh:
		return "needs full refresh"
	case contract.Refuse:
		return "refused"
	}
	return c.Verdict.String()
}
