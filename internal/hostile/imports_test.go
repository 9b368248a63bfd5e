package hostile

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestGenerationCannotCall: nothing that generation is built from can open a connection or start a program.
func TestGenerationCannotCall(t *testing.T) {
	deps := func(pkg string) []string {
		out, err := exec.Command("go", "list", "-deps", pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(out))
	}
	calls := []string{"net", "net/http", "crypto/tls", "os/exec", "plugin"}
	generation := deps("github.com/seamflow/seamflow/gen")
	if len(generation) < 50 {
		t.Fatalf("generation is built from %q: go list does not say all", generation)
	}
	for _, pkg := range calls {
		if slices.Contains(generation, pkg) {
			t.Errorf("gen is built from %s: what needs it belongs to runtime or to cli", pkg)
		}
	}
	if !slices.Contains(deps("github.com/seamflow/seamflow/internal/cli"), "os/exec") {
		t.Error("this test would not see os/exec")
	}
}
