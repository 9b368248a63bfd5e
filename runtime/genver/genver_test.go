package genver_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/genver"
)

// code is what gogen writes for contract n.
const code = `package p
import "github.com/seamflow/seamflow/runtime/genver"
const (
	_ = genver.CodeTooOld_RunSeamflowGenerate(%[1]d - genver.Oldest)
	_ = genver.RuntimeTooOld_RunGoGetSeamflow(genver.Version - %[1]d)
)`

func TestMisfitNamesTheWayOut(t *testing.T) {
	for n, want := range map[int]string{
		genver.Version:     "",
		genver.Oldest - 1:  "CodeTooOld_RunSeamflowGenerate",
		genver.Version + 1: "RuntimeTooOld_RunGoGetSeamflow",
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "p.go", fmt.Sprintf(code, n), 0)
		if err != nil {
			t.Fatal(err)
		}
		conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
		_, err = conf.Check("p", fset, []*ast.File{file}, nil)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("contract %d: error %v, want one that names %q", n, err, want)
		}
	}
}
