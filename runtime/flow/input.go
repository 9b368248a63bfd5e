package flow

import (
	"context"
	"slices"

	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/merge"
)

type projection[S, T any] func(s *S, m *Meta, row *T, ch *merge.Change) (bool, error)

type input[S, T any] struct {
	src       *Source[S]
	projects  []projection[S, T]
	versionBy versionOf // of full extracts
}

func (in *input[S, T]) join(other Input[T]) bool {
	o, ok := other.(*input[S, T])
	if !ok || o.src != in.src {
		return false
	}
	in.projects = append(slices.Clip(in.projects), o.projects...)
	return true
}

func (in *input[S, T]) clone() Input[T] {
	c := *in
	return &c
}

func (in *input[S, T]) open(env *environment, sink *sink[T], j *judge, flow string) (reader, error) {
	t := &taker[S, T]{input: in, sink: sink, judge: j}
	if in.src.Stream != nil {
		return newTopic(t, env, flow), nil
	}
	return openFolder(t, env)
}

// reader is an opened input with its types hidden: a fileReader or a topicReader.
type reader interface {
	source() string
	// replay takes one record that was set aside; bad says why it still cannot be a row.
	replay(ctx context.Context, q *quarantined, b *batch) (bad, err error)
}

// fileReader reads the files of a source.
type fileReader interface {
	reader
	spec() *files.Spec
	lister() *files.Lister
	// version gives the version of the full extract that a file is of.
	version(f files.File) ([]byte, error)
	// twice reports whether a file can be read twice, and well enough that it pays; parts and scout are then used.
	twice(f files.File) bool
	// parts opens a file for the first of two passes.
	parts(f files.File) (parts, error)
	// scout makes what looks at its parts, of which several goroutines have one each.
	scout() scout
	// read takes records of a file into b: those that some says, all of them for nil.
	read(ctx context.Context, f files.File, b *batch, some *survivors) error
}
