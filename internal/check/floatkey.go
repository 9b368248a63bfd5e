package check

import (
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// floatKeys warns of keys that hold floating-point numbers: values that print alike may be different keys.
func floatKeys(p *model.Pipeline, diags *diag.List) {
	for _, f := range p.Flows {
		if f.Apply == nil || f.Target == nil || f.Target.Keyed == nil {
			continue
		}
		for _, i := range f.Target.Keyed.Keys {
			c := f.Target.Columns[i]
			if holdsFloat(c.Type) {
				warn(diags, "SF0319", f.KindPos, "use an integer, a decimal or a text as the key, or CAST it to one in a view",
					"the key "+c.Name+" of table "+f.Target.Name+" is a floating-point number: values that look alike may be different keys",
					diag.Related{Pos: c.Pos, Message: "the column comes from here"})
			}
		}
	}
}

func holdsFloat(t *model.Type) bool {
	switch t.Kind {
	case model.Float32, model.Float64:
		return true
	case model.List:
		return holdsFloat(t.Elem)
	case model.Struct:
		return slices.ContainsFunc(t.Fields, func(f model.Field) bool { return holdsFloat(f.Type) })
	}
	return false
}
