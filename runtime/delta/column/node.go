package column

import (
	"fmt"
	"strings"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// node is an element of a file's schema.
type node struct {
	elem     *format.SchemaElement
	parent   *node
	children []*node
	def, rep uint8 // the greatest levels here
	leaf     int   // number among the file's columns, -1 for a group
}

func (n *node) String() string {
	if n.parent == nil {
		return ""
	}
	return strings.TrimPrefix(n.parent.String()+"."+n.elem.Name, ".")
}

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.elem.Name == name {
			return c
		}
	}
	return nil
}

func (n *node) repeated() bool { return n.elem.RepetitionType.V == format.Repeated }

func (n *node) isList() bool {
	_, is := n.elem.LogicalType.Value.(*format.ListType)
	return is || n.elem.ConvertedType == thrift.New(deprecated.List)
}

func (n *node) isMap() bool {
	_, is := n.elem.LogicalType.Value.(*format.MapType)
	return is || n.elem.ConvertedType == thrift.New(deprecated.Map) || n.elem.ConvertedType == thrift.New(deprecated.MapKeyValue)
}

// anyLeaf is a leaf below n, one under as few lists as there is.
func (n *node) anyLeaf() *node {
	if n.leaf >= 0 {
		return n
	}
	var best *node
	for _, c := range n.children {
		if l := c.anyLeaf(); l != nil && (best == nil || l.rep < best.rep) {
			best = l
		}
	}
	return best
}

const maxDepth = 200

// readSchema makes a tree of the footer's list of elements.
func (f *File) readSchema() error {
	if len(f.meta.Schema) == 0 {
		return fmt.Errorf("parquet: footer: no schema")
	}
	f.root = &node{elem: &f.meta.Schema[0], leaf: -1}
	rest, err := f.readChildren(f.root, f.meta.Schema[1:], 0)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d elements too many", len(rest))
	}
	if err != nil {
		return fmt.Errorf("parquet: schema: %w", err)
	}
	return nil
}

func (f *File) readChildren(n *node, rest []format.SchemaElement, depth int) ([]format.SchemaElement, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested too deeply")
	}
	for range n.elem.NumChildren.V {
		if len(rest) == 0 {
			return nil, fmt.Errorf("%s lacks children", n)
		}
		c := &node{elem: &rest[0], parent: n, def: n.def, rep: n.rep, leaf: -1}
		rest = rest[1:]
		n.children = append(n.children, c)
		switch c.elem.RepetitionType.V {
		case format.Optional:
			c.def++
		case format.Repeated:
			c.def++
			c.rep++
		}
		if c.elem.Type.Valid && c.elem.NumChildren.V == 0 {
			c.leaf = len(f.leaves)
			f.leaves = append(f.leaves, c)
			continue
		}
		var err error
		if rest, err = f.readChildren(c, rest, depth+1); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// logical is what the annotations of a leaf say, old and new style as one.
type logical struct {
	kind     logicalKind
	scale    int
	perMicro int64 // timestamps: units in a microsecond, negative for microseconds in a unit
}

type logicalKind uint8

const (
	nothing logicalKind = iota
	isDecimal
	isDate
	isTimestamp
	isUnsigned
	isUUID
	isNothing // all NULL
	isOther   // times, intervals and what else has no counterpart here
)

func (n *node) logical() logical {
	e := n.elem
	switch v := e.LogicalType.Value.(type) {
	case *format.DecimalType:
		return logical{kind: isDecimal, scale: int(v.Scale)}
	case *format.DateType:
		return logical{kind: isDate}
	case *format.TimestampType:
		switch v.Unit.Value.(type) {
		case *format.MilliSeconds:
			return logical{kind: isTimestamp, perMicro: -1000}
		case *format.NanoSeconds:
			return logical{kind: isTimestamp, perMicro: 1000}
		}
		return logical{kind: isTimestamp, perMicro: 1}
	case *format.IntType:
		if v.IsSigned {
			return logical{}
		}
		return logical{kind: isUnsigned}
	case *format.UUIDType:
		return logical{kind: isUUID}
	case *format.TimeType, *format.Float16Type, *format.BsonType, *format.VariantType, *format.GeometryType, *format.GeographyType:
		return logical{kind: isOther}
	case *format.NullType:
		return logical{kind: isNothing}
	case nil:
		return n.converted()
	}
	return logical{} // strings, enums, JSON
}

func (n *node) converted() logical {
	e := n.elem
	if !e.ConvertedType.Valid {
		if e.Type.V == format.Int96 {
			return logical{kind: isTimestamp, perMicro: 1}
		}
		return logical{}
	}
	switch e.ConvertedType.V {
	case deprecated.Decimal:
		return logical{kind: isDecimal, scale: int(e.Scale.V)}
	case deprecated.Date:
		return logical{kind: isDate}
	case deprecated.TimestampMillis:
		return logical{kind: isTimestamp, perMicro: -1000}
	case deprecated.TimestampMicros:
		return logical{kind: isTimestamp, perMicro: 1}
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return logical{kind: isUnsigned}
	case deprecated.TimeMillis, deprecated.TimeMicros, deprecated.Interval, deprecated.Bson:
		return logical{kind: isOther}
	}
	return logical{}
}
