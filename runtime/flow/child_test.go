package flow

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/kafka"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/stream"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// A child is a run in a process of its own, which can be killed and stopped.

const (
	childDirEnv    = "FLOW_TEST_CHILD_DIR"
	childKindEnv   = "FLOW_TEST_CHILD_KIND"
	childModeEnv   = "FLOW_TEST_CHILD_MODE" // words: "standby", "shared", "holding", and "next" for one that was built from another spec and waits
	childBrokerEnv = "FLOW_TEST_CHILD_BROKER"
)

// TestChild is no test: it is a child.
func TestChild(t *testing.T) {
	dir := os.Getenv(childDirEnv)
	if dir == "" {
		t.Skip("runs in a process of its own")
	}
	ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGTERM)
	defer stop()
	w := &world{t: t, dir: dir, fs: vfs.OS()}
	opt := w.options()
	mode := os.Getenv(childModeEnv)
	opt.AvailableNow, opt.Standby, opt.Shared, opt.Observer = false, strings.Contains(mode, "standby"), strings.Contains(mode, "shared"), printing{}
	if strings.Contains(mode, "holding") {
		opt.FS = holding{vfs.OS(), dir}
	}
	s := spec{kind: os.Getenv(childKindEnv), live: []string{"f"}}
	if strings.Contains(mode, "next") {
		s.live, opt.Wait = append(s.live, "g"), time.Minute
	}
	if broker := os.Getenv(childBrokerEnv); broker != "" {
		s.topics = map[string]*fakeTopic{"f": newFakeTopic(1)}
		opt.Streams = map[string]stream.Source{"f_topic": kafka.Source(kafka.Spec{Brokers: broker, Topic: "events"})}
	}
	_, err := s.pipeline().Run(ctx, opt)
	fmt.Printf("exit %d: %v\n", ExitCode(err), err)
}

// holding is a file system that tells, once the folder has a file hold, that a version is about to be put into a log, and
// gives time to be stopped there.
type holding struct {
	vfs.FS
	dir string
}

func (h holding) Link(from, to string) error {
	if _, err := os.Stat(filepath.Join(h.dir, "hold")); err == nil && strings.Contains(to, "t/_delta_log") {
		fmt.Println("holds a commit")
		time.Sleep(300 * time.Millisecond)
	}
	return h.FS.Link(from, to)
}

// printing tells the parent what happens.
type printing struct{}

func (printing) Progress(observe.Progress) {}
func (printing) Commit(c observe.Commit)   { fmt.Printf("commit %d\n", c.Version) }
func (printing) Event(e observe.Event)     { fmt.Println(e.Message) }

type child struct {
	recorder
	cmd  *exec.Cmd
	over sync.WaitGroup
}

func (w *world) child(t *testing.T, kind, mode, broker string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")}
	c.cmd.Env = append(os.Environ(), childDirEnv+"="+w.dir, childKindEnv+"="+kind, childModeEnv+"="+mode, childBrokerEnv+"="+broker, faults.OutEnv+"=")
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.over.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			c.Event(observe.Event{Message: lines.Text()})
		}
		_ = c.cmd.Wait()
	})
	t.Cleanup(c.kill)
	return c
}

func (c *child) signal(s syscall.Signal) { _ = c.cmd.Process.Signal(s) }

func (c *child) kill() {
	c.signal(syscall.SIGCONT)
	c.signal(syscall.SIGKILL)
	c.over.Wait()
}

// end stops it in good order.
func (c *child) end(t *testing.T) {
	t.Helper()
	c.signal(syscall.SIGTERM)
	c.over.Wait()
	if !c.has("exit 0") {
		t.Errorf("a process did not end well: %v", c.events)
	}
}

// newest is the table's newest version, -1 for none.
func (w *world) newest() int64 {
	entries, err := os.ReadDir(filepath.Join(w.dir, "tables", "t", "_delta_log"))
	newest := int64(-1)
	for _, e := range entries {
		var v int64
		if _, err := fmt.Sscanf(e.Name(), "%020d.json", &v); err == nil && strings.HasSuffix(e.Name(), ".json") && !strings.HasPrefix(e.Name(), ".") {
			newest = max(newest, v)
		}
	}
	if err != nil {
		return -1
	}
	return newest
}

// nextVersion is how long it takes until the table has a version after v.
func (w *world) nextVersion(t *testing.T, v int64) time.Duration {
	t.Helper()
	began := time.Now()
	for w.newest() <= v {
		if time.Since(began) > time.Minute {
			t.Fatalf("no version came after %d", v)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(began)
}

// live counts the rows of the table.
func (w *world) live(ctx context.Context) (n int64) {
	t, err := delta.Open(ctx, w.fs, filepath.Join(w.dir, "tables", "t"))
	if err != nil {
		return 0
	}
	for _, f := range t.Files() {
		n += f.Rows - f.Dead
	}
	return n
}

// lockTable takes the table as another process would.
func (w *world) lockTable(t *testing.T) (interface{ Close() error }, error) {
	return delta.Lock(t.Context(), w.fs, filepath.Join(w.dir, "tables", "t"), 0, "other")
}

func (w *world) dataFiles(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(w.dir, "tables", "t", "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// watchGaps gives the longest time without a new version, from now until it is asked.
func (w *world) watchGaps() func() time.Duration {
	quit, longest := make(chan struct{}), make(chan time.Duration, 1)
	go func() {
		var most time.Duration
		last, at := w.newest(), time.Now()
		for {
			select {
			case <-quit:
				longest <- max(most, time.Since(at))
				return
			case <-time.After(time.Millisecond):
			}
			if v := w.newest(); v > last {
				most = max(most, time.Since(at))
				last, at = v, time.Now()
			}
		}
	}()
	return func() time.Duration { close(quit); return <-longest }
}
