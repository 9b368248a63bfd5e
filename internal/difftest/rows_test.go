package difftest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
)

// schema has a column of each type, and of each one that may be NULL.
const schema = `{"type": "record", "name": "Row", "fields": [
  {"name": "b", "type": "boolean"}, {"name": "n_b", "type": ["null", "boolean"]},
  {"name": "i", "type": "int"}, {"name": "n_i", "type": ["null", "int"]},
  {"name": "l", "type": "long"}, {"name": "n_l", "type": ["null", "long"]},
  {"name": "d", "type": "double"}, {"name": "n_d", "type": ["null", "double"]},
  {"name": "m", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}},
  {"name": "n_m", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}]},
  {"name": "s", "type": "string"}, {"name": "n_s", "type": ["null", "string"]},
  {"name": "u", "type": {"type": "string", "logicalType": "uuid"}}, {"name": "n_u", "type": ["null", {"type": "string", "logicalType": "uuid"}]},
  {"name": "e", "type": {"type": "enum", "name": "State", "symbols": ["open", "complete", "a"]}}, {"name": "n_e", "type": ["null", "State"]},
  {"name": "day", "type": {"type": "int", "logicalType": "date"}}, {"name": "n_day", "type": ["null", {"type": "int", "logicalType": "date"}]},
  {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-micros"}}, {"name": "n_ts", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}]}
]}`

// duckColumns are the columns as DuckDB's types.
var duckColumns = []struct{ name, typ string }{
	{"b", "BOOLEAN"}, {"i", "INTEGER"}, {"l", "BIGINT"}, {"d", "DOUBLE"}, {"m", "DECIMAL(10, 2)"}, {"s", "VARCHAR"}, {"u", "VARCHAR"}, {"e", "VARCHAR"}, {"day", "DATE"}, {"ts", "TIMESTAMP"},
}

// drawRow makes a row as both sides read it: JSON with texts for what JSON has no type for.
func drawRow(r *rand.Rand) map[string]any {
	row := map[string]any{}
	for _, c := range duckColumns {
		row[c.name] = drawValue(r, c.name)
		row["n_"+c.name] = nil
		if r.IntN(3) > 0 {
			row["n_"+c.name] = drawValue(r, c.name)
		}
	}
	return row
}

func drawValue(r *rand.Rand, column string) any {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	switch column {
	case "b":
		return r.IntN(2) == 0
	case "i":
		return json.Number(pick("0", "1", "-1", "2147483647", "-2147483648", strconv.Itoa(r.IntN(100)-50)))
	case "l":
		return json.Number(pick("0", "1", "-1", "9223372036854775807", "-9223372036854775808", strconv.Itoa(r.IntN(100)-50), strconv.FormatInt(r.Int64(), 10)))
	case "d":
		return json.Number(pick("0", "1", "-1", "0.5", "-2.5", "1e15", "123456.789", strconv.FormatFloat(r.NormFloat64()*100, 'g', -1, 64)))
	case "m":
		return pick("0.00", "1.00", "-1.25", "99999999.99", "-99999999.99", fmt.Sprintf("%d.%02d", r.IntN(1000), r.IntN(100)))
	case "s":
		return pick(texts...)
	case "u":
		return pick("00000000-0000-0000-0000-000000000000", "123e4567-e89b-12d3-a456-426614174000")
	case "e":
		return pick("open", "complete", "a")
	case "day":
		return pick(days...)
	}
	return pick(times...)
}
