package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// Here the standard run is harmed: some batches of a keyed and of an append table, live and once flows, bad records, then
// compaction, checkpoint and vacuum of both. `make faults` runs all cases, `go test` a part of them.

// standard are the tables of the standard run. What flow "later" reads arrives when all harm is done: it touches every
// key, so that an index which is wrong shows.
var standard = []spec{
	{table: "t", live: []string{"f", "later"}, once: []string{"old"}, maxFiles: 1, allowEmpty: true},
	{table: "u", kind: "append", live: []string{"g", "more"}, maxFiles: 1, allowEmpty: true},
}

func prepareStandard(w *world) {
	w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 2, "", "x"), ev("c", 1, "d", ""), "{broken")
	w.put("f/2.json", ev("a", 2, "", "y"), ev("b", 2, "", "z"), ev("e", 1, "", "x"), ev("e", 2, "d", ""))
	w.put("old/1.json", ev("c", 1, "", "z"), ev("a", 0, "", "w"), ev("g", 1, "", "x"), ev("h", 1, "", "bad"))
	w.put("g/1.json", ev("a", 1, "", "x"), ev("b", 2, "", "bad"))
	w.put("g/2.json", ev("a", 1, "", "x"), "{broken too")
	w.folder("later")
	w.folder("more")
}

// folder makes the folder of a flow's files.
func (w *world) folder(flow string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Join(w.dir, "in", flow), 0o755); err != nil {
		w.t.Fatalf("%v", err)
	}
}

// step is a part of the standard run.
type step struct {
	name string
	do   func(w *world) error
}

func standardSteps() []step {
	return []step{{"batches", runStandard}, {"compaction", compactStandard}, {"checkpoint", checkpointStandard}, {"vacuum", vacuumStandard}}
}

func runStandard(w *world) error {
	for _, s := range standard {
		if _, err := w.tryRun(s); err != nil {
			return err
		}
	}
	return nil
}

// eachTable does something with each table that is there, as its owner.
func eachTable(w *world, do func(ctx context.Context, t *delta.Table) error) error {
	ctx := contextOf(w)
	for _, name := range []string{"t", "t__quarantine", "u", "u__quarantine"} {
		t, err := delta.Open(ctx, w.fs, filepath.Join(w.dir, "tables", name))
		if errors.Is(err, delta.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		lock, err := t.Lock(ctx, 0)
		if err != nil {
			return err
		}
		err = do(ctx, t)
		lock.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func compactStandard(w *world) error {
	return eachTable(w, func(ctx context.Context, t *delta.Table) error {
		c, err := t.NewCompaction(filePaths(t.Files()))
		if err != nil {
			return err
		}
		if err := c.Write(ctx, 1<<20); err != nil {
			return err
		}
		_, err = t.Compact(ctx, c, time.Now())
		return err
	})
}

func checkpointStandard(w *world) error {
	return eachTable(w, func(ctx context.Context, t *delta.Table) error { return t.Checkpoint(ctx) })
}

func vacuumStandard(w *world) error {
	now := time.Duration(0)
	for _, s := range standard {
		if _, err := s.pipeline().Vacuum(contextOf(w), w.options(), "", VacuumOptions{Retention: &now, Short: true}); err != nil {
			return err
		}
	}
	return nil
}

// stand is all that must not depend on what happened on the way: rows, what is set aside, which files were read.
func (w *world) stand(specs []spec) (all []string, err error) {
	for _, s := range specs {
		rows, err := w.tryRows(s.table)
		if err != nil {
			return nil, fmt.Errorf("read table %s: %w", s.table, err)
		}
		for _, row := range rows {
			all = append(all, s.table+": "+row)
		}
		err = s.pipeline().QuarantineList(contextOf(w), w.options(), "", func(r *Rejected) {
			all = append(all, fmt.Sprintf("%s set aside: %s %s:%d %s", s.table, r.Flow, r.File, r.Line, r.Raw))
		})
		if err != nil {
			return nil, fmt.Errorf("quarantine of table %s: %w", s.table, err)
		}
		sum, err := s.pipeline().Status(contextOf(w), w.options())
		if err != nil {
			return nil, fmt.Errorf("status of table %s: %w", s.table, err)
		}
		for _, f := range sum.Tables[0].Flows {
			all = append(all, fmt.Sprintf("%s: flow %s has read %d files", s.table, f.Name, f.FilesRead))
		}
	}
	return all, nil
}

// tryRows is rows for a table that may not be readable.
func (w *world) tryRows(table string) (rows []string, err error) {
	broken := &failing{tb: w.t}
	other := &world{t: broken, dir: w.dir, fs: w.fs}
	defer func() {
		if r := recover(); r != nil && r != broken {
			panic(r)
		}
		err = broken.err
	}()
	return other.rows(table), nil
}

// failing makes Fatalf an error.
type failing struct {
	tb
	err error
}

func (f *failing) Fatalf(format string, args ...any) {
	f.err = fmt.Errorf(format, args...)
	panic(f)
}

// finishStandard goes on after harm, then lets the last files arrive, and gives where all ends.
func finishStandard(w *world) ([]string, error) {
	if err := runStandard(w); err != nil {
		return nil, fmt.Errorf("the next run: %w", err)
	}
	w.put("later/1.json", ev("a", 1, "", "late"), ev("b", 3, "d", ""), ev("c", 2, "", "new"), ev("e", 1, "", "late"), ev("g", 2, "", "new"), ev("k", 1, "", "x"))
	w.put("more/1.json", ev("z", 1, "", "x"), "{broken again")
	defer func() {
		for _, name := range []string{"later", "more"} {
			os.Remove(filepath.Join(w.dir, "in", name, "1.json"))
		}
	}()
	if err := runStandard(w); err != nil {
		return nil, fmt.Errorf("the run after: %w", err)
	}
	return w.stand(standard)
}

// ends is where the standard run ends, whatever happened.
var ends = []string{
	"t: c 2 new", "t: a 2 y", "t: g 2 new", "t: k 1 x",
	"t set aside: f in/f/1.json:4 {broken", `t set aside: old in/old/1.json:4 {"id":"h","seq":1,"val":"bad"}`,
	"t: flow f has read 2 files", "t: flow later has read 1 files", "t: flow old has read 1 files",
	"u: a 1 x", "u: a 1 x", "u: z 1 x",
	`u set aside: g in/g/1.json:2 {"id":"b","seq":2,"val":"bad"}`, "u set aside: g in/g/2.json:2 {broken too", "u set aside: more in/more/1.json:2 {broken again",
	"u: flow g has read 2 files", "u: flow more has read 1 files",
}

// harmed is the standard run, ready to be harmed. Its folder of sources is its own, so that several can be harmed at once.
type harmed struct {
	*world
	start *vfs.Mem
	calls []int // how many calls to the file system were made before each step, and in all
	steps []step
	trace []vfs.Call
}

func newHarmed(t *testing.T) *harmed {
	h := &harmed{world: newWorld(t), steps: standardSteps()}
	h.start = h.mem(nil)
	prepareStandard(h.world)
	calm := h.begin()
	for _, s := range h.steps {
		h.calls = append(h.calls, calm.Calls())
		if err := s.do(h.world); err != nil {
			t.Fatalf("undisturbed, %s: %v", s.name, err)
		}
	}
	h.calls = append(h.calls, calm.Calls())
	h.trace = calm.Trace()
	got, err := finishStandard(h.world)
	if err != nil {
		t.Fatalf("undisturbed: %v", err)
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(ends)); !slices.Equal(want, got) {
		t.Fatalf("undisturbed it ends in\n%q, not in\n%q", got, want)
	}
	return h
}

// begin gives the disk before the standard run.
func (h *harmed) begin() *vfs.Mem { return h.mem(h.start.Crash(vfs.KeepAll)) }

// act makes the standard run up to its end or its first error.
func (h *harmed) act() error { return h.actOn(h.steps) }

func (h *harmed) actOn(steps []step) error {
	for _, s := range steps {
		if err := s.do(h.world); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// during says which step the k-th call, from 1, of an undisturbed run belongs to.
func (h *harmed) during(k int) int {
	for i := range h.steps {
		if k <= h.calls[i+1] {
			return i
		}
	}
	return len(h.steps) - 1
}

// label says what a call is about: the part of the table and what was done with it.
func label(c vfs.Call) string {
	base := filepath.Base(c.Name)
	what := "folders"
	switch {
	case strings.Contains(c.Name, "/.seamflow/"):
		what = "state"
	case strings.Contains(base, "checkpoint"):
		what = "checkpoint"
	case strings.Contains(c.Name, "_delta_log"):
		what = "log"
	case strings.Contains(c.Name, "_seamflow/merge"):
		what = "merge log"
	case strings.Contains(base, "deletion_vector"):
		what = "deletion vector"
	case strings.HasPrefix(base, "owner."), strings.HasPrefix(base, ".owner."):
		what = "lock"
	case strings.HasSuffix(base, ".parquet"):
		what = "data"
	case strings.Contains(c.Name, "_seamflow/"):
		what = "side files"
	}
	return what
}

// labels counts the calls from..to, from 1, by label.
func (h *harmed) labels(from, to int) string {
	count := map[string]int{}
	for _, c := range h.trace[from-1 : to] {
		count[label(c)]++
	}
	var all []string
	for name, n := range count {
		all = append(all, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// keeps are the ways in which what was not synced may survive.
var keeps = []struct {
	name string
	keep func(k uint64) vfs.Keep
}{
	{"nothing kept", func(uint64) vfs.Keep { return vfs.KeepNothing }},
	{"all kept", func(uint64) vfs.Keep { return vfs.KeepAll }},
	{"names kept", func(uint64) vfs.Keep { return vfs.KeepNames }},
	{"some kept", vfs.KeepSome},
}

// finish checks where a harmed run ends.
func (h *harmed) finish(y *faults.Tally, how string, args ...any) {
	how = fmt.Sprintf(how, args...)
	got, err := finishStandard(h.world)
	if err != nil {
		y.Failed(how, "%v", err)
		return
	}
	y.Rows(how, ends, got)
}

// stride is the distance of the calls that are tried: 1 in the long form.
func stride(n, cases int) int {
	if faults.Long() {
		return 1
	}
	return max(n/cases, 1)
}

// inParallel runs two halves of the calls 1..n, each on a standard run of its own.
func inParallel(t *testing.T, by int, do func(h *harmed, k int)) {
	var group sync.WaitGroup
	const halves = 2
	for half := range halves {
		h := newHarmed(t)
		group.Go(func() {
			n := h.calls[len(h.calls)-1]
			for k := 1 + half*by; k <= n && !t.Failed(); k += halves * by {
				do(h, k)
			}
		})
	}
	group.Wait()
}

// isStop reports whether err is that the machine stopped.
func isStop(err error) bool {
	return err == nil || errors.Is(err, vfs.ErrStopped) || strings.Contains(err.Error(), vfs.ErrStopped.Error())
}

// TestFaultCrash stops the machine at every call, in each step, for each way in which what was not synced may survive.
func TestFaultCrash(t *testing.T) {
	probe := newHarmed(t)
	tallies := probe.tallies(t, "crash")
	by := stride(probe.calls[len(probe.calls)-1], 60)
	inParallel(t, by, func(h *harmed, k int) {
		m := h.begin()
		m.StopAt(k)
		if err := h.act(); !isStop(err) {
			tallies[h.during(k)].Failed(fmt.Sprintf("stopped at call %d", k), "%v", err)
			return
		}
		for _, keep := range keeps {
			h.mem(m.Crash(keep.keep(uint64(k))))
			h.finish(tallies[h.during(k)], "stopped at call %d of %v, %s", k, h.calls, keep.name)
		}
	})
}

// tallies gives one for each step.
func (h *harmed) tallies(t *testing.T, fault string) (all []*faults.Tally) {
	for i, s := range h.steps {
		y := faults.Begin(t, fmt.Sprintf("%s in step %d, %s", fault, i+1, s.name))
		y.Note("calls: %s", h.labels(h.calls[i]+1, h.calls[i+1]))
		all = append(all, y)
	}
	return all
}

// TestFaultSecondCrash stops the machine at a call, and again while the next run mends what is there: at every call in turn.
func TestFaultSecondCrash(t *testing.T) {
	y := faults.Begin(t, "second crash, in the recovery")
	probe := newHarmed(t)
	n := probe.calls[len(probe.calls)-1]
	first := max(n/8, 1)
	if faults.Long() {
		first = max(n/30, 1)
	}
	y.Note("after the first crash at every %dth of %d calls", first, n)
	inParallel(t, first, func(h *harmed, k int) {
		m := h.begin()
		m.StopAt(k)
		_ = h.act()
		disk := m.Crash(vfs.KeepSome(uint64(k)))
		mending := h.mem(disk.Crash(vfs.KeepAll))
		if err := runStandard(h.world); err != nil {
			y.Failed(fmt.Sprintf("stopped at call %d", k), "%v", err)
			return
		}
		for j := 1 + k%stride(mending.Calls(), 6); j <= mending.Calls(); j += stride(mending.Calls(), 6) {
			m := h.mem(disk.Crash(vfs.KeepAll))
			m.StopAt(j)
			if err := runStandard(h.world); !isStop(err) {
				y.Failed(fmt.Sprintf("stopped at call %d, then %d", k, j), "%v", err)
				continue
			}
			h.mem(m.Crash(vfs.KeepSome(uint64(k*1000 + j))))
			h.finish(y, "stopped at call %d, then at call %d of the recovery", k, j)
		}
	})
}

// TestFaultDisk makes every call fail once: with no effect, and with the effect and a lost answer.
func TestFaultDisk(t *testing.T) {
	for _, f := range []struct {
		name string
		fail func(m *vfs.Mem, k int)
	}{
		{"EIO", func(m *vfs.Mem, k int) { m.FailAt(k, syscall.EIO) }},
		{"EIO after the work was done", func(m *vfs.Mem, k int) { m.FailAfter(k, syscall.EIO) }},
		{"ENOSPC once", func(m *vfs.Mem, k int) { m.FailAt(k, syscall.ENOSPC) }},
	} {
		t.Run(f.name, func(t *testing.T) {
			y := faults.Begin(t, f.name)
			probe := newHarmed(t)
			inParallel(t, stride(probe.calls[len(probe.calls)-1], 60), func(h *harmed, k int) {
				m := h.begin()
				f.fail(m, k)
				err := h.act()
				if err != nil && ExitCode(err) != ExitEnvironment {
					y.Failed(fmt.Sprintf("call %d (%v)", k, m.Trace()[k-1]), "exit %d: %v", ExitCode(err), err)
				}
				h.mem(m.Crash(vfs.KeepAll)) // the process ends
				h.finish(y, "call %d of %v", k, h.calls)
				h.mem(m.Crash(vfs.KeepNothing)) // and the machine
				h.finish(y, "call %d of %v, then a crash", k, h.calls)
			})
		})
	}
}

// TestFaultDiskFull lets the disk run full at every call, tries again while it is, and then frees it.
func TestFaultDiskFull(t *testing.T) {
	y := faults.Begin(t, "disk full until freed")
	probe := newHarmed(t)
	inParallel(t, stride(probe.calls[len(probe.calls)-1], 60), func(h *harmed, k int) {
		m := h.begin()
		m.FullAt(k, syscall.ENOSPC)
		for range 2 {
			if err := h.act(); err != nil && ExitCode(err) != ExitEnvironment {
				y.Failed(fmt.Sprintf("full at call %d", k), "exit %d: %v", ExitCode(err), err)
				return
			}
		}
		for _, s := range standard {
			if _, err := rowsIfThere(h.world, s.table); err != nil {
				y.Failed(fmt.Sprintf("full at call %d", k), "the table cannot be read: %v", err)
			}
		}
		m.Free()
		h.finish(y, "full from call %d of %v, freed", k, h.calls)
	})
}

// rowsIfThere reads a table that need not be there.
func rowsIfThere(w *world, table string) ([]string, error) {
	if _, err := delta.Open(contextOf(w), w.fs, filepath.Join(w.dir, "tables", table)); errors.Is(err, delta.ErrNotExist) {
		return nil, nil
	}
	return w.tryRows(table)
}
