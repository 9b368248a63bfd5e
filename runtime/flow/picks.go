package flow

import (
	"context"
	"time"

	"github.com/seamflow/seamflow/runtime/files"
)

type totals struct {
	files int
	bytes int64
}

// pick is a file to be read, with the input that reads it.
type pick struct {
	input int
	file  files.File
}

func sum(picks []pick) (t totals) {
	for _, p := range picks {
		t.files++
		t.bytes += p.file.Size
	}
	return t
}

func (f *flowState) set(input int) *files.Set {
	name := f.folders[input].source()
	in := f.prog.Inputs[name]
	if in == nil {
		in = &inputProgress{Done: new(files.Set)}
		f.prog.Inputs[name] = in
	}
	return in.Done
}

// nextFiles gives the files of the flow's next batch, none when there is nothing to read now.
func (f *flowState) nextFiles(ctx context.Context, w *worker) ([]pick, error) {
	if f.once {
		return f.asTheyAre(w, f.bounded(f.frozen, w.env.maxBytes()))
	}
	if len(f.pending) == 0 && f.resting(w) {
		return nil, nil
	}
	if len(f.pending) == 0 || f.extracts { // an extract that has gained a file is not as it was seen
		var err error
		if f.pending, err = f.look(ctx, w); err != nil {
			return nil, err
		}
	}
	if f.extracts {
		return f.nextExtract(w)
	}
	return f.bounded(f.pending, w.env.maxBytes()), nil
}

// resting reports whether the last look at folders took so long that the topics of the table come first for a while.
func (f *flowState) resting(w *worker) bool {
	if w.env.opt.AvailableNow || w.hinted || f.looked.IsZero() || f.extracts || !w.reads() {
		return false
	}
	since := w.env.now().Sub(f.looked)
	return since >= 0 && since < pauses*f.lookTook
}

// bounded is the start of picks that one commit may hold: at least one file, and whole ones.
func (f *flowState) bounded(picks []pick, maxBytes int64) []pick {
	var bytes int64
	counts := make([]int, len(f.folders))
	for i, p := range picks {
		limit := f.folders[p.input].spec().MaxFilesPerBatch
		if i > 0 && (bytes+p.file.Size > maxBytes || limit > 0 && counts[p.input] >= limit) {
			return picks[:i]
		}
		bytes += p.file.Size
		counts[p.input]++
	}
	return picks
}

// look lists the flow's folders.
func (f *flowState) look(ctx context.Context, w *worker) ([]pick, error) {
	began := time.Now()
	defer func() { f.lookTook = time.Since(began) }()
	var picks []pick
	f.waiting = false
	for i, in := range f.folders {
		in.lister().Limit(f.scope(w))
		ready, young, changed, err := in.lister().List(ctx, w.table, f.set(i))
		if err != nil {
			return nil, &SourceError{Flow: f.name, Source: in.source(), Err: err}
		}
		f.reportChanged(w, in, changed)
		for _, file := range ready {
			picks = append(picks, pick{i, file})
		}
		f.waiting = f.waiting || young > 0
	}
	f.looked = w.env.now()
	return picks, nil
}

// scope is what the flow takes of what it finds after its first look. With AvailableNow a file that is being written to
// without end is left to a later run; a once flow has no later run.
func (f *flowState) scope(w *worker) files.Scope {
	switch {
	case f.once:
		return files.AllPresent
	case f.extracts:
		return files.Everything // see present
	case w.env.opt.AvailableNow:
		return files.SamePresent
	}
	return files.Everything
}

func (f *flowState) reportChanged(w *worker, in reader, changed []files.File) {
	for _, file := range changed {
		if at, ok := f.warned[file.Path]; ok && at.Equal(file.ModTime) {
			continue
		}
		f.warned[file.Path] = file.ModTime
		w.warn(f.name, "file "+file.Path+" changed after it was read: what was added is not in the table (source "+in.source()+
			", on_change: report); write new records to a new file, or set on_change: reread")
	}
}

// advanceFiles takes down which files were read.
func (f *flowState) advanceFiles(w *worker, picks []pick) error {
	f.prog.Files += int64(len(picks))
	if f.once {
		f.prog.Once.Next += len(picks)
		return nil
	}
	read := make([][]files.File, len(f.folders))
	for _, pick := range picks {
		read[pick.input] = append(read[pick.input], pick.file)
	}
	for i, list := range read {
		if len(list) == 0 {
			continue
		}
		if err := f.set(i).Add(w.table, list...); err != nil {
			return err
		}
	}
	return nil
}
