package jsonschema

import (
	"fmt"
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/schemas/jsontree"
)

// form is what a keyword's value looks like, and each of the values inside it.
type form struct {
	want     string
	ok       func(n *jsontree.Node) bool
	wantEach string
	each     func(n *jsontree.Node) bool
}

func is(k jsontree.Kind) func(*jsontree.Node) bool {
	return func(n *jsontree.Node) bool { return n.Kind == k }
}

const schemaForm = "a schema: an object, true or false"

var (
	aText       = form{want: "a text", ok: is(jsontree.String)}
	aNumber     = form{want: "a number", ok: is(jsontree.Number)}
	aBool       = form{want: "true or false", ok: is(jsontree.Bool)}
	anObject    = form{want: "an object", ok: is(jsontree.Object)}
	aList       = form{want: "a list", ok: is(jsontree.Array)}
	aCount      = form{want: "a whole number, 0 or more", ok: func(n *jsontree.Node) bool { i, ok := n.Int(); return ok && i >= 0 }}
	aSchema     = form{want: schemaForm, ok: isSchema}
	schemas     = form{want: "an object", ok: is(jsontree.Object), wantEach: schemaForm, each: isSchema}
	someSchemas = form{want: "a list of one schema or more", ok: func(n *jsontree.Node) bool { return n.Kind == jsontree.Array && len(n.Items) > 0 }, wantEach: schemaForm, each: isSchema}
	names       = form{want: "a list of texts", ok: is(jsontree.Array), wantEach: "a text", each: is(jsontree.String)}
)

func isSchema(n *jsontree.Node) bool { return n.Kind == jsontree.Object || n.Kind == jsontree.Bool }

// check reports a value of the keyword m that does not look like f.
func (r *reader) check(m jsontree.Member, f form) bool {
	if !f.ok(m.Value) {
		r.report("SF0104", m.Value.Pos, fmt.Sprintf("%q is %s, not %s", m.Key, f.want, found(m.Value)), "")
		return false
	}
	inside := slices.Clone(m.Value.Items)
	for _, d := range m.Value.Members {
		inside = append(inside, d.Value)
	}
	ok := true
	for _, n := range inside {
		if f.each != nil && !f.each(n) {
			r.report("SF0104", n.Pos, fmt.Sprintf("each value of %q is %s, not %s", m.Key, f.wantEach, found(n)), "")
			ok = false
		}
	}
	return ok
}

// found names a value for a person.
func found(n *jsontree.Node) string {
	switch {
	case n.Kind == jsontree.Number, n.Kind == jsontree.Bool:
		return n.Text
	case n.Kind == jsontree.Array && len(n.Items) == 0:
		return "an empty list"
	}
	return n.Kind.String()
}

// forms lists the keywords of all drafts that are read, those that only validate included: a misspelt value is an error
// even where nothing depends on it. Unknown keywords are ignored, as JSON Schema says.
var forms = map[string]form{
	"$schema": aText, "$id": aText, "$ref": aText, "$anchor": aText, "$dynamicRef": aText, "$dynamicAnchor": aText, "$recursiveRef": aText,
	"$comment": aText, "title": aText, "description": aText, "format": aText, "pattern": aText, "contentEncoding": aText, "contentMediaType": aText,
	"uniqueItems": aBool, "readOnly": aBool, "writeOnly": aBool, "deprecated": aBool, "nullable": aBool, "$recursiveAnchor": aBool,
	"minLength": aCount, "maxLength": aCount, "minItems": aCount, "maxItems": aCount, "minProperties": aCount, "maxProperties": aCount,
	"minContains": aCount, "maxContains": aCount, "x-precision": aCount, "x-scale": aCount,
	"minimum": aNumber, "maximum": aNumber, "exclusiveMinimum": aNumber, "exclusiveMaximum": aNumber, "multipleOf": aNumber,
	"additionalProperties": aSchema, "additionalItems": aSchema, "contains": aSchema, "propertyNames": aSchema, "not": aSchema, "if": aSchema,
	"then": aSchema, "else": aSchema, "unevaluatedItems": aSchema, "unevaluatedProperties": aSchema, "contentSchema": aSchema,
	"properties": schemas, "patternProperties": schemas, "$defs": schemas, "definitions": anObject, "dependentSchemas": schemas,
	"allOf": someSchemas, "anyOf": someSchemas, "oneOf": someSchemas, "prefixItems": someSchemas,
	"required": names, "enum": aList, "examples": aList, "dependentRequired": anObject, "dependencies": anObject, "$vocabulary": anObject,
	"items": {want: schemaForm, ok: func(n *jsontree.Node) bool { return isSchema(n) || n.Kind == jsontree.Array }},
}

// shaping are the keywords that decide a type; next to the others a $ref is just another name of what it names.
var shaping = []string{"$ref", "$dynamicRef", "$recursiveRef", "type", "enum", "const", "properties", "required", "additionalProperties", "patternProperties", "items",
	"prefixItems", "allOf", "anyOf", "oneOf", "not", "if", "format", "contentEncoding", "x-precision", "x-scale", "dependentSchemas", "dependencies"}

// shapes gives the members of n that decide its type, but for those named.
func shapes(n *jsontree.Node, but ...string) (all []*jsontree.Member) {
	for i := range n.Members {
		if key := n.Members[i].Key; slices.Contains(shaping, key) && !slices.Contains(but, key) {
			all = append(all, &n.Members[i])
		}
	}
	return all
}

// wellFormed checks the keywords of n, once: their values, and that none of them describes what no column can hold.
func (r *reader) wellFormed(n *jsontree.Node) bool {
	ok, seen := r.formed[n]
	if seen {
		return ok
	}
	ok = true
	for _, m := range n.Members {
		f, known := forms[m.Key]
		switch {
		case known && !r.check(m, f):
			ok = false
		case m.Key == "type":
			ok = r.typeNames(m.Value) && ok
		default:
			ok = r.mappable(m) && ok
		}
	}
	if s := shapes(n, "$ref"); r.home[n].doc.old && n.Get("$ref") != nil && len(s) > 0 {
		r.report("SF0105", s[0].Pos, fmt.Sprintf("up to draft-07 %q beside $ref is ignored", s[0].Key), `write {"allOf": [{"$ref": …}, {…}]}, or say "$schema": "https://json-schema.org/draft/2020-12/schema"`)
		ok = false
	}
	r.formed[n] = ok
	return ok
}

// typeNames checks the value of "type": a name, or a list of different ones.
func (r *reader) typeNames(n *jsontree.Node) bool {
	list := []*jsontree.Node{n}
	if n.Kind == jsontree.Array && len(n.Items) > 0 {
		list = n.Items
	}
	for i, item := range list {
		known := slices.Index(typeNames, item.Text)
		switch {
		case !item.Is(jsontree.String):
			r.report("SF0104", item.Pos, `"type" is a text or a list of texts`, "")
		case known < 0:
			hint := diag.DidYouMean(item.Text, typeNames)
			if hint == "" {
				hint = "types are string, integer, number, boolean, object, array and null"
			}
			r.report("SF0104", item.Pos, fmt.Sprintf("there is no type %q in JSON Schema", item.Text), hint)
		case slices.ContainsFunc(list[:i], func(b *jsontree.Node) bool { return b.Text == item.Text }):
			r.report("SF0104", item.Pos, fmt.Sprintf("the type %q is there twice", item.Text), "")
		default:
			continue
		}
		return false
	}
	return true
}

// unmappable says why a keyword has no column type, and what can be done.
var unmappable = map[string]struct{ why, hint string }{
	"patternProperties": {"fields whose names follow a pattern are no columns", `for a map of names to values write {"type": "object", "additionalProperties": {…}} without "properties"`},
	"prefixItems":       {"a list whose elements differ by place is no column", `describe an object with a field for each place, or keep the list as a text`},
	"if":                {"a type that depends on values is no column", `take out "if", "then" and "else" and describe every field that there may be, those not always there without "required"`},
	"not":               {`"not" describes no type`, `take it out and say with "type" what the value is`},
	"dependentSchemas":  {"fields that depend on other fields are no columns", `describe them under "properties" and leave them out of "required"`},
	"dependencies":      {"fields that depend on other fields are no columns", `describe them under "properties" and leave them out of "required"`},
	"$dynamicRef":       {"$dynamicRef is not followed", "use $ref"},
	"$recursiveRef":     {"$recursiveRef is not followed", "use $ref"},
	"items":             {"a list whose elements differ by place is no column", `"items" is one schema for all elements`},

	"unevaluatedProperties": {"further fields of a declared type beside declared ones are no columns", `"unevaluatedProperties" is true or false`},
}

// mappable reports a keyword that describes what no column can hold.
func (r *reader) mappable(m jsontree.Member) bool {
	u, listed := unmappable[m.Key]
	if !listed {
		return true
	}
	switch m.Key {
	case "patternProperties", "dependentSchemas":
		listed = len(m.Value.Members) > 0
	case "dependencies": // a list of names only validates
		listed = slices.ContainsFunc(m.Value.Members, func(d jsontree.Member) bool { return d.Value.Kind != jsontree.Array })
	case "items":
		listed = m.Value.Kind == jsontree.Array
	case "unevaluatedProperties":
		listed = m.Value.Kind == jsontree.Object
	}
	if listed {
		r.report("SF0105", m.Pos, u.why, u.hint)
	}
	return !listed
}
