package flow

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/runtime/csvr"
	"github.com/seamflow/seamflow/runtime/debezium"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/value"
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

// reader is an opened input with its types hidden.
type reader interface {
	source() string
	spec() *files.Spec
	lister() *files.Lister
	// version gives the version of the full extract that a file is of.
	version(f files.File) ([]byte, error)
	// read takes every record of a file into b.
	read(ctx context.Context, f files.File, b *batch) error
	// replay takes one record that was set aside; bad says why it still cannot be a row.
	replay(q *quarantined, b *batch) (bad, err error)
}

// folder reads the files of a source. Its record, row and change are used again for each record.
type folder[S, T any] struct {
	*input[S, T]
	env    *environment
	files  files.Spec
	list   *files.Lister
	sink   *sink[T]
	judge  *judge
	record S
	row    T
	change merge.Change
	meta   Meta
	json   jsonr.Reader
	lines  *jsonr.Splitter
	event  debezium.Reader
	csv    *csvr.Reader
}

func (in *input[S, T]) open(env *environment, sink *sink[T], j *judge) (reader, error) {
	spec := in.src.Files
	path, err := env.connection("sources."+in.src.Name+".files.path", spec.Path)
	if err != nil {
		return nil, err
	}
	spec.Path = path
	list, err := files.NewLister(env.data, spec)
	if err != nil {
		return nil, err
	}
	return &folder[S, T]{input: in, env: env, files: spec, list: list, sink: sink, judge: j}, nil
}

func (in *folder[S, T]) source() string        { return in.src.Name }
func (in *folder[S, T]) spec() *files.Spec     { return &in.files }
func (in *folder[S, T]) lister() *files.Lister { return in.list }

func (in *folder[S, T]) read(ctx context.Context, f files.File, b *batch) error {
	rc, err := files.Open(in.env.data, f)
	if err != nil {
		return err
	}
	rd := newReadAhead(rc)
	defer rd.Close()
	in.sink.b = b
	in.meta = Meta{FilePath: f.Path, FileModTime: value.TimestampOf(f.ModTime), judge: in.judge}
	b.startFile(f)
	if f.Size == 0 && b.plain {
		err = nil // a CSV file too: no header is missed where there are no records
	} else if in.src.Format == CSV {
		err = in.readCSV(ctx, rd, b)
	} else {
		err = in.readJSON(ctx, rd, b)
	}
	if err != nil {
		return err
	}
	b.endFile(f)
	return files.Unchanged(in.env.data, f)
}

func (in *folder[S, T]) readJSON(ctx context.Context, rd io.Reader, b *batch) error {
	opt := jsonr.SplitOptions{Multiline: in.src.Multiline}
	if in.lines == nil {
		in.lines = jsonr.NewSplitter(rd, opt)
	} else {
		in.lines.Reset(rd, opt)
	}
	for in.lines.Next() {
		b.counts.Read++
		in.meta.Line = in.lines.Line()
		raw := in.lines.Record()
		var err error
		if in.lines.TooLong() {
			err = &badRecord{errTooLong}
		} else {
			err = in.takeJSON(raw)
		}
		if err != nil {
			if err := in.failed(ctx, b, err, raw, in.lines.Offset()); err != nil {
				return err
			}
		}
		if err := b.tick(ctx, in.lines.Offset()); err != nil {
			return err
		}
	}
	return in.lines.Err()
}

func (in *folder[S, T]) takeJSON(raw []byte) error {
	in.json.Reset(raw)
	if in.src.Format == DebeziumJSON {
		if some, err := in.openEvent(raw); err != nil || !some {
			return err
		}
	}
	if err := in.src.JSON(&in.json, &in.record); err != nil {
		return &badRecord{err}
	}
	if in.src.Rescue {
		in.meta.Rescued = in.json.Rescued()
	}
	return in.project()
}

func (in *folder[S, T]) readCSV(ctx context.Context, rd io.Reader, b *batch) error {
	if err := in.openCSV(rd); err != nil {
		return err
	}
	for in.csv.Next() {
		b.counts.Read++
		in.meta.Line = in.csv.Line()
		if err := in.takeCSV(); err != nil {
			if err := in.failed(ctx, b, err, in.csv.Raw(), in.csv.Offset()); err != nil {
				return err
			}
		}
		if err := b.tick(ctx, in.csv.Offset()); err != nil {
			return err
		}
	}
	return in.csv.Err()
}

func (in *folder[S, T]) openCSV(rd io.Reader) error {
	if in.csv == nil {
		in.csv = csvr.NewReader(rd, csvr.Options{})
	} else {
		in.csv.Reset(rd, csvr.Options{})
	}
	in.csv.Bind(in.src.Columns)
	_, err := in.csv.Header()
	return err
}

func (in *folder[S, T]) takeCSV() error {
	if err := in.src.CSV(in.csv, &in.record); err != nil {
		return &badRecord{err}
	}
	if in.src.Rescue {
		in.meta.Rescued = in.csv.Rescued()
	}
	return in.project()
}

// project makes rows of the record at hand and hands them on. With several projections all are tried before the first
// row is taken: a record is bad as a whole.
func (in *folder[S, T]) project() error {
	return in.judge.settle(in.projectAll(), &in.meta, in.sink.b)
}

func (in *folder[S, T]) projectAll() error {
	if len(in.projects) > 1 {
		for _, p := range in.projects {
			if _, err := in.projectOne(p); err != nil {
				return err
			}
		}
		in.sink.b.counts.Read += int64(len(in.projects) - 1) // each branch of a UNION ALL reads the record
	}
	for _, p := range in.projects {
		ok, err := in.projectOne(p)
		if err != nil {
			return err
		}
		if !ok {
			in.sink.b.leaveOut(in.judge)
			continue
		}
		in.sink.take(&in.row, &in.change, &in.meta)
	}
	return nil
}

func (in *folder[S, T]) projectOne(p projection[S, T]) (bool, error) {
	in.change.Reset()
	in.judge.begin()
	ok, err := p(&in.record, &in.meta, &in.row, &in.change)
	switch {
	case err != nil:
		return false, &badRecord{err}
	case ok && in.change.NullKey != "" && !in.change.Truncate:
		return false, &badRecord{&nullKeyError{in.change.NullKey}}
	case ok && in.change.NullSeq:
		return false, &badRecord{errNullSequence}
	}
	return ok, nil
}

// failed sorts the record's own fault from the engine's.
func (in *folder[S, T]) failed(ctx context.Context, b *batch, err error, raw []byte, offset int64) error {
	bad, ok := err.(*badRecord)
	if !ok {
		return err
	}
	return b.bad(ctx, in.rejected(raw, offset), bad.err)
}

func (in *folder[S, T]) rejected(raw []byte, offset int64) *quarantined {
	q := &quarantined{Source: in.src.Name, Raw: raw, File: in.meta.FilePath, FileModTime: in.meta.FileModTime, Line: in.meta.Line, Offset: offset}
	if in.src.Format == CSV {
		header, _ := in.csv.Header()
		q.Header = csvLine(header)
	}
	return q
}

func (in *folder[S, T]) replay(q *quarantined, b *batch) (bad, err error) {
	in.sink.b = b
	in.meta = Meta{FilePath: q.File, FileModTime: q.FileModTime, Line: q.Line, judge: in.judge}
	err = in.replayRecord(q)
	if bad, is := err.(*badRecord); is {
		return bad.err, nil
	}
	return nil, err
}

func (in *folder[S, T]) replayRecord(q *quarantined) error {
	if len(q.Raw) >= csvr.DefaultMaxRecord { // what is left of a longer one could pass for a record
		return &badRecord{errTooLong}
	}
	if in.src.Format != CSV {
		return in.takeJSON(q.Raw)
	}
	if err := in.openCSV(strings.NewReader(q.Header + string(q.Raw) + "\n")); err != nil {
		return &badRecord{err}
	}
	if !in.csv.Next() {
		if err := in.csv.Err(); err != nil {
			return &badRecord{err}
		}
		return &badRecord{io.ErrUnexpectedEOF}
	}
	return in.takeCSV()
}

// csvLine writes a header as a line that reads back as the same names.
func csvLine(names []string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.ReplaceAll(name, `"`, `""`) + `"`)
	}
	b.WriteByte('\n')
	return b.String()
}
