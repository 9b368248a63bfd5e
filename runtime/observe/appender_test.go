package observe

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// TestAppendersShareAFile: lines stay whole, none is there twice, and files are bounded, when several write to a log that is
// moved on under them.
func TestAppendersShareAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "p.jsonl")
	const writers, each, most, keeps = 4, 500, 20_000, 4
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			a := newAppender(name, most, keeps)
			defer a.close()
			for i := range each {
				if err := a.append(fmt.Appendf(nil, "<%d %d %s>\n", w, i, strings.Repeat("x", i%100))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	whole := regexp.MustCompile(`^<\d+ \d+ x*>$`)
	seen := map[string]bool{}
	older, err := filepath.Glob(name + ".[0-9]")
	parts := append(older, name)
	if err != nil || len(parts) != keeps+1 {
		t.Errorf("%d files, want %d", len(parts), keeps+1)
	}
	for _, p := range parts {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > most+writers*120 { // each writer may be a line behind
			t.Errorf("%s has %d bytes", p, len(b))
		}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSpace(line)
			if line == "" { // see mend
				continue
			}
			if !whole.MatchString(line) || seen[line] {
				t.Errorf("torn, or there twice: %q", line)
			}
			seen[line] = true
		}
	}
	if len(seen) < most*keeps/200 {
		t.Errorf("%d lines are left", len(seen))
	}
}
