package gogen

import (
	"reflect"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/runtime/contract"
)

// TestAllOfTheContractIsWritten fills every field there is, so that one which is added to the contract and not written is found.
func TestAllOfTheContractIsWritten(t *testing.T) {
	var c contract.Table
	var names []string
	fill(reflect.ValueOf(&c).Elem(), &names)
	c.Updates = contract.Rewrite
	text := jen.Var().Id("v").Op("=").Qual(contractPkg, "Table").Add(contractTable(c)).GoString()
	for _, name := range names {
		if !strings.Contains(text, name+":") && !strings.Contains(text, name+" :") {
			t.Errorf("%s is not written", name)
		}
	}
	if len(names) < 30 {
		t.Errorf("%d fields were filled", len(names))
	}
}

func fill(v reflect.Value, names *[]string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(1e6)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), names)
	case reflect.Struct:
		for i := range v.NumField() {
			*names = append(*names, v.Type().Field(i).Name)
			fill(v.Field(i), names)
		}
	}
}
