package contract

import (
	"fmt"
	"slices"
	"strings"
)

// widens reports whether a column's rows can be carried over to its new type (R29). A key's and a partition's type is part of
// how rows are told apart, and a table whose merge log holds rows holds them in the old type.
func (c *comparison) widens(was, is Column) bool {
	named := func(list []string) bool {
		return slices.ContainsFunc(list, func(name string) bool { return strings.EqualFold(name, is.Name) })
	}
	if named(c.now.Keys) || named(c.now.PartitionBy) || c.before.Kind != c.now.Kind || len(c.now.Untracked)+len(c.now.IgnoreNulls) > 0 {
		return false
	}
	return Widens(was.Type, is.Type)
}

// digits are those before the point that the integer types need.
var digits = map[string]int{"int": 10, "bigint": 19}

// Widens reports whether every value of Spark type was is one of type is, another one, so that a column goes from one to the other without
// loss. Types with parts are not widened.
func Widens(was, is string) bool {
	if was == is {
		return false
	}
	switch was + ">" + is {
	case "int>bigint", "int>double", "float>double":
		return true
	}
	p, s, ok := decimal(is)
	if !ok {
		return false
	}
	if before, ok := digits[was]; ok {
		return p-s >= before
	}
	p0, s0, ok := decimal(was)
	return ok && s >= s0 && p-s >= p0-s0
}

func decimal(name string) (precision, scale int, ok bool) {
	n, err := fmt.Sscanf(name, "decimal(%d,%d)", &precision, &scale)
	return precision, scale, err == nil && n == 2
}
