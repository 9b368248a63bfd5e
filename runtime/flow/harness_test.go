package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/vfs"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a data folder with the pipelines that run in it.
type world struct {
	t     tb
	dir   string
	fs    vfs.FS
	log   recorder
	clock time.Time

	compaction delta.CompactPolicy

	memory int64            // Options.Memory
	lag    int64            // Options.lag
	now    func() time.Time // Options.now

	backlog   int64 // Options.Backlog, and of a first pass the likes of it
	surveyed  int64
	partBytes int
	between   func(*batch)
}

// tb is what testing.T and rapid.T have in common.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

func newWorld(t *testing.T) *world {
	return &world{t: t, dir: t.TempDir(), fs: vfs.OS()}
}

// piped is what makes a pipeline: spec or extracts.
type piped interface{ pipeline() Pipeline }

// ev is an event as a line of JSON; "" for op is none, "-" for val is NULL.
func ev(id string, seq int, op, val string) string {
	m := map[string]any{"id": id, "seq": seq, "val": val}
	if op != "" {
		m["op"] = op
	}
	if val == "-" {
		m["val"] = nil
	}
	b, _ := json.Marshal(m)
	return string(b)
}

// put writes a file of lines, with a modification time in the past that grows from file to file.
func (w *world) put(name string, lines ...string) {
	w.t.Helper()
	full := filepath.Join(w.dir, "in", name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		w.t.Fatalf("%v", err)
	}
	text := strings.Join(lines, "\n")
	if len(lines) > 0 {
		text += "\n"
	}
	part := filepath.Join(filepath.Dir(full), ".part") // the sources settle at once: files must come complete
	if err := os.WriteFile(part, []byte(text), 0o644); err != nil {
		w.t.Fatalf("%v", err)
	}
	if w.clock.IsZero() {
		w.clock = time.Now().Add(-time.Hour).Truncate(time.Second)
	}
	w.clock = w.clock.Add(10 * time.Millisecond)
	if err := os.Chtimes(part, w.clock, w.clock); err != nil {
		w.t.Fatalf("%v", err)
	}
	if err := os.Rename(part, full); err != nil {
		w.t.Fatalf("%v", err)
	}
}

func (w *world) options() Options {
	return Options{Data: w.dir, AvailableNow: true, FS: w.fs, Observer: &w.log, compaction: w.compaction, Memory: w.memory, now: w.now, lag: w.lag, Backlog: cmp.Or(w.backlog, testBacklog()),
		partBytes: w.partBytes, surveyed: w.surveyed, between: w.between}
}

// testBacklog is FLOW_TEST_BACKLOG: 1 reads every batch twice that can be, -1 none. All tests hold with both.
func testBacklog() int64 {
	n, _ := strconv.ParseInt(os.Getenv("FLOW_TEST_BACKLOG"), 10, 64)
	return n
}

func (w *world) tryRun(s piped) (*Summary, error) {
	return s.pipeline().Run(context.Background(), w.options())
}

// run runs to the end of what is there and checks what must always hold of a summary.
func (w *world) run(s piped) *Summary {
	w.t.Helper()
	sum, err := w.tryRun(s)
	if err != nil {
		w.t.Fatalf("run: %v", err)
	}
	for _, t := range sum.Tables {
		for _, f := range t.Flows {
			if !f.Run.Balanced() || !f.Total.Balanced() {
				w.t.Fatalf("flow %s: counts do not add up: %+v, in all %+v", f.Name, f.Run, f.Total)
			}
		}
	}
	return sum
}

// runGroups is a run whose row groups hold no more than full bytes.
func (w *world) runGroups(s piped, full int) error {
	p, ctx := s.pipeline(), contextOf(w)
	env, err := newEnvironment(&p, w.options())
	if err != nil {
		return err
	}
	workers, err := p.open(ctx, env)
	defer closeAll(workers)
	if err != nil {
		return err
	}
	workers[0].full = full
	if err := p.start(ctx, workers); err != nil {
		return err
	}
	return runAll(ctx, env, workers)
}

func (w *world) counts(sum *Summary, flow string) observe.Counts {
	w.t.Helper()
	for _, t := range sum.Tables {
		for _, f := range t.Flows {
			if f.Name == flow {
				return f.Run
			}
		}
	}
	w.t.Fatalf("no flow %s in the summary", flow)
	return observe.Counts{}
}

// rows reads a table with the store alone, each row as text, sorted.
func (w *world) rows(table string) []string {
	w.t.Helper()
	ctx := context.Background()
	t, err := delta.Open(ctx, w.fs, filepath.Join(w.dir, "tables", table))
	if err != nil {
		w.t.Fatalf("open table: %v", err)
	}
	leaves := column.NewLeaves(t.Schema())
	var out []string
	err = t.Scan(ctx, leaves, everyLeaf, filePaths(t.Files()), func(string, uint32) {
		out = append(out, rowText(leaves))
	})
	if err != nil {
		w.t.Fatalf("scan table: %v", err)
	}
	slices.Sort(out)
	return out
}

func rowText(leaves *column.Leaves) string {
	var cells []string
	for i := range leaves.Len() {
		leaf := leaves.At(i)
		null := leaf.Def() == 0
		text := "-"
		switch l := leaf.(type) {
		case *column.Strings:
			if v := l.Take(); !null {
				text = v
			}
		case *column.Int64s:
			if v := l.Take(); !null {
				text = fmt.Sprint(v)
			}
		default:
			leaf.Advance()
		}
		cells = append(cells, text)
	}
	return strings.Join(cells, " ")
}

func (w *world) stateFile(table string) string {
	return filepath.Join(w.stateDir(), table+".state")
}

func (w *world) stateDir() string { return filepath.Join(w.dir, ".seamflow", "state", "test") }

// recorder is an observe.Sink that remembers.
type recorder struct {
	mu     sync.Mutex
	events []string
}

func (r *recorder) Progress(observe.Progress) {}
func (r *recorder) Commit(observe.Commit)     {}

func (r *recorder) Event(e observe.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e.Message)
}

func (r *recorder) has(part string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.events, func(m string) bool { return strings.Contains(m, part) })
}

// stopAt stops the run at an event.
type stopAt struct {
	*recorder
	part string
	stop func()
}

func (s stopAt) Event(e observe.Event) {
	s.recorder.Event(e)
	if strings.Contains(e.Message, s.part) {
		s.stop()
	}
}

// onCommit acts after each commit of a batch.
type onCommit struct {
	*recorder
	act func()
}

func (c onCommit) Commit(observe.Commit) { c.act() }

func contextOf(w *world) context.Context {
	if t, ok := w.t.(*testing.T); ok {
		return t.Context()
	}
	return context.Background()
}
