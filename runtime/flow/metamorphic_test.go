package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// TestFaultMetamorphic plays random operations under random configurations: files come, runs end or are cut off, the machine
// dies, the state is lost, damaged or older than the table, the table is compacted, checkpointed, vacuumed and read. The
// table is the fold of its events, whatever it went through.
//
// SEAMFLOW_SEED=n replays run n first; SEAMFLOW_SOAK=1h goes on for so long (make soak).
func TestFaultMetamorphic(t *testing.T) {
	seed := faults.Seed()
	y := faults.Begin(t, "random operations, random configurations")
	y.Note("seeds from %d", seed)
	runs, until := 200, time.Time{}
	if soak, err := time.ParseDuration(os.Getenv("SEAMFLOW_SOAK")); err == nil {
		runs, until = 1<<40, time.Now().Add(soak)
	}
	const hands = 2
	done := make(chan struct{})
	for hand := range hands {
		go func() {
			defer func() { done <- struct{}{} }()
			for n := hand; n < runs && !t.Failed() && (until.IsZero() || time.Now().Before(until)); n += hands {
				play(t, y, seed+uint64(n))
			}
		}()
	}
	for range hands {
		<-done
	}
}

// game is one run of operations.
type game struct {
	*world
	rng    *rand.Rand
	y      *faults.Tally
	s      spec
	disk   *vfs.Mem
	events []string // lines of all files that are there
	bad    int
	files  int
	older  []byte // a copy of the state
	log    []string
}

func play(t *testing.T, y *faults.Tally, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	dir, err := os.MkdirTemp("", "game")
	if err != nil {
		t.Error(err)
		return
	}
	defer os.RemoveAll(dir)
	g := &game{world: &world{t: t, dir: dir}, rng: rng, y: y}
	how := fmt.Sprintf("SEAMFLOW_SEED=%d", seed)
	g.disk = g.mem(nil)
	g.configure()
	for range 3 + rng.IntN(12) {
		if err := g.operate(); err != nil {
			y.Failed(how, "%v\nafter %s", err, strings.Join(g.log, "; "))
			return
		}
	}
	g.finish(how)
}

func pickOf[T any](rng *rand.Rand, all ...T) T { return all[rng.IntN(len(all))] }

// configure draws what must not matter.
func (g *game) configure() {
	g.s = spec{
		table: "t", kind: pickOf(g.rng, "row", "row", "slim", "append"), live: []string{"f", "g"}, once: []string{"old"}, maxFiles: g.rng.IntN(4),
		rewrite: g.rng.IntN(3) == 0,
	}
	if last := 2 - g.rng.IntN(2); g.rng.IntN(3) == 0 && g.s.kind != "slim" {
		g.s.partition = []int{last}
	}
	if g.rng.IntN(4) == 0 {
		g.s.cluster = []int{1}
	}
	g.memory = pickOf[int64](g.rng, 0, 0, 2, 4096)
	g.lag = pickOf[int64](g.rng, 0, 0, commitKeys+5, 1<<40)
	g.backlog = pickOf[int64](g.rng, -1, 1)
	if g.rng.IntN(2) == 0 {
		g.compaction = delta.CompactPolicy{Target: pickOf[int64](g.rng, 1<<10, 1<<20), Files: 2, DeadShare: 0.2}
	}
	for _, flow := range []string{"f", "g"} {
		g.folder(flow)
	}
	g.folder("old")
	for range 1 + g.rng.IntN(3) {
		g.arrive("old")
	}
	g.note("%+v, memory %d, lag %d, backlog %d, compaction %+v", g.s, g.memory, g.lag, g.backlog, g.compaction)
}

func (g *game) note(format string, args ...any) { g.log = append(g.log, fmt.Sprintf(format, args...)) }

// arrive puts a file of few keys, few sequences and few values, so that late ones, ties, repeats and deletes abound.
func (g *game) arrive(flow string) {
	g.files++
	var lines []string
	for range g.rng.IntN(8) {
		if g.rng.IntN(12) == 0 {
			lines = append(lines, pickOf(g.rng, "{broken", ev("a", 1, "", "bad")))
			g.bad++
			continue
		}
		line := ev(pickOf(g.rng, "a", "b", "c", "d", "e", "f"), 1+g.rng.IntN(6), pickOf(g.rng, "", "", "u", "d", "skip"), pickOf(g.rng, "x", "y", "z", "-"))
		if len(g.events) > 0 && g.rng.IntN(6) == 0 {
			line = g.events[g.rng.IntN(len(g.events))]
		}
		lines = append(lines, line)
		g.events = append(g.events, line)
	}
	g.put(fmt.Sprintf("%s/%03d.json", flow, g.files), lines...)
	g.note("%s/%03d.json of %d lines", flow, g.files, len(lines))
}

// operate does one thing.
func (g *game) operate() error {
	switch g.rng.IntN(14) {
	case 0, 1, 2, 3:
		g.arrive(pickOf(g.rng, "f", "g"))
		return nil
	case 4, 5:
		g.note("run")
		if err := g.runAll(); err != nil {
			return err
		}
		return g.read()
	case 6:
		return g.cutOff()
	case 7, 8:
		return g.crash()
	case 9:
		g.note("compact")
		_, err := g.s.pipeline().Compact(contextOf(g.world), g.options(), "")
		return g.there(err)
	case 10:
		g.note("checkpoint")
		return eachTable(g.world, func(ctx context.Context, t *delta.Table) error { return t.Checkpoint(ctx) })
	case 11:
		g.note("vacuum")
		now := time.Duration(0)
		_, err := g.s.pipeline().Vacuum(contextOf(g.world), g.options(), "", VacuumOptions{Retention: &now, Short: true})
		return g.there(err)
	case 12:
		g.harmState()
		return nil
	default:
		g.note("replay of what is set aside")
		_, err := g.s.pipeline().QuarantineReplay(contextOf(g.world), g.options(), "")
		return g.there(err)
	}
}

// there passes over the error of what can only be done to a table that exists.
func (g *game) there(err error) error {
	if _, serr := g.disk.Stat(filepath.Join(g.dir, "tables/t/_delta_log/00000000000000000000.json")); serr != nil && err != nil {
		return nil
	}
	return err
}

func (g *game) runAll() error {
	_, err := g.tryRun(g.s)
	return err
}

// cutOff drains a run after some commits.
func (g *game) cutOff() error {
	n := 1 + g.rng.IntN(3)
	g.note("run, cut off after %d commits", n)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	opt := g.options()
	opt.Observer = onCommit{&g.world.log, func() {
		if n--; n == 0 {
			stop()
		}
	}}
	_, err := g.s.pipeline().Run(ctx, opt)
	return err
}

// crash stops the machine somewhere in a run, and starts it again with what survived.
func (g *game) crash() error {
	after, seed := 1+g.rng.IntN(400), g.rng.Uint64()
	g.note("crash after %d calls", after)
	g.disk.StopAt(g.disk.Calls() + after)
	err := g.runAll()
	g.disk = g.mem(g.disk.Crash(vfs.KeepSome(seed)))
	if !isStop(err) {
		return err
	}
	return nil
}

func (g *game) harmState() {
	name := g.stateFile("t")
	data, err := vfs.ReadFile(g.disk, name)
	if err != nil || len(data) == 0 {
		return
	}
	what := pickOf(g.rng, "lost", "damaged", "older", "copied")
	g.note("state %s", what)
	switch what {
	case "lost":
		_ = g.disk.Remove(name)
	case "damaged":
		data[g.rng.IntN(len(data))] ^= 1 << g.rng.IntN(8)
		_ = replaced(g.disk, name, data)
	case "older":
		if g.older != nil {
			_ = replaced(g.disk, name, g.older)
		}
	default:
		g.older = data
	}
}

// want is the fold of the events.
func (g *game) want() []string {
	if g.s.kind != "append" {
		return fold(g.s.kind, g.events)
	}
	var rows []string
	for _, line := range g.events {
		var e struct {
			ID      string
			Seq     int64
			Op, Val *string
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			panic(err)
		}
		if e.Op != nil && *e.Op == "skip" {
			continue
		}
		val := "-"
		if e.Val != nil {
			val = *e.Val
		}
		rows = append(rows, fmt.Sprintf("%s %d %s", e.ID, e.Seq, val))
	}
	slices.Sort(rows)
	return rows
}

// read compares a table that has caught up.
func (g *game) read() error {
	rows, err := g.tryRows("t")
	if err != nil {
		return err
	}
	if want := g.want(); !slices.Equal(want, rows) {
		return fmt.Errorf("in the middle the table is %q, not %q", rows, want)
	}
	return nil
}

// finish lets the last files come and compares rows and what is set aside.
func (g *game) finish(how string) {
	g.arrive("f")
	if err := g.runAll(); err != nil {
		g.y.Failed(how, "the last run: %v\nafter %s", err, strings.Join(g.log, "; "))
		return
	}
	rows, err := g.tryRows("t")
	if err != nil {
		g.y.Failed(how, "%v\nafter %s", err, strings.Join(g.log, "; "))
		return
	}
	set := 0
	err = g.s.pipeline().QuarantineList(context.Background(), g.options(), "", func(*Rejected) { set++ })
	if err != nil || set != g.bad {
		g.y.Failed(how, "%d records are set aside, not %d: %v\nafter %s", set, g.bad, err, strings.Join(g.log, "; "))
		return
	}
	g.y.Rows(how+"\nafter "+strings.Join(g.log, "; "), g.want(), rows)
}
