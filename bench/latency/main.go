// Command latency measures how long it takes until a file that is renamed into a source's folder is in a committed version
// of the table: small files come at an even rate, to a table that holds some keys already. It prints a Markdown table.
//
//	cd bench && go run ./latency -rate 20 -seconds 60
//
// The pipeline is that of bench/changes, with the settings that it comes with and `settle: 0s`, which says that files are
// renamed into place. A file is in once the version that read its records is in _delta_log, where any reader sees it.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/seamflow/seamflow/bench/measure"
)

type options struct {
	rate, seconds, rows, keys int
	dir                       string
}

func main() {
	var o options
	flag.IntVar(&o.rate, "rate", 20, "files a second")
	flag.IntVar(&o.seconds, "seconds", 60, "for how long")
	flag.IntVar(&o.rows, "rows", 50, "records of a file")
	flag.IntVar(&o.keys, "keys", 1_000_000, "keys that the table has before")
	flag.StringVar(&o.dir, "dir", "", "work in this folder and keep it (default: a temporary one)")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

// bench is the pipeline at work, and when what was offered and seen.
type bench struct {
	options
	rng     *rand.Rand
	said    bytes.Buffer
	offered []time.Time // by file
	seen    []time.Time // by file, as far as they are in
	commits int
}

func run(o options) (err error) {
	b := &bench{options: o, rng: rand.New(rand.NewPCG(1, 1))}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "seamflow-latency-"); err != nil {
			return err
		}
		defer os.RemoveAll(b.dir)
	}
	repo, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(b.dir, "data"), 0o755); err != nil {
		return err
	}
	binary := filepath.Join(b.dir, "pipeline")
	if err := measure.Command(filepath.Join(repo, "bench"), "go", "build", "-o", binary, "./changes/pipeline"); err != nil {
		return err
	}
	if b.keys > 0 {
		if _, err := b.offer("first", b.keys, func(i int) int { return i }); err != nil {
			return err
		}
		if err := measure.Command(b.dir, binary, "run", "--available-now", "--data", b.dir); err != nil {
			return err
		}
	}
	cmd := exec.Command(binary, "run", "--data", b.dir)
	cmd.Stdout, cmd.Stderr = &b.said, &b.said
	load := measure.Load()
	if err := cmd.Start(); err != nil {
		return err
	}
	err = b.feed()
	if serr := cmd.Process.Signal(syscall.SIGTERM); err == nil {
		err = serr
	}
	if werr := cmd.Wait(); err == nil && werr != nil {
		err = fmt.Errorf("%w\n%s", werr, b.said.String())
	}
	if err != nil {
		return err
	}
	b.report(cmd, load)
	return nil
}

// feed offers the files, and notes when they are in. The first is in before the others come: the pipeline has started.
func (b *bench) feed() error {
	version, err := b.newest()
	if err != nil {
		return err
	}
	if _, err := b.file(0); err != nil {
		return err
	}
	if err := b.await(&version, 1); err != nil {
		return err
	}
	n := b.rate * b.seconds
	failed := make(chan error, 1)
	b.offered, b.seen, b.commits = make([]time.Time, n), b.seen[:0], 0
	go func() {
		began := time.Now()
		for i := range n {
			time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(b.rate))))
			var err error
			if b.offered[i], err = b.file(i + 1); err != nil {
				failed <- err
				return
			}
		}
		failed <- nil
	}()
	err = b.await(&version, n)
	return errors.Join(err, <-failed)
}

// file offers the file i of the minute: records of keys that the table has, but for one of ten.
func (b *bench) file(i int) (time.Time, error) {
	return b.offer(fmt.Sprintf("file-%06d", i), b.rows, func(row int) int {
		if row%10 == 0 {
			return b.keys + i*b.rows + row
		}
		return b.rng.IntN(max(b.keys, 1))
	})
}

// offer writes a file of records of the keys that key gives, and renames it into the source's folder: at the
// time that it gives.
func (b *bench) offer(name string, rows int, key func(row int) int) (time.Time, error) {
	name = filepath.Join(b.dir, "data", name)
	f, err := os.Create(name + ".part")
	if err != nil {
		return time.Time{}, err
	}
	w := bufio.NewWriter(f)
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")
	for row := range rows {
		fmt.Fprintf(w, `{"id": "%012d", "op": "upsert", "updatedAt": "%s", "status": "complete", "chain": "KROGER", "device": "WEB", "customerId": "%08d", "items": %d, "total": %d.50, "street": "12 Main Street", "city": "Denver", "note": "no bags please #%d"}`+"\n",
			key(row), now, row, row%9, row%300, row)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return time.Time{}, err
	}
	at := time.Now()
	return at, os.Rename(name+".part", name+".json")
}

func (b *bench) logFile(version int64) string {
	return filepath.Join(b.dir, "orders", "_delta_log", fmt.Sprintf("%020d.json", version))
}

// newest gives the newest version that is there, -1 where there is no table.
func (b *bench) newest() (version int64, err error) {
	for version = -1; ; version++ {
		if _, err := os.Stat(b.logFile(version + 1)); errors.Is(err, fs.ErrNotExist) {
			return version, nil
		} else if err != nil {
			return 0, err
		}
	}
}

const (
	patience = time.Minute // without a version
	tick     = 500 * time.Microsecond
)

// await notes when files come in, in the order in which they were offered, until n of them are. Versions have read whole
// files, the oldest first.
func (b *bench) await(version *int64, n int) error {
	rows := 0
	for last := time.Now(); len(b.seen) < n; {
		text, err := os.ReadFile(b.logFile(*version + 1))
		now := time.Now()
		if errors.Is(err, fs.ErrNotExist) && now.Sub(last) < patience {
			time.Sleep(tick)
			continue
		} else if err != nil {
			return fmt.Errorf("%w\n%s", err, b.said.String())
		}
		*version++
		last = now
		read, err := rowsRead(text)
		if err != nil {
			return err
		}
		if rows += read; read > 0 {
			b.commits++
		}
		for len(b.seen) < rows/b.rows {
			b.seen = append(b.seen, now)
		}
	}
	return nil
}

// rowsRead is how many records a version of the log has read.
func rowsRead(text []byte) (int, error) {
	var a struct {
		CommitInfo struct{ OperationMetrics map[string]string }
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if err := json.Unmarshal(line, &a); err != nil {
		return 0, err
	}
	n := a.CommitInfo.OperationMetrics["rowsRead"]
	if n == "" {
		return 0, nil
	}
	return strconv.Atoi(n)
}

func (b *bench) report(cmd *exec.Cmd, load string) {
	took := make([]time.Duration, len(b.offered))
	for i := range took {
		took[i] = b.seen[i].Sub(b.offered[i])
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[min(int(share*float64(len(took))), len(took)-1)]) / 1e6
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	var peak int64
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = usage.Maxrss >> 10
	}
	fmt.Printf("%d files a second of %d records, for %d s, into a table of %d keys. %s; load before %s.\n\n", b.rate, b.rows, b.seconds, b.keys, measure.Machine(), load)
	fmt.Println("| rename to version, ms: p50 | p90 | p99 | most | commits | CPU s of the process, its start included | peak RSS MiB |")
	fmt.Println("|---:|---:|---:|---:|---:|---:|---:|")
	fmt.Printf("| %.0f | %.0f | %.0f | %.0f | %d | %.2f | %d |\n", at(0.5), at(0.9), at(0.99), at(1), b.commits, cpu.Seconds(), peak)
}
