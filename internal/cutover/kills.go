package cutover

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// Cluster starts a broker for one round, and gives its address and how to end it.
type Cluster func(ctx context.Context) (addr string, stop func(), err error)

// Kills goes through the story again and again, killing processes at random moments, until that has been done so many
// times. Every round ends with a comparison of the whole table.
type Kills struct {
	Tools   *Tools
	Cluster Cluster
	Dir     string // for the rounds' folders
	Want    int
	Seed    uint64
	Tally   *faults.Tally

	Done    int            // kills of a running process
	Rounds  int            // times through the story
	ByStage map[string]int // kills

	perStage int // kills in each of a round's stages; 0 is 4
	rng      *rand.Rand
}

// Run kills.
func (k *Kills) Run(ctx context.Context) error {
	k.rng = rand.New(rand.NewPCG(k.Seed, 3))
	k.ByStage = map[string]int{}
	if k.perStage == 0 {
		k.perStage = 4
	}
	k.Tally.Note("seed %d", k.Seed)
	for k.Done < k.Want {
		before := k.Done
		if err := k.round(ctx); err != nil {
			return fmt.Errorf("round %d, seed %d: %w", k.Rounds, k.Seed, err)
		}
		if k.Done == before {
			return errors.New("a round went by without a kill")
		}
	}
	var stages []string
	for _, s := range stagesOfKills {
		stages = append(stages, fmt.Sprintf("%s %d", s.name, k.ByStage[s.name]))
	}
	k.Tally.Note("%d kills in %d rounds: %s", k.Done, k.Rounds, strings.Join(stages, ", "))
	return nil
}

// stageOfKills is a part of a round: what runs, and what days events are of. next is the version that takes over.
type stageOfKills struct {
	name      string
	old, next string
	from, to  Day
	files     bool // the batch job goes on
	twins     bool // two processes share the partitions
}

var stagesOfKills = []stageOfKills{
	{"V1", "v1", "", Cutover - 14, Cutover - 7, true, false},
	{"V1 to V2", "v1", "v2", Cutover - 7, Cutover, true, false},
	{"V2", "v2", "", Cutover - 3, Cutover + 7, true, false},
	{"V2 to V3", "v2", "v3", Cutover + 4, Cutover + 14, false, false},
	{"V3", "v3", "", Cutover + 14, Cutover + 21, false, false},
	{"V3 twice", "v3", "", Cutover + 21, Cutover + 28, false, true},
}

// disturbed is a round.
type disturbed struct {
	*Kills
	world  *World
	client *kgo.Client
	ledger Ledger
	files  int
}

func (k *Kills) round(ctx context.Context) error {
	k.Rounds++
	addr, stop, err := k.Cluster(ctx)
	if err != nil {
		return err
	}
	defer stop()
	dir := filepath.Join(k.Dir, fmt.Sprintf("round-%03d", k.Rounds))
	world, client, err := withTopic(ctx, k.Tools, filepath.Join(dir, "wild"), addr, 3)
	if err != nil {
		return err
	}
	defer world.Close()
	defer client.Close()
	d := &disturbed{Kills: k, world: world, client: client}
	for _, s := range stagesOfKills {
		if s.next == "v3" { // the batch job has ended, and what it wrote is read before the files' flow goes
			if err := d.settle("v2"); err != nil {
				return err
			}
		}
		for i := 0; i < k.perStage && k.Done < k.Want; i++ {
			if err := d.disturb(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	if err := d.settle("v3"); err != nil {
		return err
	}
	if err := d.compare(ctx, filepath.Join(dir, "calm")); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// settle runs a version to the end of what is there.
func (d *disturbed) settle(version string) error {
	p, err := d.world.Start(version, "--available-now")
	if err != nil {
		return err
	}
	return p.Wait(time.Minute)
}

// disturb runs what a stage runs, brings events, and kills.
func (d *disturbed) disturb(ctx context.Context, s stageOfKills) error {
	if s.twins {
		return d.killTwins(ctx, s)
	}
	p, err := d.world.Start(s.old, "--wait", "30s") // the next one may be first
	if err != nil {
		return err
	}
	if err := d.bring(ctx, s); err != nil {
		return err
	}
	if s.next == "" {
		d.pause(1200)
		return d.kill(ctx, s, p)
	}
	d.pause(600)
	next, err := d.world.Start(s.next, "--wait", "30s")
	if err != nil {
		return err
	}
	d.pause(400)
	if err := d.bring(ctx, s); err != nil {
		return err
	}
	return d.handOver(ctx, s, p, next)
}

// killTwins kills one of two processes that share the topic, and then the other one.
func (d *disturbed) killTwins(ctx context.Context, s stageOfKills) error {
	var twins []*Process
	for range 2 {
		p, err := d.world.Start(s.old, "--shared", "--wait", "30s")
		if err != nil {
			return err
		}
		twins = append(twins, p)
		d.pause(400)
	}
	d.rng.Shuffle(2, func(i, j int) { twins[i], twins[j] = twins[j], twins[i] })
	for _, p := range twins {
		if err := d.bring(ctx, s); err != nil {
			return err
		}
		d.pause(1200)
		if err := d.kill(ctx, s, p); err != nil {
			return err
		}
	}
	return nil
}

// handOver kills the old process while it drains, the new one while it waits, or the new one as it takes over.
func (d *disturbed) handOver(ctx context.Context, s stageOfKills, old, next *Process) error {
	switch d.rng.IntN(3) {
	case 0:
		if err := old.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		d.pause(60)
		if err := d.kill(ctx, s, old); err != nil {
			return err
		}
		d.pause(600)
		return d.kill(ctx, s, next)
	case 1:
		if err := d.kill(ctx, s, next); err != nil {
			return err
		}
		_, err := old.Drain(time.Minute)
		return err
	}
	if _, err := old.Drain(time.Minute); err != nil {
		return err
	}
	d.pause(600)
	return d.kill(ctx, s, next)
}

func (d *disturbed) pause(most int) {
	time.Sleep(time.Duration(d.rng.IntN(1000*most)) * time.Microsecond)
}

// kill kills a process; whatever it was doing, nothing may be in the table twice, or that should not be there.
func (d *disturbed) kill(ctx context.Context, s stageOfKills, p *Process) error {
	ran, err := p.Kill()
	if err != nil {
		return err
	}
	if !ran {
		return nil
	}
	d.Done++
	d.ByStage[s.name]++
	there, err := readTable(ctx, d.world.Table())
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, delta.ErrNotExist) {
		there, err = nil, nil // killed before it made the table
	}
	if err != nil {
		return err
	}
	if v := judge(d.ledger.all(), there, func(*written) bool { return true }); len(v.Repeated)+len(v.Wrong) > 0 {
		d.Tally.Failed(fmt.Sprintf("kill %d (%s), seed %d", d.Done, s.name, d.Seed), "repeated: %s; wrong: %s", brief(v.Repeated), brief(v.Wrong))
		return nil
	}
	d.Tally.Held()
	return nil
}

// bring writes events of a stage's days: to the topic, and to files while there is a batch job.
func (d *disturbed) bring(ctx context.Context, s stageOfKills) error {
	var records []*kgo.Record
	for range 1 + d.rng.IntN(3) {
		var lines []byte
		var numbers []int
		for range 20 + d.rng.IntN(200) {
			day := s.from + Day(d.rng.IntN(int(s.to-s.from)))
			n := d.ledger.add(day, 0)
			line := appendEvent(nil, n, day, time.Unix(int64(day)*24*3600, 0))
			records = append(records, &kgo.Record{Topic: Topic, Value: line})
			lines, numbers = append(append(lines, line...), '\n'), append(numbers, n)
		}
		if s.files {
			if err := writeFile(d.world.Files(), fmt.Sprintf("actions-%04d.json", d.files), lines); err != nil {
				return err
			}
			d.files++
			d.ledger.inFile(numbers, time.Now().UnixMicro())
		}
	}
	for _, r := range d.client.ProduceSync(ctx, records...) {
		if r.Err != nil {
			return r.Err
		}
		n, _, err := eventOf(r.Record.Value)
		if err != nil {
			return err
		}
		d.ledger.inTopic(n, r.Record.Timestamp.UnixMicro())
	}
	return nil
}

// compare holds the table against that of a run that nobody disturbed, on the same files and the same topic, row by row,
// and both against the topic, message by message.
func (d *disturbed) compare(ctx context.Context, dir string) error {
	calm, err := NewWorld(d.Tools, dir, d.world.Addr)
	if err != nil {
		return err
	}
	defer calm.Close()
	if err := errors.Join(os.Remove(calm.Files()), os.Symlink(d.world.Files(), calm.Files())); err != nil {
		return err
	}
	for _, version := range []string{"v2", "v3"} {
		p, err := calm.Start(version, "--available-now")
		if err != nil {
			return err
		}
		if err := p.Wait(time.Minute); err != nil {
			return err
		}
	}
	want, err := rows(ctx, calm.Table())
	if err != nil {
		return err
	}
	got, err := rows(ctx, d.world.Table())
	if err != nil {
		return err
	}
	how := fmt.Sprintf("round %d, after %d kills, seed %d", d.Rounds, d.Done, d.Seed)
	d.Tally.Rows(how, want, got)
	return comparePlaces(ctx, d.world, &d.ledger, d.Tally, how)
}

// comparePlaces goes through the topic: each (partition, offset) of the cutover's day and later is one row. What came from
// files is held against what was written.
func comparePlaces(ctx context.Context, w *World, ledger *Ledger, y *faults.Tally, how string) error {
	there, err := readTable(ctx, w.Table())
	if err != nil {
		return err
	}
	var want, got []string
	var bad error
	if err := readTopic(ctx, w.Addr, func(at place, value []byte) {
		n, day, err := eventOf(value)
		if err != nil || day < Cutover {
			bad = errors.Join(bad, err)
			return
		}
		name := fmt.Sprintf("partition %d, offset %d", at.partition, at.offset)
		want = append(want, name)
		for range there[n] {
			got = append(got, name)
		}
	}); err != nil {
		return err
	}
	y.Rows(how+", by partition and offset", want, got)
	v := judge(ledger.all(), there, func(*written) bool { return true })
	if !v.Good() || v.There != v.Expected {
		y.Failed(how, "%d events of %d: lost %s; repeated %s; wrong %s", v.There, v.Expected, brief(v.Lost), brief(v.Repeated), brief(v.Wrong))
	}
	return bad
}

// rows gives a table's rows as text, sorted.
func rows(ctx context.Context, dir string) (all []string, err error) {
	table, err := delta.Open(ctx, vfs.OS(), dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, f := range table.Files() {
		paths = append(paths, f.Path)
	}
	leaves := column.NewLeaves(table.Schema())
	err = table.Scan(ctx, leaves, func(int) bool { return true }, paths, func(string, uint32) { all = append(all, readers.Row(leaves)) })
	slices.Sort(all)
	return all, err
}
