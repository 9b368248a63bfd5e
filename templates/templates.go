// Package templates holds the files that seamflow writes outside of generated code, as text/template.
//
// build is the main package that seamflow build compiles, init the project that seamflow init writes; internal/cli renders
// both.
package templates

import "embed"

//go:embed build init
var Files embed.FS
