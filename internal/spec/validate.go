package spec

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seamflow/seamflow/internal/diag"
)

// validator holds a document against the table of keys and reports all that does not fit. The tree is built
// afterwards from what does.
type validator struct {
	src   *source
	diags *diag.List
}

func (v *validator) errorAt(id string, n *yaml.Node, hint, message string) {
	v.diags.Add(diag.Diagnostic{ID: id, Pos: v.src.posOf(n), Message: message, Hint: hint})
}

// errorIn reports a fault inside a scalar, at an offset of its value.
func (v *validator) errorIn(id string, n *yaml.Node, offset int, hint, message string) {
	v.diags.Add(diag.Diagnostic{ID: id, Pos: newText(v.src, n).Pos(offset), Message: message, Hint: hint})
}

// object checks a mapping of fixed keys. at is where the mapping was asked for, what names it: "sources.orders.files".
func (v *validator) object(n *yaml.Node, o *object, what string, at *yaml.Node) {
	if !v.isMapping(n, what, "a mapping with the keys "+strings.Join(supported(o), ", ")) {
		return
	}
	seen := v.unique(n, what)
	there := map[string]*yaml.Node{} // keys of o, misspelt ones included: those are not missing as well
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode || seen[name.Value] != name {
			continue
		}
		k := o.find(name.Value)
		if k != nil {
			there[k.name] = name
		} else if meant := diag.Nearest(name.Value, o.names()); there[meant] == nil {
			there[meant] = name
		}
		switch {
		case k == nil:
			v.unknown(name, o, what)
		case k.later:
			v.errorAt("SF0010", name, "", join(what, name.Value)+" is not supported by this version")
		default:
			v.value(value, k, join(what, name.Value), name)
		}
	}
	v.presence(o, what, at, there)
}

func join(what, name string) string {
	if what == "" {
		return name
	}
	return what + "." + name
}

// supported lists the keys that a mapping may have.
func supported(o *object) []string {
	var names []string
	for i := range o.keys {
		if !o.keys[i].later {
			names = append(names, o.keys[i].name)
		}
	}
	return names
}

func (v *validator) unknown(name *yaml.Node, o *object, what string) {
	where := " here"
	if what != "" {
		where = " in " + what
	}
	hint := diag.DidYouMean(name.Value, o.names())
	if hint == "" {
		hint = "the keys are " + strings.Join(supported(o), ", ")
	}
	v.errorAt("SF0005", name, hint, "unknown key "+quote(name.Value)+where)
}

// unique reports repeated keys, and keys that are not text, and gives the first node of each name.
func (v *validator) unique(n *yaml.Node, what string) map[string]*yaml.Node {
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		if name.Kind != yaml.ScalarNode {
			v.errorAt("SF0007", name, "", "a key is text")
			continue
		}
		if first := seen[name.Value]; first != nil {
			v.diags.Add(diag.Diagnostic{ID: "SF0004", Pos: v.src.posOf(name), Message: "the key " + join(what, name.Value) + " is there twice",
				Related: []diag.Related{{Pos: v.src.posOf(first), Message: "it is first here"}}})
			continue
		}
		seen[name.Value] = name
	}
	return seen
}

// presence reports keys that are missing or exclude each other.
func (v *validator) presence(o *object, what string, at *yaml.Node, there map[string]*yaml.Node) {
	// A kind of thing that is not supported yet has other keys than the kinds that are.
	foreign := slices.ContainsFunc(o.choice, func(name string) bool { return there[name] != nil && o.find(name).later })
	for i := range o.keys {
		if k := &o.keys[i]; k.required && there[k.name] == nil && !foreign {
			v.errorAt("SF0006", at, k.doc, "the key "+join(what, k.name)+" is missing")
		}
	}
	chosen := v.atMostOne(o.choice, what, there)
	for _, group := range o.atMost {
		v.atMostOne(group, what, there)
	}
	if chosen == 0 && o.choice != nil {
		v.errorAt("SF0006", at, "", what+" needs "+oneOf(slices.DeleteFunc(slices.Clone(o.choice), func(name string) bool { return o.find(name).later })))
	}
}

// atMostOne reports keys that exclude each other, and gives how many of them are there.
func (v *validator) atMostOne(group []string, what string, there map[string]*yaml.Node) int {
	var rivals []*yaml.Node
	for _, name := range group {
		if there[name] != nil {
			rivals = append(rivals, there[name])
		}
	}
	slices.SortFunc(rivals, func(a, b *yaml.Node) int { return cmp.Compare(v.src.offset(a), v.src.offset(b)) })
	if len(rivals) > 1 {
		a, b := rivals[0], rivals[1]
		v.diags.Add(diag.Diagnostic{ID: "SF0013", Pos: v.src.posOf(b), Message: what + " has both " + a.Value + " and " + b.Value + ": one of them goes",
			Related: []diag.Related{{Pos: v.src.posOf(a), Message: a.Value + " is here"}}})
	}
	return len(rivals)
}

func oneOf(names []string) string {
	if len(names) == 1 {
		return "the key " + names[0]
	}
	return "one of the keys " + strings.Join(names, ", ")
}

// entries checks a mapping whose keys are names that the spec gives.
func (v *validator) entries(n *yaml.Node, elem *key, what string) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return // a section with all its entries commented out
	}
	if !v.isMapping(n, what, "a mapping of names") {
		return
	}
	seen := v.unique(n, what)
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode || seen[name.Value] != name {
			continue
		}
		if elem.form == formConnection {
			v.reference(name, false) // a dotted path, looked up by resolve
		} else {
			v.name(name)
		}
		v.value(value, elem, join(what, name.Value), name)
	}
}

func (v *validator) isMapping(n *yaml.Node, what, expected string) bool {
	if n.Kind == yaml.MappingNode {
		return true
	}
	if what == "" {
		what = "a spec"
	}
	v.errorAt("SF0007", n, "", what+" is "+expected+", not "+kindOf(n))
	return false
}

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "empty"
	case n.Tag == "!!int", n.Tag == "!!float":
		return "the number " + n.Value
	case n.Tag == "!!bool":
		return "the truth value " + n.Value
	case n.Tag == "!!timestamp":
		return "the date " + n.Value
	}
	return "a text"
}

func (v *validator) name(n *yaml.Node) {
	if !isName(n.Value) {
		v.errorAt("SF0009", n, "a name is a letter, then up to 99 letters, digits and _", quote(n.Value)+" cannot be a name here")
	}
}

// value checks the value of a key.
func (v *validator) value(n *yaml.Node, k *key, what string, at *yaml.Node) {
	switch k.form {
	case formObject:
		v.object(n, k.object, what, at)
	case formChoiceOrObject:
		if n.Kind == yaml.MappingNode {
			v.object(n, k.object, what, at)
		} else {
			v.scalar(n, k, what)
		}
	case formOffsets:
		v.offsets(n, what)
	case formConnections:
		v.connections(n, what)
	case formEntries:
		v.entries(n, k.elem, what)
	case formView:
		if n.Kind == yaml.MappingNode {
			v.object(n, k.object, what, at)
		} else {
			v.text(n, what)
		}
	case formColumns:
		v.list(n, what, "a list of column names: [id]")
	case formNames:
		v.list(n, what, "a list of names: [backfill]")
	case formBoolOrColumns:
		if n.Kind == yaml.SequenceNode {
			v.list(n, what, "")
		} else {
			v.scalar(n, k, what)
		}
	case formSQLs:
		if n.Kind == yaml.SequenceNode {
			v.list(n, what, "")
		} else {
			v.text(n, what)
		}
	case formBool, formCount, formDuration, formSize, formChoice, formTimestamp:
		v.scalar(n, k, what)
	default:
		v.textual(n, k, what)
	}
}

func (v *validator) list(n *yaml.Node, what, expected string) {
	if n.Kind != yaml.SequenceNode {
		v.errorAt("SF0007", n, "", what+" is "+expected+", not "+kindOf(n))
		return
	}
	if len(n.Content) == 0 {
		v.errorAt("SF0008", n, "", what+" is an empty list")
	}
	for i, c := range n.Content {
		v.text(c, what+"["+strconv.Itoa(i)+"]")
	}
}

// text checks free text, in which ${NAME} has no place.
func (v *validator) text(n *yaml.Node, what string) bool {
	if !v.isText(n, what) {
		return false
	}
	if strings.TrimSpace(n.Value) == "" {
		v.errorAt("SF0008", n, "", what+" is empty")
		return false
	}
	v.reference(n, false)
	return true
}

func (v *validator) isText(n *yaml.Node, what string) bool {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!str":
		return true
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		v.errorAt("SF0007", n, "", what+" is empty")
	case n.Kind == yaml.ScalarNode:
		v.errorAt("SF0007", n, `quote it: "`+n.Value+`"`, what+" is a text, not "+kindOf(n))
	default:
		v.errorAt("SF0007", n, "", what+" is a text, not "+kindOf(n))
	}
	return false
}

// textual checks the texts that have a form of their own.
func (v *validator) textual(n *yaml.Node, k *key, what string) {
	if k.form == formConnection {
		if v.isText(n, what) {
			v.connection(n, what)
		}
		return
	}
	if !v.text(n, what) {
		return
	}
	switch k.form {
	case formName:
		if k.name == "pipeline" || k.name == "was" {
			v.name(n)
		}
	case formPackage:
		if fault := packageFault(n.Value); fault != "" {
			v.errorAt("SF0009", n, "", what+": "+quote(n.Value)+" "+fault)
		}
	case formFile, formSchemaFile:
		file := n.Value
		if k.form == formSchemaFile {
			file, _, _ = strings.Cut(file, "#")
		}
		if fault := fileFault(file); fault != "" {
			v.errorAt("SF0008", n, "", what+": the path "+fault)
		}
	}
}

func (v *validator) connection(n *yaml.Node, what string) {
	if strings.TrimSpace(n.Value) == "" {
		v.errorAt("SF0008", n, "", what+" is empty")
		return
	}
	v.reference(n, true)
}

// connections checks a connection value, or a list of parts of one.
func (v *validator) connections(n *yaml.Node, what string) {
	if n.Kind != yaml.SequenceNode {
		if v.isText(n, what) {
			v.connection(n, what)
		}
		return
	}
	if len(n.Content) == 0 {
		v.errorAt("SF0008", n, "", what+" is an empty list")
	}
	for i, c := range n.Content {
		if part := what + "[" + strconv.Itoa(i) + "]"; v.isText(c, part) {
			v.connection(c, part)
		}
	}
}

// offsets checks a mapping of partitions to offsets.
func (v *validator) offsets(n *yaml.Node, what string) {
	const expected = "a mapping of partitions to offsets: {0: 100, 1: 250}"
	if !v.isMapping(n, what, expected) {
		return
	}
	if len(n.Content) == 0 {
		v.errorAt("SF0008", n, "", what+" is empty; it is "+expected)
	}
	seen := v.unique(n, what)
	for i := 0; i+1 < len(n.Content); i += 2 {
		partition, offset := n.Content[i], n.Content[i+1]
		if partition.Kind != yaml.ScalarNode || seen[partition.Value] != partition {
			continue
		}
		if _, ok := parsePartition(partition.Value); !ok {
			v.errorAt("SF0008", partition, "", what+": a partition is a number from 0, not "+quote(partition.Value))
		}
		if _, ok := readOffset(offset); !ok {
			v.errorAt("SF0008", offset, "", join(what, partition.Value)+" is an offset, a whole number from 0, not "+kindOrValue(offset))
		}
	}
}

func kindOrValue(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return quote(n.Value)
	}
	return kindOf(n)
}

// reference checks ${…} in a text.
func (v *validator) reference(n *yaml.Node, connection bool) {
	if !connection {
		if i := strings.Index(n.Value, "${"); i >= 0 {
			v.errorIn("SF0011", n, i, "", "${…} stands in connection values only, such as a path: everything else is fixed when code is generated")
		}
		return
	}
	if i := badReference(n.Value); i >= 0 {
		v.errorIn("SF0012", n, i, "write ${NAME} or ${NAME:-default}", "this is not the name of an environment variable")
	}
}

// scalar checks the values that are not texts.
func (v *validator) scalar(n *yaml.Node, k *key, what string) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		v.errorAt("SF0007", n, "", what+" is "+expectation(k)+", not "+kindOf(n))
		return
	}
	v.reference(n, false)
	ok := false
	switch k.form {
	case formBool, formBoolOrColumns:
		_, ok = readBool(n)
	case formCount:
		_, ok = readCount(n)
	case formDuration:
		var micros int64
		micros, ok = parseDuration(n.Value)
		ok = ok && (micros > 0 || k.zero)
	case formSize:
		_, ok = parseSize(n.Value)
	case formChoice:
		if slices.Contains(k.laterValues, n.Value) {
			v.errorAt("SF0010", n, "", what+": "+n.Value+" is not supported by this version")
			return
		}
		ok = slices.Contains(k.values, n.Value)
	case formChoiceOrObject:
		ok = slices.Contains(k.values, n.Value)
	case formTimestamp:
		_, ok = parseTimestamp(n.Value)
	}
	if !ok && !strings.Contains(n.Value, "${") {
		v.errorAt("SF0008", n, diag.DidYouMean(n.Value, k.values), what+" is "+expectation(k)+", not "+quote(n.Value))
	}
}

func expectation(k *key) string {
	switch k.form {
	case formBool:
		return "true or false"
	case formBoolOrColumns:
		return "true, false or a list of column names"
	case formCount:
		return "a whole number from 1"
	case formDuration:
		return "a duration such as 500ms, 90s, 12h or 30d"
	case formSize:
		return "a number of bytes such as 512MiB or 8GiB"
	case formTimestamp:
		return "a date such as 2024-04-01 or a time such as 2024-04-01T12:00:00Z"
	case formChoiceOrObject:
		return strings.Join(k.values, " or ") + ", or a mapping with one of the keys " + strings.Join(k.object.choice, ", ")
	}
	return strings.Join(k.values, " or ")
}

func readBool(n *yaml.Node) (value, ok bool) {
	return strings.EqualFold(n.Value, "true"), n.Tag == "!!bool"
}

func readCount(n *yaml.Node) (int, bool) {
	i, err := strconv.Atoi(n.Value)
	return i, err == nil && n.Tag == "!!int" && i > 0 && i <= 1<<30
}

func readOffset(n *yaml.Node) (int64, bool) {
	i, err := strconv.ParseInt(n.Value, 10, 64)
	return i, err == nil && n.Tag == "!!int" && i >= 0
}

// quote shows a text from the spec, cut where it is long.
func quote(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return strconv.Quote(s)
}
