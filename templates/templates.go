// Package templates holds the files that seamflow writes outside of generated code, as text/template.
//
// build is the main package that seamflow build compiles, test the one of seamflow test, init the project that seamflow init
// writes; internal/cli renders them.
package templates

import "embed"

//go:embed build init test
var Files embed.FS
