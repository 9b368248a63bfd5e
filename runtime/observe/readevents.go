package observe

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"
)

// EventFilter says which events are wanted.
type EventFilter struct {
	Level string // this one only, "" is all
	Flow  string // "" is all
	Limit int    // the last ones; 0 is all
}

func (f *EventFilter) takes(d *EventDocument) bool {
	return (f.Level == "" || d.Level == f.Level) && (f.Flow == "" || d.Origin.FlowName == f.Flow)
}

// EventLine is an event with its text.
type EventLine struct {
	EventDocument
	Raw []byte
}

// ReadEvents gives the events of a log, oldest first, those of files that were moved away too. What is no event, as the
// line that a process was killed in, is passed over. No file is no event.
func ReadEvents(name string, filter EventFilter) (all []EventLine, err error) {
	for i := rotateKeeps; i >= 0; i-- {
		part := name
		if i > 0 {
			part += "." + strconv.Itoa(i)
		}
		if err := readEventFile(part, filter, &all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func readEventFile(name string, filter EventFilter, all *[]EventLine) error {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil // what has no end of line is not written yet
			}
			return err
		}
		if e, ok := parseEvent(line); ok && filter.takes(&e.EventDocument) {
			*all = append(*all, e)
		}
		if filter.Limit > 0 && len(*all) > 2*filter.Limit {
			*all = append((*all)[:0], (*all)[len(*all)-filter.Limit:]...)
		}
	}
}

func parseEvent(line []byte) (e EventLine, ok bool) {
	line = bytes.TrimSpace(line)
	if json.Unmarshal(line, &e.EventDocument) != nil || e.ID == "" {
		return e, false
	}
	e.Raw = line
	return e, true
}

// Last are the filter's last events of all.
func (f EventFilter) Last(all []EventLine) []EventLine {
	if f.Limit > 0 && len(all) > f.Limit {
		return all[len(all)-f.Limit:]
	}
	return all
}

// followEvery is how often a log is looked at.
const followEvery = 200 * time.Millisecond

// FollowEvents gives events as they are written, from those on that come after its call, until ctx is done.
func FollowEvents(ctx context.Context, name string, filter EventFilter, give func(EventLine)) error {
	t := &tail{name: name, filter: filter, give: give}
	defer t.close()
	if err := t.open(io.SeekEnd); err != nil {
		return err
	}
	for {
		moved := t.moved()
		if err := t.read(); err != nil {
			return err
		}
		if moved {
			if err := t.open(io.SeekStart); err != nil {
				return err
			}
			if err := t.read(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followEvery):
		}
	}
}

// tail is a log that is read as it grows.
type tail struct {
	name   string
	filter EventFilter
	give   func(EventLine)
	file   *os.File // nil until there is one
	rest   []byte   // of a line
}

func (t *tail) close() {
	if t.file != nil {
		t.file.Close()
	}
}

// moved reports whether the file of the name is not the one at hand: what is written from now on is in another one.
func (t *tail) moved() bool {
	if t.file == nil {
		return true
	}
	there, err := os.Stat(t.name)
	if err != nil {
		return false
	}
	mine, err := t.file.Stat()
	return err == nil && !os.SameFile(mine, there)
}

func (t *tail) open(whence int) error {
	f, err := os.Open(t.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	t.close()
	t.file, t.rest = f, nil
	_, err = f.Seek(0, whence)
	return err
}

func (t *tail) read() error {
	if t.file == nil {
		return nil
	}
	more, err := io.ReadAll(t.file)
	t.rest = append(t.rest, more...)
	for {
		line, after, whole := bytes.Cut(t.rest, []byte("\n"))
		if !whole {
			return err
		}
		t.rest = after
		if e, ok := parseEvent(line); ok && t.filter.takes(&e.EventDocument) {
			t.give(e)
		}
	}
}
