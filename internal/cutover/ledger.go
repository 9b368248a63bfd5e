package cutover

import (
	"slices"
	"sync"
)

// Ledger knows of every event when it was written where. Events are counted from 0, and their ids are their numbers.
type Ledger struct {
	mu     sync.Mutex
	events []written
}

// written is one event. Times are microseconds since 1970; 0 is never.
type written struct {
	day   Day
	phase uint8 // of the story, when it was made
	file  int64 // when a file with it had its name
	topic int64 // timestamp of the record, once the broker has it
}

// arrival tells when the copy came that the table is to hold; 0 is never.
func (w *written) arrival() int64 {
	if w.day < Cutover {
		return w.file
	}
	return w.topic
}

// add makes an event's entry and gives its number.
func (l *Ledger) add(day Day, phase int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, written{day: day, phase: uint8(phase)})
	return len(l.events) - 1
}

func (l *Ledger) inTopic(n int, micros int64) {
	l.mu.Lock()
	l.events[n].topic = micros
	l.mu.Unlock()
}

func (l *Ledger) inFile(numbers []int, micros int64) {
	l.mu.Lock()
	for _, n := range numbers {
		l.events[n].file = micros
	}
	l.mu.Unlock()
}

// all gives the events as they stand.
func (l *Ledger) all() []written {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.events)
}

// Verdict is how a table differs from what it should hold. Events are by number.
type Verdict struct {
	Produced int // events made
	Expected int // of these, that the table should hold
	There    int // rows in the table
	Lost     []int
	Repeated []int // there more often than once
	Wrong    []int // there, and should not be
}

// Good reports whether each event is there that should be, once, and nothing else.
func (v *Verdict) Good() bool { return len(v.Lost)+len(v.Repeated)+len(v.Wrong) == 0 }

// judge compares how often events are in the table with what was written, for the events that of takes.
func judge(events []written, there map[int]int, of func(*written) bool) (v Verdict) {
	for n := range events {
		e := &events[n]
		if !of(e) {
			continue
		}
		v.Produced++
		count := there[n]
		v.There += count
		switch due := e.arrival() > 0; {
		case due && count == 0:
			v.Lost = append(v.Lost, n)
		case !due && count > 0:
			v.Wrong = append(v.Wrong, n)
		}
		if count > 1 {
			v.Repeated = append(v.Repeated, n)
		}
		if e.arrival() > 0 {
			v.Expected++
		}
	}
	return v
}
