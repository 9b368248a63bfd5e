package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestHistory: each commit's comment has the verdict that it is there for.
func TestHistory(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	if len(history) != 10 {
		t.Errorf("%d commits", len(history))
	}
	var out bytes.Buffer
	if err := run(t.TempDir(), &out); err != nil {
		t.Fatal(err)
	}
	comments := strings.Split(out.String(), "\n## Commit ")
	if len(comments) != len(history) {
		t.Fatalf("%d comments\n%s", len(comments), out.String())
	}
	for i, c := range history {
		if want := fmt.Sprintf("### seamflow review: %s\n", c.verdict); !strings.Contains(comments[i], want) {
			t.Errorf("commit %d, %s: no %q in\n%s", i+1, c.subject, want, comments[i])
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "reference", "review.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, last, _ := strings.Cut(comments[len(comments)-1], "### seamflow review: refuse\n")
	if !strings.Contains(string(page), strings.TrimSpace(last)) {
		t.Errorf("docs/reference/review.md shows another comment than the last one:\n%s", last)
	}
}
