package flow

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// Here two processes want one table. The lock is flock's: the kernel gives it back when its owner ends, and not before, so
// that an owner who is stopped still is one. It can only be lost by somebody who removes the lock file; then the log itself
// decides, commit by commit, whose view is stale.

const ownerDirEnv = "FLOW_TEST_OWNER_DIR"

// TestOwnerProcess is no test: it is the other process. It says "linking" before it puts a version into a log, and waits for
// a line before it does so.
func TestOwnerProcess(t *testing.T) {
	dir := os.Getenv(ownerDirEnv)
	if dir == "" {
		t.Skip("runs in a process of its own")
	}
	w := &world{t: t, dir: dir, fs: vfs.OS()}
	opt := w.options()
	opt.FS = pausing{vfs.OS(), bufio.NewReader(os.Stdin)}
	s := owned(os.Getenv("FLOW_TEST_OWNER_KIND"))
	_, err := s.pipeline().Run(t.Context(), opt)
	fmt.Printf("exit %d: %v\n", ExitCode(err), err)
}

// pausing is a file system that asks before it links.
type pausing struct {
	vfs.FS
	in *bufio.Reader
}

func (p pausing) Link(from, to string) error {
	os.Stdout.WriteString("linking\n")
	_, _ = p.in.ReadString('\n')
	return p.FS.Link(from, to)
}

func owned(kind string) spec { return spec{kind: kind, live: []string{"f"}, maxFiles: 1} }

// other is the other process.
type other struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startOther(t *testing.T, w *world, kind string) *other {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestOwnerProcess$", "-test.v")
	cmd.Env = append(os.Environ(), ownerDirEnv+"="+w.dir, "FLOW_TEST_OWNER_KIND="+kind, faults.OutEnv+"=")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGCONT)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &other{cmd, in, bufio.NewReader(out)}
}

// says waits for a line that begins with one of these.
func (o *other) says(t *testing.T, starts ...string) string {
	t.Helper()
	for {
		line, err := o.out.ReadString('\n')
		for _, start := range starts {
			if strings.HasPrefix(line, start) {
				return line
			}
		}
		if err != nil {
			t.Fatalf("the other process ended: %v", err)
		}
	}
}

// upTo lets it make n versions, up to where it would link the next one.
func (o *other) upTo(t *testing.T, n int) {
	t.Helper()
	for o.says(t, "linking"); n > 0; n-- {
		o.say(t)
		o.says(t, "linking")
	}
}

func (o *other) say(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(o.in, "go on\n"); err != nil && !errors.Is(err, syscall.EPIPE) {
		t.Fatal(err)
	}
}

// goOn lets it work to its end.
func (o *other) goOn(t *testing.T) string {
	t.Helper()
	for {
		o.say(t)
		if line := o.says(t, "linking", "exit"); strings.HasPrefix(line, "exit") {
			return line
		}
	}
}

func ownedFiles(w *world) {
	for n := range 6 {
		w.put(fmt.Sprintf("f/%d.json", n), ev(fmt.Sprintf("k%d", n), 1, "", "x"), ev("same", n, "", "y"))
	}
}

var ownedEnds = map[string][]string{
	"row": {"k0 1 x", "k1 1 x", "k2 1 x", "k3 1 x", "k4 1 x", "k5 1 x", "same 5 y"},
	"append": {"k0 1 x", "k1 1 x", "k2 1 x", "k3 1 x", "k4 1 x", "k5 1 x",
		"same 0 y", "same 1 y", "same 2 y", "same 3 y", "same 4 y", "same 5 y"},
}

// TestFaultSecondWriter starts a second process while the first is at work, stopped, and at work again.
func TestFaultSecondWriter(t *testing.T) {
	y := faults.Begin(t, "second writer: refused while the first is, or is stopped")
	for kind, ends := range ownedEnds {
		w := newWorld(t)
		ownedFiles(w)
		first := startOther(t, w, kind)
		first.upTo(t, 2)
		for _, signal := range []syscall.Signal{0, syscall.SIGSTOP, syscall.SIGCONT} {
			if err := first.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			opt := w.options()
			opt.Wait = 20 * time.Millisecond
			_, err := owned(kind).pipeline().Run(t.Context(), opt)
			if ExitCode(err) != ExitEnvironment || !strings.Contains(err.Error(), fmt.Sprint(first.cmd.Process.Pid)) {
				y.Failed(kind, "after signal %d: exit %d, %v: want 3 and who owns the table", signal, ExitCode(err), err)
			}
		}
		if end := first.goOn(t); !strings.HasPrefix(end, "exit 0") {
			y.Failed(kind, "the first: %s", end)
		}
		w.run(owned(kind))
		y.Rows(kind, ends, w.rows("t"))
	}
}

// TestFaultStaleOwner takes the table from an owner who is asleep, by removing the lock file, and wakes it: each of its
// commits was made for a table that has gone on, and none may be repeated or lost.
func TestFaultStaleOwner(t *testing.T) {
	y := faults.Begin(t, "stale owner wakes, the lock file removed")
	rounds := 2
	if faults.Long() {
		rounds = 20
	}
	for round := range rounds {
		for kind, ends := range ownedEnds {
			w := newWorld(t)
			ownedFiles(w)
			first := startOther(t, w, kind)
			first.upTo(t, 1+round%3) // the table, and some batches; one more is written
			if err := first.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(w.dir, "tables/t/_seamflow/owner.lock")); err != nil {
				t.Fatal(err)
			}
			commits, stop := round%4, func() {}
			ctx, cancel := context.WithCancel(t.Context())
			opt := w.options()
			opt.Observer = onCommit{&w.log, func() {
				if commits--; commits == 0 {
					stop()
				}
			}}
			stop = cancel
			if _, err := owned(kind).pipeline().Run(ctx, opt); err != nil { // all of the rest, or some batches
				y.Failed(kind, "round %d, the second: %v", round, err)
			}
			cancel()
			if err := first.cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			end := first.goOn(t)
			w.run(owned(kind))
			y.Rows(fmt.Sprintf("%s, round %d, the first ended with %s", kind, round, end), ends, w.rows("t"))
		}
	}
}

// TestFaultTwoWriters lets two processes run through the same files at the same time, with a lock that excludes nobody.
func TestFaultTwoWriters(t *testing.T) {
	y := faults.Begin(t, "two writers at once, with no lock between them")
	rounds := 4
	if faults.Long() {
		rounds = 60
	}
	for round := range rounds {
		for kind, ends := range ownedEnds {
			w := newWorld(t)
			ownedFiles(w)
			done := make(chan error)
			for range 2 {
				go func() {
					opt := w.options()
					opt.FS = lockless{vfs.OS()}
					opt.Observer = observe.Discard{}
					_, err := owned(kind).pipeline().Run(context.Background(), opt)
					done <- err
				}()
			}
			errs := []error{<-done, <-done}
			w.run(owned(kind))
			y.Rows(fmt.Sprintf("%s, round %d, %v", kind, round, errs), ends, w.rows("t"))
		}
	}
}

// lockless is a file system whose locks lock nothing, as when each process has another lock file.
type lockless struct{ vfs.FS }

func (lockless) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }
