package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/seamflow/seamflow/bench/measure"
)

// seamflow is the pipeline, its folder and, while it runs, its process.
type seamflow struct {
	dir, binary string
	proc        *exec.Cmd
	said        bytes.Buffer
	seen        int64 // the newest version that was looked at
	commit      commit
}

// commit is a version of the table, as far as it says what is asked here.
type commit struct {
	operation string
	read      int64
	adds      int64 // bytes of new data files
}

const (
	patience = 5 * time.Minute
	tick     = 200 * time.Microsecond // between looks at the log
)

func (s *seamflow) log() string { return filepath.Join(s.dir, "orders", "_delta_log") }

func (s *seamflow) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.binary, append([]string{"run", "--data", s.dir}, args...)...)
	cmd.Stdout, cmd.Stderr = &s.said, &s.said
	return cmd
}

// start begins a run that goes on.
func (s *seamflow) start() error {
	if err := s.skip(); err != nil {
		return err
	}
	s.proc = s.command()
	return s.proc.Start()
}

// stop drains the run, and gives its peak resident set.
func (s *seamflow) stop() (int64, error) {
	if err := s.proc.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	if err := s.proc.Wait(); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, s.said.String())
	}
	usage, _ := s.proc.ProcessState.SysUsage().(*syscall.Rusage)
	return usage.Maxrss << 10, nil
}

// kill ends the run that a failure left behind.
func (s *seamflow) kill() {
	if s.proc != nil && s.proc.ProcessState == nil {
		_ = s.proc.Process.Kill()
		_ = s.proc.Wait()
	}
}

// offer puts a file into the source's folder, by rename.
func (s *seamflow) offer(set string) error {
	name := filepath.Join(s.dir, "data", filepath.Base(set))
	if err := os.Link(set, name+".part"); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}

// take offers a set of n changes to the running pipeline, and gives what it took until the version was there.
func (s *seamflow) take(set string, n int) (measure.Figures, error) {
	before, err := s.cpu()
	if err != nil {
		return measure.Figures{}, err
	}
	if err := s.offer(set); err != nil {
		return measure.Figures{}, err
	}
	began := time.Now()
	if err := s.await(int64(n), began); err != nil {
		return measure.Figures{}, err
	}
	f := measure.Figures{Wall: time.Since(began)}
	after, err := s.cpu()
	f.CPU = after - before
	return f, err
}

// await waits for the version that has read n records.
func (s *seamflow) await(n int64, began time.Time) error {
	for {
		c, err := s.next()
		switch {
		case err == nil && c.operation == "SEAMFLOW APPLY CHANGES" && c.read == n:
			s.commit = c
			return nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		case time.Since(began) > patience:
			return fmt.Errorf("no version came within %s:\n%s", patience, s.said.String())
		case err != nil:
			time.Sleep(tick)
		}
	}
}

// skip passes over the versions that are there.
func (s *seamflow) skip() error {
	for {
		if _, err := s.next(); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// next reads the next version, if it is there.
func (s *seamflow) next() (c commit, err error) {
	text, err := os.ReadFile(filepath.Join(s.log(), fmt.Sprintf("%020d.json", s.seen+1)))
	if err != nil {
		return c, err
	}
	s.seen++
	for line := range bytes.Lines(text) {
		var a struct {
			CommitInfo *struct {
				Operation        string
				OperationMetrics map[string]string
			}
			Add *struct {
				Path string
				Size int64
			}
			Remove *struct{ Path string }
		}
		if err := json.Unmarshal(line, &a); err != nil {
			return c, err
		}
		switch {
		case a.CommitInfo != nil:
			c.operation = a.CommitInfo.Operation
			c.read, _ = strconv.ParseInt(a.CommitInfo.OperationMetrics["rowsRead"], 10, 64)
		case a.Add != nil && !bytes.Contains(text, []byte(`{"remove":{"path":"`+a.Add.Path+`"`)): // else it has a new vector
			c.adds += a.Add.Size
		}
	}
	return c, nil
}

// untilDone runs the pipeline over what is there. It gives what the process took, and of wall time what it took until the
// version was there.
func (s *seamflow) untilDone() (measure.Figures, time.Duration, error) {
	cmd := s.command("--available-now")
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return measure.Figures{}, 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var visible time.Duration
	for {
		if visible == 0 {
			if c, err := s.next(); err == nil && c.operation == "SEAMFLOW APPLY CHANGES" {
				visible, s.commit = time.Since(began), c
			}
		}
		select {
		case err := <-ended:
			if err != nil {
				return measure.Figures{}, 0, fmt.Errorf("%w\n%s", err, s.said.String())
			}
			f := measure.Figures{Wall: time.Since(began), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
			if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
				f.Peak = usage.Maxrss << 10
			}
			return f, visible, s.skip()
		case <-time.After(tick):
		}
	}
}

// forget removes the state.
func (s *seamflow) forget() error { return os.RemoveAll(filepath.Join(s.dir, ".seamflow", "state")) }

// cpu is what the running process has used, in the kernel's ticks.
func (s *seamflow) cpu() (time.Duration, error) { return cpuOf(s.proc.Process.Pid) }

func cpuOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest) // from the third on
	var ticks int64
	for _, f := range fields[11:15] { // user and system time, of its own and of children that have ended
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100), nil
}

// written is what the running process has written by system calls, to anything.
func (s *seamflow) written() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", s.proc.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		if n, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("wchar: ")); ok {
			return strconv.ParseInt(string(n), 10, 64)
		}
	}
	return 0, errors.New("the kernel does not say what a process writes")
}
