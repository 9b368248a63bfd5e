package flow

import (
	"errors"

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
