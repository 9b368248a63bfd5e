package model

import (
	"strconv"
	"strings"
)

// SparkType is Spark's name of t as tables store it: enums and UUIDs are strings on disk.
func SparkType(t *Type) string {
	switch t.Kind {
	case Bool:
		return "boolean"
	case Int32:
		return "int"
	case Int64:
		return "bigint"
	case Float32:
		return "float"
	case Float64:
		return "double"
	case Decimal:
		return "decimal(" + strconv.Itoa(t.Precision) + "," + strconv.Itoa(t.Scale) + ")"
	case Bytes:
		return "binary"
	case Date:
		return "date"
	case Timestamp:
		return "timestamp"
	case List:
		return "array<" + SparkType(t.Elem) + ">"
	case Map:
		return "map<string," + SparkType(t.Elem) + ">"
	case Struct:
		fields := make([]string, len(t.Fields))
		for i := range t.Fields {
			fields[i] = quoteName(t.Fields[i].Name) + ":" + SparkType(t.Fields[i].Type)
		}
		return "struct<" + strings.Join(fields, ",") + ">"
	}
	return "string"
}

// quoteName puts backticks around field names that Spark's DDL does not take as they are.
func quoteName(name string) string {
	for i, c := range name {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return "`" + strings.ReplaceAll(name, "`", "``") + "`"
		}
	}
	return name
}
