package cutover

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/seamflow/seamflow/internal/broker"
	"github.com/seamflow/seamflow/internal/readers"
)

// Versions of examples/actions, in their order.
var Versions = []string{"v1", "v2", "v3"}

// Tools are the built programs.
type Tools struct {
	dir      string
	Seamflow string
}

// Build builds the three versions and the seamflow command into a folder.
func Build(ctx context.Context, dir string) (*Tools, error) {
	t := &Tools{dir: dir, Seamflow: filepath.Join(dir, "seamflow")}
	if err := t.build(ctx, ".", t.Seamflow, "./cmd/seamflow"); err != nil {
		return nil, err
	}
	for _, v := range Versions {
		if err := t.build(ctx, "examples", t.Binary(v), "./actions/"+v); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Tools) build(ctx context.Context, module, out, pkg string, flags ...string) error {
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-o", out}, flags...), pkg)...)
	cmd.Dir = filepath.Join(readers.Root(), module)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", pkg, err, said)
	}
	return nil
}

// Binary is a version's program.
func (t *Tools) Binary(version string) string { return filepath.Join(t.dir, version) }

// Spec is a version's spec, below the repository's folder.
func (t *Tools) Spec(version string) string {
	return filepath.Join("examples", "actions", version, "actions.yaml")
}

// World is a folder with tables and files, and a broker.
type World struct {
	Tools *Tools
	Dir   string // --data
	Addr  string // of the broker

	mu      sync.Mutex
	started int
	running map[*Process]bool
}

// NewWorld makes the folders.
func NewWorld(tools *Tools, dir, addr string) (*World, error) {
	w := &World{Tools: tools, Dir: dir, Addr: addr, running: map[*Process]bool{}}
	return w, errors.Join(os.MkdirAll(w.Files(), 0o755), os.MkdirAll(w.logs(), 0o755))
}

// Files is where the batch job writes.
func (w *World) Files() string { return filepath.Join(w.Dir, "data", "clickstream") }

// Table is the folder of the table.
func (w *World) Table() string { return filepath.Join(w.Dir, "tables", "actions") }

func (w *World) logs() string { return filepath.Join(w.Dir, "logs") }

// Process is a running pipeline.
type Process struct {
	Version string
	Log     string // file of what it says
	world   *World
	cmd     *exec.Cmd
	began   time.Time
	done    chan struct{}
	err     error
}

// Start starts a version's program. What it says is in a file of its own.
func (w *World) Start(version string, args ...string) (*Process, error) {
	w.mu.Lock()
	w.started++
	p := &Process{Version: version, Log: filepath.Join(w.logs(), fmt.Sprintf("%03d-%s.log", w.started, version)), world: w, began: time.Now(), done: make(chan struct{})}
	w.mu.Unlock()
	log, err := os.Create(p.Log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd = exec.Command(w.Tools.Binary(version), append(args, "--data", w.Dir)...)
	p.cmd.Env = append(os.Environ(), "KAFKA_BROKERS="+w.Addr)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	err = broker.StartChild(p.cmd, func(err error) {
		p.err = err
		w.mu.Lock()
		delete(w.running, p)
		w.mu.Unlock()
		close(p.done)
	})
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	if p.Running() {
		w.running[p] = true
	}
	w.mu.Unlock()
	return p, nil
}

// Drain asks the process to commit and exit, and waits until it has. Any exit but that of a drained run is an error.
func (p *Process) Drain(within time.Duration) (took time.Duration, err error) {
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, err
	}
	err = p.Wait(within)
	return time.Since(began), err
}

// Wait waits for the process to exit with 0. One that was asked to go before it could listen has done nothing, and ends by
// the signal.
func (p *Process) Wait(within time.Duration) error {
	select {
	case <-p.done:
		if p.err != nil && !p.ended(syscall.SIGTERM) {
			return fmt.Errorf("%s: %w; it said: %s", p.Version, p.err, p.said())
		}
		return nil
	case <-time.After(within):
		_, _ = p.Kill()
		return fmt.Errorf("%s still runs after %v; it said: %s", p.Version, within, p.said())
	}
}

// Kill kills the process and reports whether it still ran. One that was gone by itself with an error gives it.
func (p *Process) Kill() (ran bool, err error) {
	_ = p.cmd.Process.Kill()
	<-p.done
	if p.ended(syscall.SIGKILL) {
		return true, nil
	}
	if p.err != nil && !p.ended(syscall.SIGTERM) {
		return false, fmt.Errorf("%s: %w; it said: %s", p.Version, p.err, p.said())
	}
	return false, nil
}

// ended reports whether a signal ended the process.
func (p *Process) ended(by syscall.Signal) bool {
	var exit *exec.ExitError
	if !errors.As(p.err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == by
}

// Running reports whether the process has not exited.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// said is the end of what the process wrote.
func (p *Process) said() string {
	const most = 2000
	b, err := os.ReadFile(p.Log)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-most):])
}

// Close kills what still runs.
func (w *World) Close() {
	w.mu.Lock()
	var left []*Process
	for p := range w.running {
		left = append(left, p)
	}
	w.mu.Unlock()
	for _, p := range left {
		_, _ = p.Kill()
	}
}

// Command runs a version's program to its end and gives what it printed.
func (w *World) Command(ctx context.Context, version string, args ...string) (string, error) {
	return w.run(ctx, w.Tools.Binary(version), append(args, "--data", w.Dir)...)
}

// Plan gives what `seamflow plan` says of deploying a version now; refused is exit 1.
func (w *World) Plan(ctx context.Context, spec string) (text string, refused bool, err error) {
	text, err = w.run(ctx, w.Tools.Seamflow, "plan", "--connect", "--data", w.Dir, spec)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return text, true, nil
	}
	return text, false, err
}

func (w *World) run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = readers.Root()
	cmd.Env = append(os.Environ(), "KAFKA_BROKERS="+w.Addr)
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %q: %w: %s", filepath.Base(name), args, err, out)
	}
	return string(out), err
}
