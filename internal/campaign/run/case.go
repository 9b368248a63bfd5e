// Package run plays cases of the campaign: it lets files arrive, runs a generated pipeline again and again in a world of
// its own, harms it in between, and tells what the table then held.
package run

// Case is one story of a pipeline.
type Case struct {
	ID       int      `json:"id"`
	Pipeline string   `json:"pipeline"`
	Flows    []string `json:"flows"`
	Memory   int64    `json:"memory"`  // that the run may take; 0 is its default
	Backlog  int64    `json:"backlog"` // as flow.Options has it: 1 reads every batch twice that can be, -1 none
	Steps    []Step   `json:"steps"`
}

// Step is a run of the pipeline.
type Step struct {
	Act   Act    `json:"act"`   // what happens before
	Calls int    `json:"calls"` // to the file system until Crash stops the machine
	Files []File `json:"files"` // that arrive before it, in their order
}

// File is events for a flow. Each is a batch of its own.
type File struct {
	Flow  string   `json:"flow"`
	Lines []string `json:"lines"`
}

// Act is what happens to the table or to the state before a run.
type Act string

// The acts. Every run is a new process to the pipeline.
const (
	Nothing    Act = ""
	Compact    Act = "compact the table"
	Vacuum     Act = "vacuum the table"
	LoseState  Act = "delete the state"
	KeepState  Act = "copy the state"
	OlderState Act = "put the copy of the state back"
	Crash      Act = "stop the machine in the middle, start again with what survives"
)

// Acts are all of them.
var Acts = []Act{Nothing, Nothing, Compact, Vacuum, LoseState, KeepState, OlderState, Crash}

// Story is what came of a case.
type Story struct {
	ID    int    `json:"id"`
	Seen  []Seen `json:"seen"` // after each step
	Error string `json:"error"`
}

// Seen is what the table held.
type Seen struct {
	Rows    []string `json:"rows"` // as package readers gives them
	Refused int      `json:"refused"`
}
