package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/files"
)

// frozenFile is a line of the list that a once flow reads.
type frozenFile struct {
	Source  string    `json:"source"`
	Path    string    `json:"path"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"mod_time"`
}

const sideOnce = "once"

var errEmptySource = errors.New("no file to read: a once flow never looks again, so an empty source is an error; " +
	"put its files in place, or set allow_empty: true on the source")

// freeze commits the list of what the once flow will read: what was there at its first look. It waits until nobody writes
// to it any more.
func (f *flowState) freeze(ctx context.Context, w *worker) error {
	if f.firstLook.IsZero() {
		f.firstLook = w.env.now()
	}
	picks, err := f.look(ctx, w)
	if err != nil {
		return err
	}
	units, err := f.freezeTopics(ctx)
	if err != nil {
		return f.blame(f.topics[0], w, err)
	}
	if f.waiting {
		f.sayWaiting(w)
		return nil
	}
	list := make([]frozenFile, 0, len(picks))
	found := make([]bool, len(f.folders))
	for _, p := range picks {
		found[p.input] = true
		list = append(list, frozenFile{f.folders[p.input].source(), p.file.Path, p.file.Size, p.file.ModTime.UTC()})
	}
	for i, in := range f.folders {
		if !found[i] && !in.spec().AllowEmpty {
			return &SourceError{Flow: f.name, Source: in.source(), Err: errEmptySource}
		}
	}
	return f.commitFrozen(ctx, w, list, picks, units)
}

// sayWaiting tells, once, of a wait that is longer than the time of settling explains.
func (f *flowState) sayWaiting(w *worker) {
	if f.patient || w.env.now().Sub(f.firstLook) < patience {
		return
	}
	f.patient = true
	w.warn(f.name, "once flow: waits for files that are still being written to; it will not look again, so it takes each of them when it is complete")
}

// patience is how long a once flow waits for files without a word.
const patience = 10 * time.Second

// asTheyAre gives picks of the frozen list with the sizes and times that they have now: the list says which files are read,
// not how long each is.
func (f *flowState) asTheyAre(w *worker, picks []pick) ([]pick, error) {
	out := make([]pick, len(picks))
	for i, p := range picks {
		file, err := files.Stat(w.env.data, p.file.Path)
		if err != nil {
			return nil, &SourceError{Flow: f.name, Source: f.folders[p.input].source(),
				Err: fmt.Errorf("file %s is on the list of what this once flow reads, and cannot be read: put it back, or run `reset %s` to read what is there now: %w",
					p.file.Path, w.resets(f), err)}
		}
		out[i] = pick{p.input, file}
	}
	return out, nil
}

func (f *flowState) commitFrozen(ctx context.Context, w *worker, list []frozenFile, picks []pick, units []*unit) error {
	data, err := json.Marshal(list)
	if err != nil {
		return err
	}
	name, err := w.table.WriteSide(sideOnce, data)
	if err != nil {
		return err
	}
	texts, before, err := encodeUnits(units)
	if err != nil {
		return err
	}
	before[flowDomain(f.name)] = f.stored
	records := int64(0)
	for _, u := range units {
		records += *u.prog.End - u.prog.Next
	}
	f.prog.Once = &onceProgress{Frozen: name, Files: len(list), Done: len(list) == 0 && records == 0}
	if texts[flowDomain(f.name)], err = f.encode(); err == nil {
		err = w.commit(ctx, &delta.Tx{Operation: "SEAMFLOW FREEZE", Domains: texts, Expect: before})
	}
	if err != nil {
		f.prog.Once = nil
		return err
	}
	f.frozen = picks
	if err := f.loadProgress(w); err != nil {
		return err
	}
	w.info(f.name, "once flow: will read "+f.frozenText(len(list), records)+", and nothing that is added later")
	return nil
}

// frozenText says what a once flow will read.
func (f *flowState) frozenText(files int, records int64) string {
	texts := []string{}
	if len(f.folders) > 0 {
		texts = append(texts, strconv.Itoa(files)+" files")
	}
	if len(f.topics) > 0 {
		texts = append(texts, strconv.FormatInt(records, 10)+" offsets")
	}
	return strings.Join(texts, " and ")
}

// frozenList reads the whole list of a once flow.
func (f *flowState) frozenList(t *delta.Table) ([]frozenFile, error) {
	data, err := t.ReadSide(f.prog.Once.Frozen)
	if err != nil {
		return nil, err
	}
	var list []frozenFile
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", f.prog.Once.Frozen, err)
	}
	if len(list) != f.prog.Once.Files || f.prog.Once.Next > len(list) {
		return nil, fmt.Errorf("%s: it lists %d files, and the flow's progress speaks of %d", f.prog.Once.Frozen, len(list), f.prog.Once.Files)
	}
	return list, nil
}

// readFrozen gives what is left of the list of a once flow that was interrupted.
func (f *flowState) readFrozen(w *worker) ([]pick, error) {
	list, err := f.frozenList(w.table)
	if err != nil {
		return nil, err
	}
	var picks []pick
	for _, line := range list[f.prog.Once.Next:] {
		input := -1
		for i, in := range f.folders {
			if in.source() == line.Source {
				input = i
			}
		}
		if input < 0 {
			return nil, usage("flow %s is half way through its list, which names source %s; it has no such source any more: put it back, or run `reset %s`",
				f.name, line.Source, w.resets(f))
		}
		picks = append(picks, pick{input, files.File{Path: line.Path, Size: line.Size, ModTime: line.ModTime}})
	}
	return picks, nil
}
