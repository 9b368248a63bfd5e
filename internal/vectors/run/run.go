// Package run drives generated pipelines through the steps of vectors: it writes what arrives before each step into the
// sources' folders, runs the pipeline to the end of what is there, and starts it anew for the next step.
package run

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/seamflow/seamflow/runtime/flow"
)

// Step is what arrives before one run of the pipeline: the events of each flow's source.
type Step map[string][]json.RawMessage

// Job is a vector cut into steps in one way, to be run in a folder of its own; Outcome is how that ended.
type Job struct {
	Vector string `json:"vector"`
	Dir    string `json:"dir"`
	Steps  []Step `json:"steps"`
}

// Outcome is the error that stopped a Job, or nothing.
type Outcome struct {
	Error string `json:"error"`
}

// Main reads jobs as JSON from standard input and prints each one's outcome by its folder.
func Main(pipelines map[string]func() flow.Pipeline) {
	var jobs []Job
	if err := json.NewDecoder(os.Stdin).Decode(&jobs); err != nil {
		log.Fatal(err)
	}
	ended := make([]Outcome, len(jobs))
	var hands sync.WaitGroup
	free := make(chan struct{}, 2*runtime.GOMAXPROCS(0)) // half of them wait for the disk
	for i, j := range jobs {
		pipeline, ok := pipelines[j.Vector]
		if !ok {
			log.Fatalf("no pipeline %q", j.Vector)
		}
		free <- struct{}{}
		hands.Go(func() {
			if err := perform(j, pipeline, backlogs[i%2]); err != nil {
				ended[i].Error = err.Error()
			}
			<-free
		})
	}
	hands.Wait()
	outcomes := map[string]Outcome{}
	for i, j := range jobs {
		outcomes[j.Dir] = ended[i]
	}
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		log.Fatal(err)
	}
}

// backlogs make every other job read its files twice.
var backlogs = [2]int64{-1, 1}

func perform(j Job, pipeline func() flow.Pipeline, backlog int64) error {
	for _, s := range j.Steps {
		for name := range s {
			if err := os.MkdirAll(filepath.Join(j.Dir, "data", name), 0o755); err != nil {
				return err
			}
		}
	}
	for i, s := range j.Steps {
		for name, events := range s {
			file := filepath.Join(j.Dir, "data", name, fmt.Sprintf("%04d.json", i))
			if err := os.WriteFile(file, append(bytes.Join(lines(events), []byte("\n")), '\n'), 0o644); err != nil {
				return err
			}
		}
		if _, err := pipeline().Run(context.Background(), flow.Options{Data: j.Dir, AvailableNow: true, Backlog: backlog}); err != nil {
			return err
		}
	}
	return nil
}

// lines gives each event on one line.
func lines(events []json.RawMessage) [][]byte {
	out := make([][]byte, len(events))
	for i, e := range events {
		var b bytes.Buffer
		if err := json.Compact(&b, e); err != nil {
			log.Fatal(err)
		}
		out[i] = b.Bytes()
	}
	return out
}
