package roundtrip

import (
	"reflect"
	"strings"

	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

// Random draws a row of any generated type. Decimals have the given scale.
func Random[T any](scale uint8) *rapid.Generator[T] {
	return rapid.Custom(func(t *rapid.T) T {
		var row T
		fill(t, reflect.ValueOf(&row).Elem(), scale)
		return row
	})
}

func fill(t *rapid.T, v reflect.Value, scale uint8) {
	switch p := v.Addr().Interface().(type) {
	case *value.Decimal:
		n := rapid.Int64().Draw(t, "decimal")
		*p = value.NewDecimal(n>>63, uint64(n), scale)
		return
	case *value.UUID:
		copy(p[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid"))
		return
	case *[]byte:
		*p = rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int32, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int") >> (64 - v.Type().Bits()))
	case reflect.Float32:
		v.SetFloat(float64(rapid.Float32().Draw(t, "float")))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(t, "double"))
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "string"))
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), scale)
		}
	case reflect.Struct:
		if strings.HasPrefix(v.Type().Name(), "Opt[") && !rapid.Bool().Draw(t, "valid") {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "Valid" {
				v.Field(i).SetBool(true)
			} else {
				fill(t, v.Field(i), scale)
			}
		}
	}
}
