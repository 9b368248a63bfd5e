package hostile

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// borrowed are packages that are built with what opens connections, and are asked for other things: brotli decompresses
// pages of Parquet files, and has a middleware for HTTP servers beside that.
var borrowed = []string{"github.com/andybalholm/brotli"}

// TestGenerationCannotCall: nothing that generation is built from asks for a package that opens connections or starts
// programs.
func TestGenerationCannotCall(t *testing.T) {
	calls := []string{"net", "net/http", "crypto/tls", "os/exec", "plugin"}
	callers := func(pkg string) (found []string, all int) {
		out, err := exec.Command("go", "list", "-deps", "-f", `{{if not .Standard}}{{.ImportPath}} {{join .Imports " "}}{{end}}`, pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(out)) {
			all++
			words := strings.Fields(line)
			for _, im := range words[1:] {
				if slices.Contains(calls, im) && !slices.Contains(borrowed, words[0]) {
					found = append(found, words[0]+" imports "+im)
				}
			}
		}
		return found, all
	}
	found, all := callers("github.com/seamflow/seamflow/gen")
	for _, what := range found {
		t.Errorf("%s: what needs it belongs to runtime or to cli", what)
	}
	if seen, _ := callers("github.com/seamflow/seamflow/internal/cli"); len(seen) == 0 || all < 20 {
		t.Error("this test sees nothing")
	}
}
