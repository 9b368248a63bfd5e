package avro

import (
	"fmt"
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/jsontree"
)

var primitives = map[string]model.Kind{
	"boolean": model.Bool, "int": model.Int32, "long": model.Int64, "float": model.Float32, "double": model.Float64,
	"bytes": model.Bytes, "string": model.String, "null": model.Null,
}

// complexTypes are the types that an object describes.
var complexTypes = []string{"record", "enum", "array", "map", "fixed"}

// column reads any schema; space is the namespace that it is in. Its t is nil after a diagnostic.
func (r *reader) column(n *jsontree.Node, space string) column {
	switch n.Kind {
	case jsontree.String:
		return r.byReference(n, space)
	case jsontree.Array:
		return r.union(n, space)
	case jsontree.Object:
		return r.object(n, space)
	}
	r.report("SF0104", n.Pos, "a type is a name, an object or a list, not "+n.Kind.String(), "")
	return column{}
}

// byReference reads the name of a primitive type, or of one that the file has described.
func (r *reader) byReference(n *jsontree.Node, space string) column {
	if k, ok := primitives[n.Text]; ok {
		if k == model.Null {
			r.report("SF0105", n.Pos, "a value that is always null is no column", `null stands beside a type: ["null", "string"]`)
			return column{}
		}
		return column{t: &model.Type{Kind: k}, physical: n.Text}
	}
	e := r.named[fullName(n.Text, space)]
	switch {
	case e == nil:
		r.unknown(n, space)
	case e.open:
		r.report("SF0108", n.Pos, "a type that contains itself has no columns", `cut the circle: leave the field out, or keep the inner value as a "string"`,
			diag.Related{Pos: e.pos, Message: "the type starts here"})
	default:
		return e.column // of one that failed, nothing more is said
	}
	return column{}
}

// Looking for what a name may have meant takes time for every name that there is: it ends after so many errors, and is
// left out among so many names.
const (
	manyErrors = 50
	manyNames  = 1000
)

func (r *reader) unknown(n *jsontree.Node, space string) {
	if slices.Contains(complexTypes, n.Text) {
		r.report("SF0104", n.Pos, fmt.Sprintf("the type %s is described by an object", n.Text), fmt.Sprintf(`{"type": {"type": "%s", …}}`, n.Text))
		return
	}
	hint := ""
	if r.diags.Len() < manyErrors && len(r.order) < manyNames {
		all := []string{"boolean", "int", "long", "float", "double", "bytes", "string"}
		for _, e := range r.order {
			all = append(all, e.full)
		}
		hint = diag.DidYouMean(n.Text, all)
	}
	if hint == "" {
		hint = "a named type is described, all of it, before the place that uses it"
	}
	if full := fullName(n.Text, space); full != n.Text {
		r.report("SF0104", n.Pos, fmt.Sprintf("there is no type %s, nor %s", n.Text, full), hint)
		return
	}
	r.report("SF0104", n.Pos, fmt.Sprintf("there is no type %s", n.Text), hint)
}

// union reads ["null", T] in either order.
func (r *reader) union(n *jsontree.Node, space string) column {
	var rest []*jsontree.Node
	for _, b := range n.Items {
		if !isNull(b) {
			rest = append(rest, b)
		}
	}
	nulls := len(n.Items) - len(rest)
	switch {
	case len(rest) != 1 || nulls > 1:
		hint := `a column has one type, and null beside it: ["null", "string"]`
		if len(rest) > 1 {
			hint += "; for records describe the fields of all of them in one, each with a default"
		}
		message := fmt.Sprintf("a union of %d types has no column type", len(n.Items))
		if len(rest) == 0 {
			message = "a union of nothing but null has no column type"
		}
		r.report("SF0105", n.Pos, message, hint)
		return column{}
	case rest[0].Kind == jsontree.Array:
		r.report("SF0104", rest[0].Pos, "a union holds no unions", "")
		return column{}
	}
	c := r.column(rest[0], space)
	c.nullable = nulls == 1
	return c
}

func isNull(n *jsontree.Node) bool {
	if t := n.Get("type"); t != nil {
		n = t
	}
	return n.Is(jsontree.String) && n.Text == "null"
}

// object reads a type in long form.
func (r *reader) object(n *jsontree.Node, space string) column {
	t := n.Get("type")
	switch {
	case t == nil:
		r.report("SF0104", n.Pos, `the type has no "type"`, "")
		return column{}
	case t.Kind != jsontree.String:
		r.report("SF0104", t.Pos, `"type" is the name of a type here, not `+t.Kind.String(), `for a type in long form write it without the {"type": …} around it`)
		return column{}
	}
	switch t.Text {
	case "record", "error":
		return r.record(n, space)
	case "enum":
		return r.enum(n, space)
	case "fixed":
		return r.fixed(n, space)
	case "array":
		return r.collection(n, model.List, "items", space)
	case "map":
		return r.collection(n, model.Map, "values", space)
	}
	if _, ok := primitives[t.Text]; !ok {
		r.misplacedLogical(n, "the description of "+t.Text)
	}
	return r.logical(n, r.byReference(t, space))
}

func (r *reader) collection(n *jsontree.Node, k model.Kind, key, space string) column {
	of := n.Get(key)
	if of == nil {
		r.report("SF0104", n.Pos, fmt.Sprintf("the %s has no %q", n.Get("type").Text, key), "")
		return column{}
	}
	elem := r.column(of, space)
	if elem.t == nil {
		return column{}
	}
	return column{t: &model.Type{Kind: k, Elem: elem.t, ElemNullable: elem.nullable}}
}
