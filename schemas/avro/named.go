package avro

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/jsontree"
)

var (
	simpleName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	dottedName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
)

func fullName(name, space string) string {
	if space == "" || strings.Contains(name, ".") {
		return name
	}
	return space + "." + name
}

func spaceOf(full string) string {
	if i := strings.LastIndexByte(full, '.'); i >= 0 {
		return full[:i]
	}
	return ""
}

// text gives a member that has to be a text; present is false where there is none.
func (r *reader) text(n *jsontree.Node, key string) (t *jsontree.Node, ok bool) {
	t = n.Get(key)
	if t != nil && t.Kind != jsontree.String {
		r.report("SF0104", t.Pos, fmt.Sprintf("%q is a text, not %s", key, t.Kind), "")
		return nil, false
	}
	return t, true
}

func (r *reader) doc(n *jsontree.Node) string {
	if d, _ := r.text(n, "doc"); d != nil {
		return d.Text
	}
	return ""
}

// declare enters the name of a type; nil after a diagnostic.
func (r *reader) declare(n *jsontree.Node, space string) *entry {
	name, ok := r.text(n, "name")
	if name == nil {
		if ok {
			r.report("SF0104", n.Pos, fmt.Sprintf(`the %s has no "name"`, n.Get("type").Text), "")
		}
		return nil
	}
	at := name
	if s, ok := r.text(n, "namespace"); s != nil && !strings.Contains(name.Text, ".") {
		space, at = s.Text, s
	} else if !ok {
		return nil
	}
	full := fullName(name.Text, space)
	switch before := r.named[full]; {
	case !dottedName.MatchString(name.Text):
		r.report("SF0104", name.Pos, fmt.Sprintf("%q is no name", name.Text), "names are letters, digits and _, not starting with a digit")
		return nil
	case !dottedName.MatchString(full):
		r.report("SF0104", at.Pos, fmt.Sprintf("%q is no namespace", space), "namespaces are names with dots between them")
		return nil
	case before != nil:
		r.report("SF0114", name.Pos, fmt.Sprintf("the type %s is described twice", full), "the second time its name is enough",
			diag.Related{Pos: before.pos, Message: "first here"})
		return nil
	}
	if _, primitive := primitives[full]; primitive {
		r.report("SF0114", name.Pos, fmt.Sprintf("%s is a type of Avro", full), "give it another name")
		return nil
	}
	e := &entry{full: full, node: n, pos: n.Pos}
	r.named[full], r.byNode[n] = e, e
	r.order = append(r.order, e)
	return e
}

func (r *reader) enum(n *jsontree.Node, space string) column {
	e := r.declare(n, space)
	if e == nil {
		return column{}
	}
	r.misplacedLogical(n, "a string")
	list := n.Get("symbols")
	if !list.Is(jsontree.Array) || len(list.Items) == 0 {
		r.report("SF0104", n.Pos, `the enum has no list of "symbols"`, "")
		return column{}
	}
	t := &model.Type{Kind: model.Enum, Name: e.full, Doc: r.doc(n)}
	seen := map[string]diag.Pos{}
	for _, s := range list.Items {
		before, twice := seen[s.Text]
		switch {
		case !s.Is(jsontree.String) || !simpleName.MatchString(s.Text):
			r.report("SF0104", s.Pos, "a symbol of an enum is a name: letters, digits and _", "")
		case twice:
			r.report("SF0104", s.Pos, fmt.Sprintf("the symbol %s is there twice", s.Text), "", diag.Related{Pos: before, Message: "first here"})
		default:
			seen[s.Text] = s.Pos
			t.Symbols = append(t.Symbols, s.Text)
		}
	}
	if d := n.Get("default"); d != nil && (!d.Is(jsontree.String) || seen[d.Text] == diag.Pos{}) {
		r.report("SF0110", d.Pos, "the default of the enum is none of its symbols", diag.DidYouMean(d.Text, t.Symbols))
	}
	if len(t.Symbols) == len(list.Items) {
		e.column = column{t: t, physical: "enum"}
	}
	return e.column
}

func (r *reader) fixed(n *jsontree.Node, space string) column {
	e := r.declare(n, space)
	if e == nil {
		return column{}
	}
	size, ok := n.Get("size").Int()
	if !ok || size < 1 || size > 1<<20 {
		r.report("SF0104", n.Pos, `the fixed has no "size": its number of bytes, up to a million`, "")
		return column{}
	}
	e.column = r.logical(n, column{t: &model.Type{Kind: model.Bytes}, physical: "fixed", size: size})
	return e.column
}

func (r *reader) record(n *jsontree.Node, space string) column {
	e := r.declare(n, space)
	if e == nil {
		return column{}
	}
	list := n.Get("fields")
	if !list.Is(jsontree.Array) {
		r.report("SF0104", n.Pos, `the record has no list of "fields"`, "")
		return column{}
	}
	e.open = true
	t := &model.Type{Kind: model.Struct, Name: e.full, Doc: r.doc(n)}
	seen := map[string]diag.Pos{}
	for _, n := range list.Items {
		f, ok := r.field(n, spaceOf(e.full))
		if before, twice := seen[f.Name]; ok && twice {
			r.report("SF0114", f.Pos, fmt.Sprintf("the record has two fields %s", f.Name), "", diag.Related{Pos: before, Message: "the first one"})
			continue
		}
		if ok {
			seen[f.Name] = f.Pos
			t.Fields = append(t.Fields, f)
		}
	}
	e.open = false
	if len(t.Fields) == len(list.Items) {
		e.column = column{t: t}
	}
	return e.column
}
