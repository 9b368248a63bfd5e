package flow

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// Here bits are flipped on disk. What is damaged must be noticed, by an error that names the file or by building anew what
// can be, or must not matter: it is never used in silence.

// flipped is a table in the middle of its life: a once flow that is half read, records set aside, a merge log, rows that
// have moved.
var flipped = spec{table: "t", kind: "slim", live: []string{"f"}, once: []string{"old"}, maxFiles: 1, allowEmpty: true}

var flippedEnds = []string{"t: c n", "t: b z", "t: k x", "t: g x", "t set aside: f in/f/1.json:4 {broken",
	"t: flow f has read 3 files", "t: flow old has read 2 files"}

type flips struct {
	*world
	start *vfs.Mem
	most  int // cases of the long form; 0 is mostFlips
}

func (p *flips) run() error {
	_, err := p.tryRun(flipped)
	return err
}

// newFlips makes the table up to the middle.
func newFlips(t *testing.T, memory int64) *flips {
	p := &flips{world: newWorld(t)}
	p.memory = memory
	m := p.mem(nil)
	p.folder("f")
	p.put("old/1.json", ev("c", 1, "", "z"), ev("a", 0, "", "w"))
	p.put("old/2.json", ev("g", 1, "", "x"))
	ctx, stop := context.WithCancel(t.Context())
	opt := p.options()
	opt.Observer = onCommit{&p.log, stop} // after the first file of two
	if _, err := flipped.pipeline().Run(ctx, opt); err != nil {
		t.Fatal(err)
	}
	p.put("f/1.json", ev("a", 1, "", "x"), ev("b", 2, "", "x"), ev("e", 1, "d", ""), "{broken")
	before := len(p.log.events)
	ctx, stop = context.WithCancel(t.Context())
	opt.Observer = onCommit{&p.log, stop}
	if _, err := flipped.pipeline().Run(ctx, opt); err != nil {
		t.Fatalf("%v, %q", err, p.log.events[before:])
	}
	p.start = m
	return p
}

// goOn lets the last files come, and gives where the table ends.
func (p *flips) goOn() ([]string, error) {
	if err := p.run(); err != nil {
		return nil, err
	}
	return p.stand([]spec{flipped})
}

// bring makes the files that every case reads in the end.
func (p *flips) bring() {
	p.put("f/2.json", ev("a", 2, "d", ""), ev("b", 3, "", "z"), ev("c", 0, "", "late"), ev("e", 1, "", "-"), ev("e", 2, "d", ""))
	p.put("f/3.json", ev("c", 2, "", "n"), ev("a", 1, "", "late"), ev("k", 1, "", "x"))
}

// files gives the disk's files below a folder.
func listAll(t *testing.T, fsys vfs.FS, dir string) (names []string) {
	t.Helper()
	entries, err := fsys.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if e.IsDir() {
			names = append(names, listAll(t, fsys, name)...)
		} else {
			names = append(names, name)
		}
	}
	return names
}

// mostFlips bounds the cases of the long form, for files that are larger than a few kilobytes.
const mostFlips = 8000

// flip tries every bit of the named files, or, of large ones and in the short form, some all over them. anew reports that
// the damage is to be told of and mended, not refused.
func (p *flips) flip(t *testing.T, y *faults.Tally, names []string, anew bool) {
	p.bring()
	calm := p.start.Crash(vfs.KeepAll)
	p.mem(calm)
	if got, err := p.goOn(); err != nil || !slices.Equal(slices.Sorted(slices.Values(flippedEnds)), slices.Sorted(slices.Values(got))) {
		t.Fatalf("undisturbed: %v\n%q", err, got)
	}
	bytesOf := map[string][]byte{}
	total := 0
	for _, name := range names {
		data, err := vfs.ReadFile(p.start, name)
		if err != nil {
			t.Fatal(err)
		}
		bytesOf[name] = data
		total += len(data)
	}
	y.Note("%d files of %d bytes", len(names), total)
	step := 8*total/150 | 1
	if faults.Long() {
		step = 8*total/cmp.Or(p.most, mostFlips) | 1
	}
	if step > 1 {
		y.Note("every %dth bit", step)
	}
	var group sync.WaitGroup
	const halves = 2
	for half := range halves {
		group.Go(func() {
			own := &flips{world: &world{t: p.t, dir: p.dir, memory: p.memory}, start: p.start}
			n := 0
			for _, name := range names {
				for bit := range 8 * len(bytesOf[name]) {
					if n++; n%(halves*step) == half*step%(halves*step) && !t.Failed() {
						own.one(y, name, bytesOf[name], bit, anew)
					}
				}
			}
		})
	}
	group.Wait()
}

func (p *flips) one(y *faults.Tally, name string, clean []byte, bit int, anew bool) {
	m := p.mem(p.start.Crash(vfs.KeepAll))
	data := bytes.Clone(clean)
	data[bit/8] ^= 1 << (bit % 8)
	how := fmt.Sprintf("bit %d of byte %d of %s", bit%8, bit/8, filepath.Base(name))
	if err := replaced(m, name, data); err != nil {
		y.Failed(how, "%v", err)
		return
	}
	p.log.events = nil
	got, err := p.goOn()
	switch {
	case err == nil:
		if anew && !p.log.has("is built from the table") {
			y.Failed(how, "nobody was told: %q", p.log.events)
			return
		}
		y.Rows(how, flippedEnds, got)
	case anew:
		y.Failed(how, "%v", err)
	case strings.Contains(err.Error(), "panic"):
		y.Failed(how, "%v", err)
	default: // noticed; with the file as it was, all goes on
		if err := replaced(m, name, clean); err != nil {
			y.Failed(how, "%v", err)
			return
		}
		got, err := p.goOn()
		if err != nil {
			y.Failed(how, "put back: %v", err)
			return
		}
		y.Rows(how+", put back", flippedEnds, got)
	}
}

// replaced puts other content into a file.
func replaced(fsys vfs.FS, name string, data []byte) error {
	if err := fsys.Remove(name); err != nil {
		return err
	}
	return vfs.WriteFile(fsys, name, data)
}

func matching(names []string, parts ...string) (some []string) {
	for _, name := range names {
		if slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(name, part) }) {
			some = append(some, name)
		}
	}
	return some
}

// TestFaultFlippedState is of the snapshot of the key index, in one piece and in pages.
func TestFaultFlippedState(t *testing.T) {
	for name, memory := range map[string]int64{"state in memory": 0, "state in pages": 2} {
		t.Run(name, func(t *testing.T) {
			y := faults.Begin(t, "bits flipped: "+name)
			p := newFlips(t, memory)
			names := matching(listAll(t, p.start, filepath.Join(p.dir, ".seamflow")), "/state/")
			if len(names) == 0 {
				t.Fatal("no snapshot")
			}
			if paged := len(matching(names, "manifest")) > 0; paged != (memory > 0) {
				t.Fatalf("files %q", names)
			}
			p.flip(t, y, names, true)
		})
	}
}

// TestFaultFlippedProgress is of the commits that hold progress, and of the files that progress names.
func TestFaultFlippedProgress(t *testing.T) {
	y := faults.Begin(t, "bits flipped: progress, merge log, side files")
	p := newFlips(t, 0)
	p.most = 100_000 // every bit of progress, whatever it takes
	all := listAll(t, p.start, filepath.Join(p.dir, "tables", "t"))
	log := matching(all, "_delta_log")
	names := append(log[len(log)-1:], matching(all, "_seamflow/files", "_seamflow/frozen", "_seamflow/once", "_seamflow/merge")...)
	if len(names) < 3 {
		t.Fatalf("files %q of %q", names, all)
	}
	p.flip(t, y, names, false)
}

// TestFaultFlippedCheckpoint: the log before it is gone, so that progress is in the checkpoint alone.
func TestFaultFlippedCheckpoint(t *testing.T) {
	y := faults.Begin(t, "bits flipped: checkpoint")
	p := newFlips(t, 0)
	dir := filepath.Join(p.dir, "tables", "t")
	table, err := delta.Open(t.Context(), p.start, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	for v := range table.Version() {
		if err := p.start.Remove(filepath.Join(dir, "_delta_log", fmt.Sprintf("%020d.json", v))); err != nil {
			t.Fatal(err)
		}
	}
	names := matching(listAll(t, p.start, filepath.Join(dir, "_delta_log")), ".checkpoint.", "_last_checkpoint")
	if len(names) != 2 {
		t.Fatalf("files %q", names)
	}
	p.flip(t, y, names, false)
	p.flipNames(y, matching(names, ".checkpoint.")[0], "domainMetadata", "domain", "configuration", "add", "path", "deletionVector")
}

// flipNames flips the bits of names of columns, which say where in the file progress is.
func (p *flips) flipNames(y *faults.Tally, name string, columns ...string) {
	clean, err := vfs.ReadFile(p.start, name)
	if err != nil {
		p.t.Fatalf("%v", err)
	}
	for _, column := range columns {
		for at := bytes.Index(clean, []byte(column)); at >= 0 && at < len(clean); {
			for bit := range 8 {
				if bit%4 == 0 || faults.Long() {
					p.one(y, name, clean, 8*at+bit, false)
				}
			}
			next := bytes.Index(clean[at+1:], []byte(column))
			if next < 0 {
				break
			}
			at += 1 + next
		}
	}
}
