// Package readers reads tables and Parquet files with engines that are not ours, for tests: what we write is right when
// they all see the same rows. The engines are those of tools/python and tools/spark; `make tools` installs them.
//
// Rows are canonical JSON lines, sorted: see tools/readers/canonical.py.
package readers

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Engine reads tables.
type Engine string

// The engines. PyArrow reads Parquet files only, and DeltaRS only Delta tables.
const (
	DeltaRS Engine = "delta-rs"
	DuckDB  Engine = "duckdb"
	Polars  Engine = "polars"
	Spark   Engine = "spark"
	PyArrow Engine = "pyarrow"
)

// The engines that read Delta tables, and those that read Parquet files.
var (
	OfDelta   = []Engine{DeltaRS, DuckDB, Polars, Spark}
	OfParquet = []Engine{PyArrow, DuckDB, Polars, Spark}
)

// Read returns the rows of the Delta table in a folder.
func Read(t testing.TB, e Engine, table string) []string {
	t.Helper()
	return ask(t, e, request{Path: table, Format: "delta"})
}

// ReadWhere returns the rows of a Delta table for which an SQL condition holds. Engines skip files by their statistics
// here, so wrong statistics lose rows.
func ReadWhere(t testing.TB, e Engine, table, where string) []string {
	t.Helper()
	return ask(t, e, request{Path: table, Format: "delta", Where: where})
}

// ReadVersion returns the rows that a Delta table had at a version.
func ReadVersion(t testing.TB, e Engine, table string, version int64) []string {
	t.Helper()
	return ask(t, e, request{Path: table, Format: "delta", Version: &version})
}

// ReadParquet returns the rows of a Parquet file for which a condition holds, "" for all. PyArrow takes no condition.
func ReadParquet(t testing.TB, e Engine, file, where string) []string {
	t.Helper()
	return ask(t, e, request{Path: file, Format: "parquet", Where: where})
}

// Python runs a script of the repository with the engines' Python. The script can import what is in tools/readers.
func Python(t testing.TB, script string, args ...string) []byte {
	t.Helper()
	cmd := python(t, append([]string{script}, args...)...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("%s: %v\n%s", script, err, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return out
}

// Root is the repository's folder.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

type request struct {
	Path    string `json:"path"`
	Format  string `json:"format"`
	Where   string `json:"where"`
	Version *int64 `json:"version,omitempty"`
	Held    bool   `json:"held,omitempty"`
	Do      string `json:"do,omitempty"`
}

type answer struct {
	Rows  []string `json:"rows"`
	Error string   `json:"error"`
	Short string   `json:"short"` // Error without the engine's stack
}

// server is a running engine. It ends when this process does, with its stdin.
type server struct {
	mu  sync.Mutex
	in  io.Writer
	out *bufio.Reader
	log *os.File
}

var (
	mu      sync.Mutex
	servers = map[Engine]*server{}
)

func ask(t testing.TB, e Engine, r request) []string {
	t.Helper()
	start(t, e)
	a, err := tryAsk(e, r)
	if err != nil {
		t.Fatal(err)
	}
	if a.Error != "" {
		t.Fatalf("%s cannot read %s: %s", e, r.Path, a.Error)
	}
	return a.Rows
}

// tryAsk asks an engine that was started.
func tryAsk(e Engine, r request) (a answer, err error) {
	if r.Path, err = filepath.Abs(r.Path); err != nil {
		return a, err
	}
	mu.Lock()
	s := servers[e]
	mu.Unlock()
	if s == nil {
		return a, fmt.Errorf("%s was not started", e)
	}
	if a, err = s.ask(r); err != nil {
		return a, fmt.Errorf("%s: %w\n%s", e, err, s.said())
	}
	return a, nil
}

func (s *server) ask(r request) (a answer, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line, err := json.Marshal(r)
	if err != nil {
		return a, err
	}
	if _, err := s.in.Write(append(line, '\n')); err != nil {
		return a, err
	}
	if line, err = s.out.ReadBytes('\n'); err != nil {
		return a, err
	}
	return a, json.Unmarshal(line, &a)
}

// said is what the engine wrote to its log.
func (s *server) said() []byte {
	out, _ := io.ReadAll(io.NewSectionReader(s.log, 0, 1<<20))
	return out
}

// start returns the engine's process, which is started once: Spark takes its time.
func start(t testing.TB, e Engine) *server {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if s := servers[e]; s != nil {
		return s
	}
	cmd := python(t, filepath.Join("tools", "readers", "serve.py"), string(e))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	// A file, because `go test` waits for whoever has its own stderr, and a pipe would need a goroutine.
	log, err := os.CreateTemp("", "seamflow-readers")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(log.Name()); err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{in: in, out: bufio.NewReaderSize(out, 1<<20), log: log}
	servers[e] = s
	return s
}

func python(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	bin := filepath.Join(Root(), ".cache", "venv", "bin", "python")
	if _, err := os.Stat(filepath.Join(Root(), ".cache", "venv", "stamp")); err != nil {
		t.Fatal("the engines that tests read tables with are not installed: run make tools")
	}
	cmd := exec.Command(bin, args...)
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(Root(), "tools", "readers"), "PYTHONDONTWRITEBYTECODE=1")
	return cmd
}
