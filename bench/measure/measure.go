// Package measure runs programs and says what they took.
package measure

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Figures are one finished process's.
type Figures struct {
	CPU, Wall time.Duration // CPU is user and system time
	Peak      int64         // resident set, in bytes, as the kernel counts it
}

// CPUSeconds is CPU as a number for tables.
func (f Figures) CPUSeconds() float64 { return f.CPU.Seconds() }

// WallSeconds is Wall as a number for tables.
func (f Figures) WallSeconds() float64 { return f.Wall.Seconds() }

// PeakMiB is Peak in MiB.
func (f Figures) PeakMiB() float64 { return float64(f.Peak) / (1 << 20) }

func (f Figures) String() string {
	return fmt.Sprintf("%.2f CPU s, %.2f wall s, %d MiB", f.CPUSeconds(), f.WallSeconds(), f.Peak>>20)
}

// Run runs a command to its end. An error has what it said.
func Run(command ...string) (Figures, error) {
	cmd := exec.Command(command[0], command[1:]...)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return Figures{}, fmt.Errorf("%w\n%s", err, said.String())
	}
	f := Figures{Wall: time.Since(start), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.Peak = usage.Maxrss << 10
	}
	return f, nil
}
