package measure

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Machine describes the machine, in one line: processor, memory, kernel, Go.
func Machine() string {
	return fmt.Sprintf("%s, %d CPUs, %s of memory, Linux %s, %s %s/%s",
		field("/proc/cpuinfo", "model name"), runtime.NumCPU(), memory(), line("/proc/sys/kernel/osrelease"), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// Load is what ran on the machine of late, besides what asks: the three load averages.
func Load() string {
	all := strings.Fields(line("/proc/loadavg"))
	return strings.Join(all[:min(3, len(all))], " ")
}

func memory() string {
	var kib int64
	if _, err := fmt.Sscan(field("/proc/meminfo", "MemTotal"), &kib); err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%d GiB", (kib+1<<19)>>20)
}

// field gives what a file has behind the colon of the first line that begins with name, "unknown" where there is none.
func field(file, name string) string {
	text, _ := os.ReadFile(file)
	for l := range bytes.Lines(text) {
		if key, value, ok := bytes.Cut(l, []byte(":")); ok && string(bytes.TrimSpace(key)) == name {
			return string(bytes.TrimSpace(value))
		}
	}
	return "unknown"
}

func line(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}
