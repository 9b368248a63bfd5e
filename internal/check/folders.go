package check

import (
	"path"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// quarantineSuffix is what the folder of a table's quarantine adds to the table's.
const quarantineSuffix = "__quarantine"

// sharedFolders refuses tables of which one lies in the folder of the other, or of its quarantine. Paths are compared
// as written: what ${NAME} stands for is not known yet.
func sharedFolders(p *model.Pipeline, diags *diag.List) {
	for i, t := range p.Tables {
		for _, other := range p.Tables[:i] {
			mine, theirs := path.Clean(t.Path), path.Clean(other.Path)
			message := ""
			switch {
			case mine == theirs:
				message = "the tables " + other.Name + " and " + t.Name + " have the same folder " + mine
			case mine == theirs+quarantineSuffix:
				message = "the folder of table " + t.Name + " is that of the quarantine of " + other.Name
			case theirs == mine+quarantineSuffix:
				message = "the folder of table " + other.Name + " is that of the quarantine of " + t.Name
			case inside(mine, theirs):
				message = "the folder of table " + t.Name + " is inside that of " + other.Name
			case inside(theirs, mine):
				message = "the folder of table " + other.Name + " is inside that of " + t.Name
			default:
				continue
			}
			diags.Add(diag.Diagnostic{ID: "SF0317", Pos: t.Pos, Message: message, Hint: "each Delta table has a folder to itself",
				Related: []diag.Related{{Pos: other.Pos, Message: other.Name + " is declared here"}}})
		}
	}
}

func inside(inner, outer string) bool { return outer == "." || strings.HasPrefix(inner, outer+"/") }
