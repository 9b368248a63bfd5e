// Command state measures the key index of runtime/state, in memory and paged to disk, and Pebble under the same load: what
// a key costs when it is new and when it is known, and what saving and loading cost.
//
//	cd bench && go run ./state -keys 5000000 -memory 64
//	cd bench && go run ./state -keys 5000000 -memory 64 -store pebble
//
// It prints a row of a Markdown table per phase. CPU is user and system time of the process over the phase; memory is the
// peak resident set as the kernel counts it. Keys come in random order, a million of random ones are looked up and set.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"
)

// store is what is measured.
type store interface {
	// set puts a new or a known key, after it was looked up.
	set(key []byte, n uint64) error
	// commit ends a batch.
	commit() error
	// save makes all of it durable.
	save() error
	// close gives up a store that was saved, reopen opens it again.
	close()
	reopen() error
	bytesOnDisk() int64
}

const batch = 100_000 // keys between commits

func main() {
	keys := flag.Uint64("keys", 1_000_000, "keys")
	memory := flag.Int64("memory", 0, "MiB of the whole process, of which the index has half; 0 is no limit")
	kind := flag.String("store", "seamflow", "seamflow or pebble")
	flag.Parse()
	dir, err := os.MkdirTemp("", "seamflow-state-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = measure(*kind, dir, *keys, *memory<<20)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "state:", err)
		os.Exit(1)
	}
}

func measure(kind, dir string, keys uint64, memory int64) error {
	if memory > 0 {
		debug.SetMemoryLimit(memory)
	}
	s, err := open(kind, dir, memory/2)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d keys, %d MiB\n\n", kind, keys, memory>>20)
	fmt.Println("| phase | keys/s | CPU per key | peak memory | on disk |")
	fmt.Println("|---|---:|---:|---:|---:|")
	known := func(n uint64) func(i uint64) uint64 {
		return func(i uint64) uint64 { return mix(i+n) % keys }
	}
	phases := []struct {
		name string
		keys uint64
		pick func(i uint64) uint64
	}{
		{"new", keys, func(i uint64) uint64 { return i }},
		{"known", 1_000_000, known(1)},
		{"save", 0, nil},
		{"load", 0, nil},
		{"known", 1_000_000, known(1 << 40)},
		{"save", 0, nil},
		{"one in 100", keys / 100, known(1 << 41)},
		{"save", 0, nil},
		{"load", 0, nil},
	}
	for _, p := range phases {
		if p.name == "load" {
			s.close()
			debug.FreeOSMemory() // of what was built
		}
		wall, cpu := time.Now(), cpuTime()
		switch p.name {
		case "save":
			err = s.save()
		case "load":
			err = s.reopen()
		default:
			err = put(s, p.keys, p.pick)
		}
		if err != nil {
			return err
		}
		report(p.name, p.keys, time.Since(wall), cpuTime()-cpu, s.bytesOnDisk())
	}
	return nil
}

func put(s store, n uint64, pick func(uint64) uint64) error {
	key := make([]byte, 0, 32)
	for i := range n {
		number := pick(i)
		key = fmt.Appendf(key[:0], "order-%016x", mix(number))
		if err := s.set(key, number); err != nil {
			return err
		}
		if (i+1)%batch == 0 || i+1 == n {
			if err := s.commit(); err != nil {
				return err
			}
		}
	}
	return nil
}

// mix is a bijection, so that keys come in no order.
func mix(i uint64) uint64 {
	i ^= i >> 31
	i *= 0x9e3779b97f4a7c15
	i ^= i >> 29
	i *= 0xbf58476d1ce4e5b9
	return i ^ i>>32
}

func seqOf(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, 1_700_000_000_000_000+n) }

func report(phase string, keys uint64, wall, cpu time.Duration, disk int64) {
	perSecond := fmt.Sprintf("%.0f", float64(keys)/wall.Seconds())
	perKey := fmt.Sprintf("%.2f µs", float64(cpu.Nanoseconds())/1000/float64(keys))
	if keys == 0 {
		perSecond, perKey = fmt.Sprintf("in %.2f s", wall.Seconds()), fmt.Sprintf("%.2f s in all", cpu.Seconds())
	}
	fmt.Printf("| %s | %s | %s | %d MiB | %d MiB |\n", phase, perSecond, perKey, usage().Maxrss>>10, disk>>20)
}

func usage() (ru syscall.Rusage) {
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	return ru
}

func cpuTime() time.Duration {
	ru := usage()
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}
