package column

import (
	"errors"
	"math/big"
	"strconv"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// maxPrecision is what 128 bits hold.
const maxPrecision = 38

// check says why a schema cannot be written.
func (s Schema) check() error {
	if len(s) == 0 {
		return errors.New("parquet: a file needs at least one column")
	}
	for _, f := range s {
		if err := f.Type.check(f.Name, 1); err != nil {
			return err
		}
	}
	return nil
}

// check takes the definition level above t: levels are bytes.
func (t Type) check(path string, def int) error {
	if def > 250 {
		return errors.New("parquet: column " + path + " is nested too deeply")
	}
	switch t.Kind {
	case Decimal:
		if t.Precision < 1 || t.Precision > maxPrecision || t.Scale < 0 || t.Scale > t.Precision {
			return errors.New("parquet: column " + path + ": " + t.String() + " is not within decimal(38,s)")
		}
	case List, Map:
		if t.Elem == nil {
			return errors.New("parquet: column " + path + ": " + t.Kind.String() + " of nothing")
		}
		return t.Elem.check(path, def+2)
	case Struct:
		if len(t.Fields) == 0 {
			return errors.New("parquet: column " + path + " is a struct without fields, which Parquet cannot hold")
		}
		for _, f := range t.Fields {
			if err := f.Type.check(path+"."+f.Name, def+1); err != nil {
				return err
			}
		}
	case 0:
		return errors.New("parquet: column " + path + " has no type")
	}
	return nil
}

// fileSchema lays the schema out as Parquet's footer has it: depth first, groups before their children.
func fileSchema(s Schema) []format.SchemaElement {
	out := []format.SchemaElement{{Name: "schema", NumChildren: thrift.New(int32(len(s)))}}
	for _, f := range s {
		out = appendElements(out, f.Name, f.Type, format.Optional)
	}
	return out
}

func appendElements(out []format.SchemaElement, name string, t Type, rep format.FieldRepetitionType) []format.SchemaElement {
	e := format.SchemaElement{Name: name, RepetitionType: thrift.New(rep)}
	children := 0
	switch t.Kind {
	case List:
		children = 1
		e.ConvertedType = thrift.New(deprecated.List)
		e.LogicalType.Value = &format.ListType{}
	case Map:
		children = 1
		e.ConvertedType = thrift.New(deprecated.Map)
		e.LogicalType.Value = &format.MapType{}
	case Struct:
		children = len(t.Fields)
	default:
		annotate(&e, t)
	}
	if children > 0 {
		e.NumChildren = thrift.New(int32(children))
	}
	out = append(out, e)
	switch t.Kind {
	case List:
		out = append(out, group("list", 1))
		out = appendElements(out, "element", *t.Elem, format.Optional)
	case Map:
		out = append(out, group("key_value", 2))
		out = appendElements(out, "key", Of(String), format.Required)
		out = appendElements(out, "value", *t.Elem, format.Optional)
	case Struct:
		for _, f := range t.Fields {
			out = appendElements(out, f.Name, f.Type, format.Optional)
		}
	}
	return out
}

// group is the repeated group of a list or map.
func group(name string, children int32) format.SchemaElement {
	return format.SchemaElement{Name: name, RepetitionType: thrift.New(format.Repeated), NumChildren: thrift.New(children)}
}

// annotate gives a leaf its physical and logical type.
func annotate(e *format.SchemaElement, t Type) {
	e.Type = thrift.New(physicalType(t))
	switch t.Kind {
	case String:
		e.ConvertedType = thrift.New(deprecated.UTF8)
		e.LogicalType.Value = &format.StringType{}
	case Date:
		e.ConvertedType = thrift.New(deprecated.Date)
		e.LogicalType.Value = &format.DateType{}
	case Timestamp:
		e.ConvertedType = thrift.New(deprecated.TimestampMicros)
		e.LogicalType.Value = &format.TimestampType{IsAdjustedToUTC: true, Unit: format.TimeUnit{Value: &format.MicroSeconds{}}}
	case Decimal:
		e.ConvertedType = thrift.New(deprecated.Decimal)
		e.Scale, e.Precision = thrift.New(int32(t.Scale)), thrift.New(int32(t.Precision))
		e.LogicalType.Value = &format.DecimalType{Scale: int32(t.Scale), Precision: int32(t.Precision)}
		if t.Precision > 18 {
			e.TypeLength = thrift.New(int32(decimalSize(t.Precision)))
		}
	}
}

func physicalType(t Type) format.Type {
	switch t.Kind {
	case Bool:
		return format.Boolean
	case Int32, Date:
		return format.Int32
	case Int64, Timestamp:
		return format.Int64
	case Float32:
		return format.Float
	case Float64:
		return format.Double
	case Decimal:
		switch {
		case t.Precision <= 9:
			return format.Int32
		case t.Precision <= 18:
			return format.Int64
		}
		return format.FixedLenByteArray
	}
	return format.ByteArray
}

// decimalSize is the number of bytes that any decimal of a precision fits, in two's complement.
func decimalSize(precision int) int {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)
	return most.BitLen()/8 + 1
}

// at is a column's name for errors.
func (c *LeafColumn) String() string {
	s := ""
	for i, name := range c.Path {
		if i > 0 {
			s += "."
		}
		s += name
	}
	return s
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}
