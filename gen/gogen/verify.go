package gogen

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/emit"
)

// verify refuses a generated file that holds anything beside what gogen means to write, so that a hole in a door
// cannot turn user text into code.
func verify(name string, src []byte) error {
	if !strings.HasPrefix(string(src), Header+"\n") {
		return fmt.Errorf("%s: generated code does not start with its header", name)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("generated code does not parse: %w", err)
	}
	v := &verifier{fset: fset, imports: map[string]bool{}}
	v.checkImports(file)
	v.checkComments(file)
	ast.Inspect(file, v.node)
	return v.err
}

type verifier struct {
	fset    *token.FileSet
	imports map[string]bool // names of imported packages
	err     error           // the first finding
}

func (v *verifier) refuse(n ast.Node, what string) {
	if v.err == nil {
		v.err = fmt.Errorf("%s: generated code may not hold %s", v.fset.Position(n.Pos()), what)
	}
}

func (v *verifier) checkImports(file *ast.File) {
	allowed := map[string]bool{}
	for _, path := range emit.Imports() {
		allowed[path] = true
	}
	for _, im := range file.Imports {
		path, err := strconv.Unquote(im.Path.Value)
		if err != nil || im.Name != nil || !allowed[path] {
			v.refuse(im, "import "+im.Path.Value)
		}
		v.imports[path[lastSlash(path)+1:]] = true
	}
}

// checkComments allows line comments of words: no directive, no block.
func (v *verifier) checkComments(file *ast.File) {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Text != "//" && !strings.HasPrefix(c.Text, "// ") && !strings.HasPrefix(c.Text, "//\t") || strings.HasPrefix(c.Text, "// +build") {
				v.refuse(c, "the comment "+strconv.Quote(c.Text))
			}
			if c.Pos() < file.Package && c.Text != Header {
				v.refuse(c, "a comment above the package clause")
			}
		}
	}
}

func (v *verifier) node(n ast.Node) bool {
	switch n := n.(type) {
	case nil, *ast.File, *ast.Comment, *ast.CommentGroup, *ast.Ident, *ast.ImportSpec, *ast.ValueSpec, *ast.TypeSpec, *ast.FieldList, *ast.Field,
		*ast.BlockStmt, *ast.ExprStmt, *ast.AssignStmt, *ast.IncDecStmt, *ast.ReturnStmt, *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt,
		*ast.SwitchStmt, *ast.CaseClause, *ast.DeclStmt, *ast.EmptyStmt,
		*ast.BinaryExpr, *ast.ParenExpr, *ast.StarExpr, *ast.IndexExpr, *ast.SliceExpr, *ast.CompositeLit, *ast.KeyValueExpr,
		*ast.ArrayType, *ast.MapType, *ast.StructType, *ast.FuncType, *ast.FuncLit:
	case *ast.GenDecl:
	case *ast.BasicLit:
		if n.Kind == token.CHAR || n.Kind == token.IMAG || n.Kind == token.STRING && n.Value[0] == '`' {
			v.refuse(n, "the literal "+n.Value)
		}
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			v.refuse(n, "a channel operation")
		}
	case *ast.BranchStmt:
		if n.Tok == token.GOTO || n.Tok == token.FALLTHROUGH {
			v.refuse(n, n.Tok.String())
		}
	case *ast.FuncDecl:
		if n.Body == nil || n.Name.Name == "init" || n.Name.Name == "main" {
			v.refuse(n, "func "+n.Name.Name)
		}
	case *ast.SelectorExpr:
		if n.Sel.Name == "_" {
			v.refuse(n, "a blank selector")
		}
	case *ast.CallExpr:
		v.call(n)
	default:
		v.refuse(n, fmt.Sprintf("a %T", n))
	}
	return v.err == nil
}

// forbidden are the predeclared functions that generated code has no use for.
var forbidden = map[string]bool{"panic": true, "recover": true, "print": true, "println": true, "close": true, "complex": true, "real": true, "imag": true, "delete": true, "copy": true, "clear": true, "make": true, "new": true}

// call allows names, methods and functions of allowed packages, conversions; never a literal called on the spot.
func (v *verifier) call(n *ast.CallExpr) {
	switch fun := ast.Unparen(n.Fun).(type) {
	case *ast.Ident:
		if forbidden[fun.Name] {
			v.refuse(n, "a call of "+fun.Name)
		}
	case *ast.SelectorExpr, *ast.ArrayType, *ast.IndexExpr:
	default:
		v.refuse(n, fmt.Sprintf("a call of a %T", fun))
	}
}
