package flow

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/value"
)

// versionOf gives the version of the extract that a file is of: bytes as in merge.Change.Seq, and false for a NULL. Of m
// there is what is known of the file alone.
type versionOf func(m *Meta, dst []byte) ([]byte, bool, error)

// FromSnapshot makes an input of full extracts. project is as with From; version is known before a record is read, so that
// extracts can be taken in order.
func FromSnapshot[S, T any](src *Source[S], project func(s *S, m *Meta, row *T, ch *merge.Change) (bool, error), version func(m *Meta, dst []byte) ([]byte, bool, error)) Input[T] {
	return &input[S, T]{src: src, projects: []projection[S, T]{project}, versionBy: version}
}

var errNullVersion = errors.New("it is NULL")

// version gives the version of the extract that f is of.
func (in *input[S, T]) version(f files.File) ([]byte, error) {
	seq, ok, err := in.versionBy(&Meta{FilePath: f.Path, FileModTime: value.TimestampOf(f.ModTime)}, nil)
	if err == nil && !ok {
		err = errNullVersion
	}
	return seq, err
}

// nextExtract gives the files of the oldest extract that was not taken, all of them: an extract is one commit. It waits
// for files that are still being written to, if they may be of this extract or of an older one.
func (f *flowState) nextExtract(w *worker) ([]pick, error) {
	versions, err := f.versions()
	if err != nil {
		return nil, err
	}
	if w.env.opt.AvailableNow {
		versions = f.present(versions)
	}
	if len(versions) == 0 {
		return nil, nil
	}
	f.extract = slices.MinFunc(versions, bytes.Compare)
	picks := make([]pick, 0, len(versions))
	for i, v := range versions {
		if bytes.Equal(v, f.extract) {
			picks = append(picks, f.pending[i])
		}
	}
	if err := f.newer(w, picks[0]); err != nil || f.unsettled(f.extract) {
		return nil, err
	}
	n := len(picks)
	for i, v := range versions {
		if !bytes.Equal(v, f.extract) {
			picks = append(picks, f.pending[i])
		}
	}
	f.pending = picks
	return picks[:n], nil
}

// versions gives those of the pending files.
func (f *flowState) versions() (versions [][]byte, err error) {
	for _, p := range f.pending {
		in := f.folders[p.input]
		v, err := in.version(p.file)
		if err != nil {
			return nil, &SourceError{Flow: f.name, Source: in.source(), Err: fmt.Errorf("file %s: version_by: %w", p.file.Path, err)}
		}
		versions = append(versions, v)
	}
	return versions, nil
}

// present leaves extracts to a later run that are newer than all that the first look saw. Those that it saw are waited
// for, and take in files that come meanwhile: a part of an extract would delete what the rest holds.
func (f *flowState) present(versions [][]byte) [][]byte {
	if f.until == nil {
		f.until = []byte{}
		for _, v := range versions {
			f.until = greater(f.until, v)
		}
		for _, v := range f.youngVersions() {
			f.until = greater(f.until, v)
		}
	}
	pending, kept := f.pending[:0], versions[:0]
	for i, v := range versions {
		if bytes.Compare(v, f.until) <= 0 {
			pending, kept = append(pending, f.pending[i]), append(kept, v)
		}
	}
	f.pending, f.waiting = pending, f.unsettled(f.until)
	return kept
}

func greater(a, b []byte) []byte {
	if bytes.Compare(a, b) < 0 {
		return b
	}
	return a
}

// newer refuses an extract that is not newer than the last one; p is a file of it.
func (f *flowState) newer(w *worker, p pick) error {
	taken, err := hex.DecodeString(f.prog.Extract)
	if err != nil {
		return fmt.Errorf("table %s, flow %s: stored progress: extract: %w", w.def.name, f.name, err)
	}
	than := ""
	switch bytes.Compare(f.extract, taken) {
	case 1:
		return nil
	case 0:
		than = "file %s is of the extract that was taken last (by version_by), which was taken without it"
	default:
		than = "file %s is of an extract that is older than the last one that was taken (by version_by)"
	}
	return &SourceError{Flow: f.name, Source: f.folders[p.input].source(), Err: fmt.Errorf(than+
		"; extracts are taken in order, and whole: move the file out of the folder and wait for the next extract, or run `reset %s` to take all extracts that are there again",
		p.file.Path, w.def.name)}
}

// unsettled reports whether a file is being written to that may be of an extract up to a version. One without a version
// may be: perhaps it is not under its name yet.
func (f *flowState) unsettled(upTo []byte) bool {
	return slices.ContainsFunc(f.youngVersions(), func(v []byte) bool { return bytes.Compare(v, upTo) <= 0 })
}

// youngVersions gives those of files that are being written to, nil of one that has none.
func (f *flowState) youngVersions() (versions [][]byte) {
	for _, in := range f.folders {
		for _, file := range in.lister().Young() {
			v, err := in.version(file)
			if err != nil {
				v = nil
			}
			versions = append(versions, v)
		}
	}
	return versions
}
