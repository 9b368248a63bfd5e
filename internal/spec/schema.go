package spec

import (
	_ "embed"
	"encoding/json"
	"slices"
)

//go:embed pipeline.schema.json
var schemaFile []byte

// Schema is the JSON Schema of a spec, for editors.
func Schema() []byte { return slices.Clone(schemaFile) }

// schemaNode is a JSON Schema, with its members in the order that people read them.
type schemaNode struct {
	Schema               string                 `json:"$schema,omitempty"`
	Title                string                 `json:"title,omitempty"`
	Description          string                 `json:"description,omitempty"`
	Ref                  string                 `json:"$ref,omitempty"`
	Type                 any                    `json:"type,omitempty"`
	Enum                 []any                  `json:"enum,omitempty"`
	Pattern              string                 `json:"pattern,omitempty"`
	MinLength            int                    `json:"minLength,omitempty"`
	Minimum              int                    `json:"minimum,omitempty"`
	MinItems             int                    `json:"minItems,omitempty"`
	Items                *schemaNode            `json:"items,omitempty"`
	Required             []string               `json:"required,omitempty"`
	Properties           orderedSchemas         `json:"properties,omitempty"`
	PropertyNames        *schemaNode            `json:"propertyNames,omitempty"`
	AdditionalProperties any                    `json:"additionalProperties,omitempty"`
	OneOf                []*schemaNode          `json:"oneOf,omitempty"`
	AnyOf                []*schemaNode          `json:"anyOf,omitempty"`
	Not                  *schemaNode            `json:"not,omitempty"`
	Defs                 map[string]*schemaNode `json:"$defs,omitempty"`
}

// orderedSchemas keeps the order of the table of keys.
type orderedSchemas []namedSchema

type namedSchema struct {
	name string
	node *schemaNode
}

func (o orderedSchemas) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, s := range o {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := json.Marshal(s.name)
		if err != nil {
			return nil, err
		}
		node, err := json.Marshal(s.node)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), node...)
	}
	return append(out, '}'), nil
}

const schemaTitle = "Seamflow pipeline"

// editorSchema makes the JSON Schema from the table of keys. Keys of later versions are left out: editors then mark
// them, as the parser does.
func editorSchema() *schemaNode {
	m := schemaMaker{defs: map[string]*schemaNode{}}
	root := m.object(pipelineObject)
	root.Schema, root.Title, root.Defs = "https://json-schema.org/draft/2020-12/schema", schemaTitle, m.defs
	return root
}

type schemaMaker struct{ defs map[string]*schemaNode }

func (m *schemaMaker) object(o *object) *schemaNode {
	n := &schemaNode{Description: o.doc, Type: "object", AdditionalProperties: false}
	for i := range o.keys {
		k := &o.keys[i]
		if k.later {
			continue
		}
		if k.required {
			n.Required = append(n.Required, k.name)
		}
		n.Properties = append(n.Properties, namedSchema{k.name, m.key(k)})
	}
	for _, name := range o.choice {
		if !o.find(name).later {
			n.OneOf = append(n.OneOf, &schemaNode{Required: []string{name}})
		}
	}
	n.Not = exclusive(o.atMost)
	return n
}

// exclusive describes two keys of one group at once, nil where there is no group.
func exclusive(groups [][]string) *schemaNode {
	var pairs []*schemaNode
	for _, group := range groups {
		for i, a := range group {
			for _, b := range group[i+1:] {
				pairs = append(pairs, &schemaNode{Required: []string{a, b}})
			}
		}
	}
	switch len(pairs) {
	case 0:
		return nil
	case 1:
		return pairs[0]
	}
	return &schemaNode{AnyOf: pairs}
}

func (m *schemaMaker) ref(o *object) *schemaNode {
	if m.defs[o.id] == nil {
		m.defs[o.id] = &schemaNode{} // objects do not hold themselves, but may hold one another twice
		m.defs[o.id] = m.object(o)
	}
	return &schemaNode{Ref: "#/$defs/" + o.id}
}

const (
	editorName     = "^[A-Za-z][A-Za-z0-9_]{0,99}$"
	editorDuration = `^([0-9]+d)?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))*$`
	editorSize     = "^[0-9]+ ?([kKmMgGtT][iI]?)?[bB]?$"
	editorTime     = `^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?$`
	editorVariable = `\$\{`
)

func (m *schemaMaker) key(k *key) *schemaNode {
	n := m.form(k)
	if k.doc != "" {
		n.Description = k.doc
	}
	return n
}

func (m *schemaMaker) form(k *key) *schemaNode {
	text := func() *schemaNode {
		return &schemaNode{Type: "string", MinLength: 1, Not: &schemaNode{Pattern: editorVariable}}
	}
	list := func() *schemaNode { return &schemaNode{Type: "array", Items: text(), MinItems: 1} }
	switch k.form {
	case formObject:
		return m.ref(k.object)
	case formView:
		return &schemaNode{OneOf: []*schemaNode{text(), m.ref(k.object)}}
	case formEntries:
		n := &schemaNode{Type: []string{"object", "null"}, AdditionalProperties: m.key(k.elem)}
		if k.elem.form != formConnection {
			n.PropertyNames = &schemaNode{Pattern: editorName}
		}
		return n
	case formColumns, formNames:
		return list()
	case formConnections:
		parts := &schemaNode{Type: "array", Items: &schemaNode{Type: "string", MinLength: 1}, MinItems: 1}
		return &schemaNode{OneOf: []*schemaNode{{Type: "string", MinLength: 1}, parts}}
	case formTimestamp:
		return &schemaNode{Type: "string", Pattern: editorTime}
	case formOffsets:
		return &schemaNode{Type: "object", PropertyNames: &schemaNode{Pattern: "^[0-9]{1,10}$"}, AdditionalProperties: &schemaNode{Type: "integer"}}
	case formChoiceOrObject:
		return &schemaNode{OneOf: []*schemaNode{{Enum: choices(k.values)}, m.ref(k.object)}}
	case formSQLs:
		return &schemaNode{OneOf: []*schemaNode{text(), list()}}
	case formBool:
		return &schemaNode{Type: "boolean"}
	case formBoolOrColumns:
		return &schemaNode{OneOf: []*schemaNode{{Type: "boolean"}, list()}}
	case formCount:
		return &schemaNode{Type: "integer", Minimum: 1}
	case formDuration:
		return &schemaNode{Type: "string", Pattern: editorDuration}
	case formSize:
		return &schemaNode{Type: []string{"string", "integer"}, Minimum: 1, Pattern: editorSize}
	case formChoice:
		return &schemaNode{Enum: choices(k.values)}
	case formConnection:
		return &schemaNode{Type: "string", MinLength: 1}
	case formName:
		n := text()
		if k.name == "pipeline" || k.name == "was" {
			n.Pattern = editorName
		}
		return n
	}
	return text()
}

// choices gives the values as texts, and numbers also as numbers.
func choices(values []string) []any {
	var out []any
	for _, v := range values {
		var number int
		if json.Unmarshal([]byte(v), &number) == nil {
			out = append(out, number)
		}
		out = append(out, v)
	}
	return out
}
