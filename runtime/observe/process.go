package observe

import (
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var started = time.Now()

// writeProcess writes what the process takes, by the names that all Prometheus clients have for it. What the system does
// not tell is left out.
func writeProcess(w *exposition) {
	gauge := func(name, help string, v float64) {
		w.family(name, "gauge", help)
		w.sample(name, v)
	}
	gauge("process_start_time_seconds", "Start time of the process since 1970.", float64(started.UnixMilli())/1e3)
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) == nil {
		w.family("process_cpu_seconds_total", "counter", "User and system CPU time spent.")
		w.sample("process_cpu_seconds_total", seconds(used.Utime)+seconds(used.Stime))
	}
	if n, ok := resident(); ok {
		gauge("process_resident_memory_bytes", "Resident memory.", float64(n))
	}
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/sched/goroutines:goroutines"}}
	metrics.Read(samples)
	gauge("go_memstats_heap_alloc_bytes", "Bytes of heap that are in use.", float64(samples[0].Value.Uint64()))
	gauge("go_goroutines", "Goroutines that there are.", float64(samples[1].Value.Uint64()))
}

func seconds(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

// resident reads Linux's statm: the second number is in pages.
func resident() (int64, bool) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err == nil
}
