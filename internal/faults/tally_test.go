package faults

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fake is a test that may fail.
type fake struct {
	errors []string
	last   func()
}

func (f *fake) Helper()             {}
func (f *fake) Name() string        { return "fake" }
func (f *fake) Logf(string, ...any) {}
func (f *fake) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *fake) Cleanup(do func()) { f.last = do }

func TestWhatIsLostRepeatedAndWrong(t *testing.T) {
	out := filepath.Join(t.TempDir(), "results")
	t.Setenv(OutEnv, out)
	f := &fake{}
	y := Begin(f, "a fault")
	y.Rows("fine", []string{"a", "b", "b"}, []string{"b", "a", "b"})
	if len(f.errors) > 0 {
		t.Fatalf("equal tables: %q", f.errors)
	}
	y.Rows("not", []string{"a", "b", "b", "c"}, []string{"a", "a", "a", "b", "d"})
	y.Failed("not either", "exit %d", 7)
	y.Held()
	if len(f.errors) != 2 || !strings.Contains(f.errors[0], `lost "b", "c", repeated "a", "a", wrong "d"`) || f.errors[1] != "not either: exit 7" {
		t.Errorf("told: %q", f.errors)
	}
	f.last()
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(string(text))
	if err != nil {
		t.Fatal(err)
	}
	got[0].Took = 0
	if diff := cmp.Diff([]Result{{Fault: "a fault", Cases: 4, Lost: 2, Repeated: 2, Wrong: 2}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoCasesIsAFailure(t *testing.T) {
	f := &fake{}
	Begin(f, "nothing")
	f.last()
	if len(f.errors) != 1 {
		t.Errorf("told: %q", f.errors)
	}
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	good := Result{Fault: "kill", Cases: 200, Took: 1500 * time.Millisecond, Note: "seed 7"}
	if !Print(&b, []Result{good}) || !strings.Contains(b.String(), "kill") || !strings.Contains(b.String(), "200") {
		t.Errorf("good results are bad:\n%s", b.String())
	}
	for _, bad := range []Result{{Cases: 1, Lost: 1}, {Cases: 1, Repeated: 1}, {Cases: 1, Wrong: 1}, {}} {
		if Print(&b, []Result{good, bad}) {
			t.Errorf("%+v is taken for good", bad)
		}
	}
	if Print(&b, nil) {
		t.Error("no results are good ones")
	}
}
