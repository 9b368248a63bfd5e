package column

import (
	"fmt"
	"strings"

	"github.com/parquet-go/parquet-go/format"
)

// plan says how a leaf's entries come from a file's column.
type plan struct {
	// leaf is the file's column; nil: every row is NULL. With levelsOnly it is a column beside a missing one, under the
	// same lists and structs, which says where these are present.
	leaf       *node
	levelsOnly bool
	absent     bool // the file lacks it
	// def translates the file's definition levels. Levels that no file may have here are badLevel.
	def  [256]uint8
	same bool  // they are ours already
	rep  uint8 // levelsOnly: entries that repeat deeper than this are none of ours
	conversion
	check *checker // nil: the first value that has no place in the column refuses the file
}

const badLevel = 255

// matcher finds the columns of a file for a schema, by name.
type matcher struct {
	file   *File
	plans  []plan
	wanted bool
	checks []*checker // of the schema's leaves, nil for none
}

// checker is what the next leaf is held against.
func (m *matcher) checker() *checker {
	if m.checks == nil {
		return nil
	}
	return m.checks[len(m.plans)]
}

// unique holds that a group of the file has one field of a name at most.
func (m *matcher) unique(n *node, name string) error {
	for i, c := range n.children {
		if c.elem.Name == name {
			for _, d := range n.children[i+1:] {
				if d.elem.Name == name {
					return fmt.Errorf("column %s is in the file twice", c)
				}
			}
		}
	}
	return nil
}

// above is the way from a file's root to a node.
type above struct {
	path string
	n    *node // the nearest struct, list or map above that the file has, nil at the top
}

// match plans the leaves of t, which the file has at n, or lacks if that is nil. steps are the file's definition levels
// at which each of our levels above t is reached.
func (m *matcher) match(t Type, n *node, steps []uint8, up above) error {
	if n == nil || !m.wanted {
		return m.missing(t, steps, up)
	}
	if n.repeated() && t.Kind != List {
		return fmt.Errorf("column %s is repeated in the file, %s was expected", up.path, t)
	}
	switch t.Kind {
	case List:
		return m.list(t, n, steps, up.path)
	case Map:
		return m.dict(t, n, steps, up.path)
	}
	return m.single(t, n, steps, up.path)
}

// single plans a struct or a plain value. n may be the repeated node of an old list, which is its own element.
func (m *matcher) single(t Type, n *node, steps []uint8, path string) error {
	steps = reached(steps, n.def)
	if t.Kind == Struct {
		if n.leaf >= 0 {
			return fmt.Errorf("column %s is %s in the file, %s was expected", path, n.describe(), t)
		}
		for _, f := range t.Fields {
			if err := m.unique(n, f.Name); err != nil {
				return err
			}
			if err := m.match(f.Type, n.child(f.Name), steps, above{path + "." + f.Name, n}); err != nil {
				return err
			}
		}
		return nil
	}
	if t.Kind == List || t.Kind == Map {
		// The elements of an old two-level list of lists.
		return fmt.Errorf("column %s: a list of %s in the file's old layout is not supported", path, t)
	}
	return m.value(t, n, steps, path)
}

// value plans a leaf that the file has.
func (m *matcher) value(t Type, n *node, steps []uint8, path string) error {
	if n.leaf < 0 {
		return fmt.Errorf("column %s is %s in the file, %s was expected", path, n.describe(), t)
	}
	p := plan{leaf: n, check: m.checker()}
	var rule *Rule
	if p.check != nil {
		rule = &p.check.rule
	}
	var ok bool
	if p.conversion, ok = conversionOf(t, n, rule); !ok {
		return fmt.Errorf("column %s is %s in the file, which cannot be read as %s", path, n.describe(), t)
	}
	p.translate(steps)
	for f := range n.def {
		if p.def[f] == uint8(len(steps)) {
			p.def[f] = badLevel // a map's key that is NULL
		}
	}
	m.plans = append(m.plans, p)
	return nil
}

// list plans a list in any of the layouts that there are: three levels whatever their names, two levels, or a repeated
// field alone.
func (m *matcher) list(t Type, n *node, steps []uint8, path string) error {
	if n.repeated() {
		return m.element(*t.Elem, n, reached(reached(steps, n.def-1), n.def), path)
	}
	if n.leaf >= 0 || len(n.children) != 1 || !n.children[0].repeated() || n.isMap() {
		return fmt.Errorf("column %s is %s in the file, %s was expected", path, n.describe(), t)
	}
	r := n.children[0]
	steps = reached(reached(steps, n.def), r.def)
	if r.leaf >= 0 || len(r.children) != 1 || t.Elem.Kind == Struct && (r.elem.Name == "array" || r.elem.Name == n.elem.Name+"_tuple") {
		return m.element(*t.Elem, r, steps, path)
	}
	return m.match(*t.Elem, r.children[0], steps, above{path + ".element", r})
}

// element plans the elements of a list whose repeated node is the element itself.
func (m *matcher) element(t Type, r *node, steps []uint8, path string) error {
	return m.single(t, r, steps, path+".element")
}

func (m *matcher) dict(t Type, n *node, steps []uint8, path string) error {
	if n.leaf >= 0 || len(n.children) != 1 || !n.children[0].repeated() || len(n.children[0].children) < 1 || n.isList() {
		return fmt.Errorf("column %s is %s in the file, %s was expected", path, n.describe(), t)
	}
	r := n.children[0]
	steps = reached(reached(steps, n.def), r.def)
	if err := m.value(Of(String), r.children[0], steps, path+".key"); err != nil {
		return err
	}
	var v *node
	if len(r.children) > 1 {
		v = r.children[1]
	}
	return m.match(*t.Elem, v, steps, above{path + ".value", r})
}

// missing plans the leaves of a type that the file lacks: NULL wherever what is above them is present.
func (m *matcher) missing(t Type, steps []uint8, up above) error {
	var donor *node
	if up.n != nil && m.wanted {
		donor = up.n.anyLeaf()
	}
	for range (Schema{{Type: t}}).Leaves() {
		p := plan{leaf: donor, levelsOnly: true}
		if donor != nil {
			p.rep = up.n.rep
			p.translate(steps)
		}
		if k := m.checker(); k != nil && k.rule.Null>>len(steps)&1 != 0 {
			return fmt.Errorf("the file has no column %s, which the schema requires%s", up.path, m.there(up))
		}
		p.absent = true
		m.plans = append(m.plans, p)
	}
	return nil
}

// there names the columns that the file has instead.
func (m *matcher) there(up above) string {
	n := up.n
	if n == nil {
		n = m.file.root
	}
	const most = 12
	var names []string
	for i, c := range n.children {
		if i == most {
			names = append(names, "…")
			break
		}
		names = append(names, c.elem.Name)
	}
	return "; it has " + strings.Join(names, ", ")
}

// reached adds a level of ours, which the file reaches at def. Steps are shared between fields, so it copies.
func reached(steps []uint8, def uint8) []uint8 {
	return append(append(make([]uint8, 0, len(steps)+1), steps...), def)
}

// translate fills def: each level of the file is as many of ours as are reached by it.
func (p *plan) translate(steps []uint8) {
	p.same = !p.levelsOnly && int(p.leaf.def) == len(steps)
	for f := range p.def {
		n := uint8(0)
		for int(n) < len(steps) && int(steps[n]) <= f {
			n++
		}
		p.def[f] = n
		if f > int(p.leaf.def) {
			p.def[f] = badLevel
		} else if int(n) != f {
			p.same = false
		}
	}
}

// describe is a node's type as an error names it.
func (n *node) describe() string {
	if n.leaf < 0 {
		var names []string
		for _, c := range n.children {
			names = append(names, c.elem.Name)
		}
		return "a group (" + strings.Join(names, ", ") + ")"
	}
	s := n.elem.Type.V.String()
	if n.elem.Type.V == format.FixedLenByteArray {
		s += fmt.Sprintf("(%d)", n.elem.TypeLength.V)
	}
	if l, ok := n.elem.LogicalType.Value.(fmt.Stringer); ok && l != nil {
		s += " " + l.String()
	} else if n.elem.ConvertedType.Valid {
		s += fmt.Sprintf(" with converted type %d", n.elem.ConvertedType.V)
	}
	return s
}
