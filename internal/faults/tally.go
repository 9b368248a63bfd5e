// Package faults counts what tests that harm a table have found, for the table that `make faults` prints.
//
// A test begins a Tally, tells it of each case, and the tally fails the test where a row was lost, came twice or is
// wrong. Nothing of a run imports it.
package faults

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The environment of a test of faults.
const (
	OutEnv  = "SEAMFLOW_FAULTS" // a file that results are added to; set, tests run in their long form
	SeedEnv = "SEAMFLOW_SEED"   // replays what was random
)

// Result is a line of the table.
type Result struct {
	Fault    string        `json:"fault"`
	Cases    int           `json:"cases"`
	Lost     int           `json:"lost"`     // rows that should be there
	Repeated int           `json:"repeated"` // rows that are there more often than they should
	Wrong    int           `json:"wrong"`    // other rows, and cases that ended otherwise than they should
	Took     time.Duration `json:"took"`
	Note     string        `json:"note,omitempty"`
}

// Bad reports whether anything is not as it should be.
func (r *Result) Bad() bool { return r.Cases == 0 || r.Lost+r.Repeated+r.Wrong > 0 }

// TB is what a Tally needs of a test.
type TB interface {
	Helper()
	Name() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Cleanup(func())
}

// Tally counts the cases of one fault. It is safe for concurrent use.
type Tally struct {
	t     TB
	mu    sync.Mutex
	r     Result
	shown int
	skip  bool
}

// shownMost cases that went wrong are told in full.
const shownMost = 5

// Begin starts counting. The result is written when the test ends.
func Begin(t TB, fault string) *Tally {
	y := &Tally{t: t, r: Result{Fault: fault}}
	began := time.Now()
	t.Cleanup(func() {
		if y.skip {
			return
		}
		y.r.Took = time.Since(began)
		if y.r.Cases == 0 {
			t.Errorf("%s: not one case", fault)
		}
		t.Logf("%s: %d cases, %d lost, %d repeated, %d wrong (%s)", fault, y.r.Cases, y.r.Lost, y.r.Repeated, y.r.Wrong, y.r.Note)
		if err := write(os.Getenv(OutEnv), &y.r); err != nil {
			t.Errorf("%s: %v", fault, err)
		}
	})
	return y
}

// write adds a result to the file of results, in one write, for several processes do so.
func write(name string, r *Result) error {
	if name == "" {
		return nil
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(append(line, '\n'))
	return err
}

// Note adds what the table should say of the fault.
func (y *Tally) Note(format string, args ...any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.r.Note != "" {
		y.r.Note += "; "
	}
	y.r.Note += fmt.Sprintf(format, args...)
}

// Skip leaves the fault out of the table.
func (y *Tally) Skip() { y.skip = true }

// Rows counts a case by the rows that it ended in, in any order. how says which case it was.
func (y *Tally) Rows(how string, want, got []string) {
	y.t.Helper()
	lost, repeated, wrong := compare(want, got)
	y.mu.Lock()
	defer y.mu.Unlock()
	y.r.Cases++
	y.r.Lost += len(lost)
	y.r.Repeated += len(repeated)
	y.r.Wrong += len(wrong)
	if len(lost)+len(repeated)+len(wrong) > 0 {
		y.tell("%s: lost %s, repeated %s, wrong %s", how, brief(lost), brief(repeated), brief(wrong))
	}
}

// Held counts a case that ended as it should.
func (y *Tally) Held() {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.r.Cases++
}

// Failed counts a case that ended otherwise than in a table.
func (y *Tally) Failed(how string, format string, args ...any) {
	y.t.Helper()
	y.mu.Lock()
	defer y.mu.Unlock()
	y.r.Cases++
	y.r.Wrong++
	y.tell("%s: %s", how, fmt.Sprintf(format, args...))
}

func (y *Tally) tell(format string, args ...any) {
	y.t.Helper()
	if y.shown++; y.shown > shownMost {
		args, format = []any{y.r.Fault}, "%s: a further case went wrong"
	}
	y.t.Errorf(format, args...)
}

// compare says how the multisets differ. Rows are sorted copies; a row that should be there once and is there twice is
// repeated, one that should not be there at all is wrong.
func compare(want, got []string) (lost, repeated, wrong []string) {
	count := map[string]int{}
	for _, row := range want {
		count[row]++
	}
	known := make(map[string]bool, len(count))
	for row := range count {
		known[row] = true
	}
	for _, row := range got {
		switch count[row]--; {
		case count[row] >= 0:
		case known[row]:
			repeated = append(repeated, row)
		default:
			wrong = append(wrong, row)
		}
	}
	for row, n := range count {
		for ; n > 0; n-- {
			lost = append(lost, row)
		}
	}
	slices.SortFunc(lost, cmp.Compare)
	return lost, repeated, wrong
}

func brief(rows []string) string {
	const most = 5
	if len(rows) == 0 {
		return "nothing"
	}
	text := strconv.Quote(rows[0])
	for _, row := range rows[1:min(len(rows), most)] {
		text += ", " + strconv.Quote(row)
	}
	if len(rows) > most {
		text += fmt.Sprintf(" and %d more", len(rows)-most)
	}
	return text
}

// Long reports whether tests run in their long form, that of `make faults`.
func Long() bool { return os.Getenv(OutEnv) != "" }

// Seed gives the seed to be replayed, or a new one.
func Seed() uint64 {
	if s, err := strconv.ParseUint(os.Getenv(SeedEnv), 10, 64); err == nil {
		return s
	}
	return uint64(time.Now().UnixNano())
}

// Read gives the results in a file, by fault.
func Read(text string) ([]Result, error) {
	var all []Result
	for line := range strings.Lines(text) {
		var r Result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b Result) int { return cmp.Compare(a.Fault, b.Fault) })
	return all, nil
}
