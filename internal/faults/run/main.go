// Command run is `make faults`: it runs every test that harms a table, in its long form, and prints what they counted.
//
//	go run ./internal/faults/run [-only REGEXP]
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/seamflow/seamflow/internal/faults"
)

// suites are where the tests are, by the folder of their module.
var suites = []struct{ module, pkg string }{
	{".", "./runtime/flow"},
	{".", "./internal/cutover"},
	{"examples", "./online_orders"},
}

func main() {
	only := flag.String("only", "", "run the tests of this name alone (they start with TestFault)")
	flag.Parse()
	good, err := run(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
	}
	if err != nil || !good {
		os.Exit(1)
	}
}

func run(only string) (good bool, err error) {
	dir, err := os.MkdirTemp("", "faults")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "results")
	seed := strconv.FormatUint(faults.Seed(), 10)
	fmt.Printf("seed %s: to replay, %s=%s make faults\n", seed, faults.SeedEnv, seed)
	passed := true
	for _, s := range suites {
		pattern := "^TestFault" + only
		cmd := exec.Command("go", "test", "-count=1", "-timeout=60m", "-run="+pattern, s.pkg)
		cmd.Dir = s.module
		cmd.Env = append(os.Environ(), faults.OutEnv+"="+out, faults.SeedEnv+"="+seed)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			passed = false
			fmt.Fprintf(os.Stderr, "%s: %v\n", s.pkg, err)
		}
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return false, err
	}
	all, err := faults.Read(string(text))
	if err != nil {
		return false, err
	}
	return faults.Print(os.Stdout, all) && passed, nil
}
