package check

import (
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// unread warns of sources and views that no flow reads, whether straight or through views.
func unread(p *model.Pipeline, diags *diag.List) {
	uses := map[string][]string{}
	for _, v := range p.Views {
		uses[strings.ToLower(v.Name)] = v.Uses
	}
	read := map[string]bool{}
	var mark func(name string)
	mark = func(name string) {
		name = strings.ToLower(name)
		if read[name] {
			return
		}
		read[name] = true
		for _, used := range uses[name] {
			mark(used)
		}
	}
	for _, f := range p.Flows {
		mark(f.Source)
	}
	const hint = "take it out, or name it as the source of a flow"
	for _, s := range p.Sources {
		if !read[strings.ToLower(s.Name)] {
			warn(diags, "SF0315", s.Pos, hint, "no flow reads the source "+s.Name)
		}
	}
	for _, v := range p.Views {
		if !read[strings.ToLower(v.Name)] {
			warn(diags, "SF0315", v.Pos, hint, "no flow reads the view "+v.Name)
		}
	}
}
