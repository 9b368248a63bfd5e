package sqlexpr

import (
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
)

// swallowing reports a comment to the end of the line that holds lines of the spec below its own: YAML has made one line
// of them (>-, or a text in quotes), and the comment silently takes out a WHERE that people see beneath it.
func (p *preparer) swallowing() bool {
	from := 0
	for _, t := range append(p.tokens, token{start: len(p.SQL)}) {
		for i := from; i < t.start; {
			n := blankLen(p.SQL[i:])
			if p.swallows(i, strings.TrimRight(p.SQL[i:i+n], " \t\r\n")) {
				p.diags.Add(diag.Diagnostic{ID: "SF0221", Pos: p.Pos(i), Message: "this comment takes out the lines below it too: YAML folds them into one line",
					Hint: "write |- in place of >- where the text begins, or /* … */"})
				return true
			}
			i += n
		}
		from = t.end
	}
	return false
}

// swallows reports whether the blank at offset i is a comment to the end of the line that lies on several lines.
func (p *preparer) swallows(i int, blank string) bool {
	if !strings.HasPrefix(blank, "--") && !strings.HasPrefix(blank, "#") {
		return false
	}
	return p.Pos(i).Line != p.Pos(i+len(blank)-1).Line
}
