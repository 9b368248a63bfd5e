package gogen

import "testing"

func TestVerifyRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"import":         "import \"os\"\n",
		"import_alias":   "import bits \"math/bits\"\n",
		"import_dot":     "import . \"math\"\n",
		"import_blank":   "import _ \"math\"\n",
		"directive":      "//go:noinline\nfunc f() {}\n",
		"line_directive": "//line x.go:1\nfunc f() {}\n",
		"block_comment":  "/* x */\nfunc f() {}\n",
		"init":           "func init() {}\n",
		"goroutine":      "func f() { go f() }\n",
		"defer":          "func f() { defer f() }\n",
		"channel":        "var c chan int\n",
		"receive":        "func f() { <-c }\n",
		"select":         "func f() { select {} }\n",
		"panic":          "func f() { panic(1) }\n",
		"println":        "func f() { println(1) }\n",
		"interface":      "type i interface{ m() }\n",
		"type_assertion": "func f(x any) { _ = x.(int) }\n",
		"type_switch":    "func f(x any) { switch x.(type) {} }\n",
		"goto":           "func f() {\nx:\n\tgoto x\n}\n",
		"raw_string":     "var s = `x`\n",
		"called_literal": "var x = func() int { return 1 }()\n",
		"assembly":       "func f()\n",
		"variadic":       "func f(x ...int) {}\n",
		"not_go":         "func {\n",
	} {
		if err := verify("x.gen.go", []byte(Header+"\n\npackage p\n\n"+body)); err == nil {
			t.Errorf("%s is let through", name)
		}
	}
	if err := verify("x.gen.go", []byte("package p\n")); err == nil {
		t.Error("a missing header is let through")
	}
	if err := verify("x.gen.go", []byte(Header+"\n\n//go:build ignore\n\npackage p\n")); err == nil {
		t.Error("a build constraint is let through")
	}
}
