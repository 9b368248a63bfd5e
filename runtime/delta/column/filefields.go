package column

import (
	"github.com/parquet-go/parquet-go/format"
)

// FileField is a field of a file's schema as a record can have it.
type FileField struct {
	Name     string
	Path     string // from the root, dotted, as the file spells it
	Kind     Kind   // 0: no record can have it, and Unfit says why
	UUID     bool   // of String
	Nullable bool
	// Precision and Scale are of Decimal, Fields of Struct, Elem of List and of Map, whose keys are strings.
	Precision, Scale int
	Fields           []FileField
	Elem             *FileField
	Unfit            string
}

// Fields gives the file's columns.
func (f *File) Fields() []FileField {
	var out []FileField
	for _, c := range f.root.children {
		out = append(out, c.field())
	}
	return out
}

// field describes a node. One that is repeated and no list's is a list of what it is.
func (n *node) field() FileField {
	f := FileField{Name: n.elem.Name, Path: n.String(), Nullable: n.elem.RepetitionType.V == format.Optional}
	if n.repeated() {
		elem := n.bare()
		f.Kind, f.Elem = List, &elem
		return f
	}
	b := n.bare()
	b.Nullable = f.Nullable
	return b
}

// bare describes a node whatever its repetition is.
func (n *node) bare() FileField {
	f := FileField{Name: n.elem.Name, Path: n.String()}
	switch {
	case n.leaf >= 0:
		n.plainField(&f)
	case n.isMap():
		n.mapField(&f)
	case n.isList():
		n.listField(&f)
	case len(n.children) == 0:
		f.Unfit = "a group without fields"
	default:
		f.Kind = Struct
		for _, c := range n.children {
			f.Fields = append(f.Fields, c.field())
		}
	}
	return f
}

// listField finds a list's elements as matcher.list does.
func (n *node) listField(f *FileField) {
	if len(n.children) != 1 || !n.children[0].repeated() {
		f.Unfit = "a list in a layout of its own"
		return
	}
	r := n.children[0]
	var elem FileField
	if r.leaf >= 0 || len(r.children) != 1 || r.elem.Name == "array" || r.elem.Name == n.elem.Name+"_tuple" {
		elem = r.bare()
	} else {
		elem = r.children[0].field()
	}
	f.Kind, f.Elem = List, &elem
}

func (n *node) mapField(f *FileField) {
	if len(n.children) != 1 || !n.children[0].repeated() || len(n.children[0].children) != 2 {
		f.Unfit = "a map in a layout of its own"
		return
	}
	r := n.children[0]
	if key := r.children[0].bare(); key.Kind != String {
		f.Unfit = "a map whose keys are " + r.children[0].describe() + ", not strings"
		return
	}
	elem := r.children[1].field()
	f.Kind, f.Elem = Map, &elem
}

func (n *node) plainField(f *FileField) {
	l := n.logical()
	switch n.elem.Type.V {
	case format.Boolean:
		f.Kind = Bool
	case format.Float:
		f.Kind = Float32
	case format.Double:
		f.Kind = Float64
	case format.Int32, format.Int64:
		n.integerField(f, l)
		return
	case format.Int96:
		f.Kind = Timestamp
		return
	case format.ByteArray, format.FixedLenByteArray:
		n.bytesField(f, l)
		return
	}
	if l.kind != nothing {
		f.Kind, f.Unfit = 0, n.describe()
	}
}

func (n *node) integerField(f *FileField, l logical) {
	wide := n.elem.Type.V == format.Int64
	switch l.kind {
	case nothing:
		f.Kind = Int32
		if wide {
			f.Kind = Int64
		}
	case isUnsigned:
		switch bits := n.unsignedBits(); {
		case wide:
			f.Kind, f.Precision = Decimal, 20
		case bits == 32:
			f.Kind = Int64
		default:
			f.Kind = Int32
		}
	case isDecimal:
		f.Kind, f.Precision, f.Scale = Decimal, n.precision(), l.scale
	case isDate:
		f.Kind = Date
	case isTimestamp:
		f.Kind = Timestamp
	default:
		f.Unfit = n.describe()
	}
	n.checkDecimal(f)
}

func (n *node) bytesField(f *FileField, l logical) {
	text := false
	switch n.elem.LogicalType.Value.(type) {
	case *format.StringType, *format.EnumType, *format.JsonType:
		text = true
	case nil:
		text = n.elem.ConvertedType.Valid && l.kind == nothing
	}
	switch {
	case l.kind == isDecimal:
		f.Kind, f.Precision, f.Scale = Decimal, n.precision(), l.scale
	case l.kind == isUUID:
		f.Kind, f.UUID = String, true
	case l.kind != nothing:
		f.Unfit = n.describe()
	case text && n.elem.Type.V == format.ByteArray:
		f.Kind = String
	default:
		f.Kind = Binary
	}
	n.checkDecimal(f)
}

func (n *node) checkDecimal(f *FileField) {
	if f.Kind == Decimal && (f.Precision < 1 || f.Precision > maxPrecision || f.Scale < 0 || f.Scale > f.Precision) {
		f.Kind, f.Unfit = 0, n.describe()
	}
}

func (n *node) precision() int {
	if d, ok := n.elem.LogicalType.Value.(*format.DecimalType); ok {
		return int(d.Precision)
	}
	return int(n.elem.Precision.V)
}

// unsignedBits is how wide an unsigned integer is.
func (n *node) unsignedBits() int {
	if t, ok := n.elem.LogicalType.Value.(*format.IntType); ok {
		return int(t.BitWidth)
	}
	return map[int]int{11: 8, 12: 16, 13: 32, 14: 64}[int(n.elem.ConvertedType.V)]
}
