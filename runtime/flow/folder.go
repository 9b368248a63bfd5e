package flow

import (
	"context"
	"io"
	"strings"

	"github.com/seamflow/seamflow/runtime/csvr"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/value"
)

// folder reads the files of a source.
type folder[S, T any] struct {
	*taker[S, T]
	env   *environment
	files files.Spec
	list  *files.Lister
	lines *jsonr.Splitter
	csv   *csvr.Reader

	second conveyor[someLines[T]]
}

func newFolder[S, T any](t *taker[S, T], env *environment) (*folder[S, T], error) {
	spec := t.src.Files
	path, err := env.connection("sources."+t.src.Name+".files.path", spec.Path)
	if err != nil {
		return nil, err
	}
	spec.Path = path
	list, err := files.NewLister(env.data, spec)
	if err != nil {
		return nil, err
	}
	return &folder[S, T]{taker: t, env: env, files: spec, list: list}, nil
}

func (in *folder[S, T]) spec() *files.Spec     { return &in.files }
func (in *folder[S, T]) lister() *files.Lister { return in.list }

func (in *folder[S, T]) read(ctx context.Context, f files.File, b *batch, some *survivors) error {
	rc, err := files.Open(in.env.data, f)
	if err != nil {
		return err
	}
	in.sink.b = b
	in.meta = Meta{FilePath: f.Path, FileModTime: value.TimestampOf(f.ModTime), judge: in.judge}
	b.startFile(f)
	if some == nil {
		err = in.readAll(ctx, rc, b)
	} else {
		err = in.readSome(ctx, rc, b, some)
	}
	if err != nil {
		return err
	}
	b.endFile(f, some)
	return files.Unchanged(in.env.data, f)
}

func (in *folder[S, T]) readAll(ctx context.Context, rc io.ReadCloser, b *batch) error {
	rd := newReadAhead(rc)
	defer rd.Close()
	switch {
	case b.file.Size == 0 && b.plain: // a CSV file too: no header is missed where there are no records
		return nil
	case in.src.Format == CSV:
		return in.readCSV(ctx, rd, b)
	}
	return in.readJSON(ctx, rd, b)
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
			if err := in.failed(ctx, b, err, in.rejected(raw, in.lines.Offset())); err != nil {
				return err
			}
		}
		if err := b.tick(ctx, in.lines.Offset()); err != nil {
			return err
		}
	}
	return in.lines.Err()
}

func (in *folder[S, T]) readCSV(ctx context.Context, rd io.Reader, b *batch) error {
	if err := in.openCSV(rd); err != nil {
		return err
	}
	for in.csv.Next() {
		b.counts.Read++
		in.meta.Line = in.csv.Line()
		if err := in.takeCSV(); err != nil {
			if err := in.failed(ctx, b, err, in.rejected(in.csv.Raw(), in.csv.Offset())); err != nil {
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

func (in *folder[S, T]) rejected(raw []byte, offset int64) *quarantined {
	q := &quarantined{Source: in.src.Name, Raw: raw, File: in.meta.FilePath, FileModTime: in.meta.FileModTime, Line: in.meta.Line, Offset: offset}
	if in.src.Format == CSV {
		header, _ := in.csv.Header()
		q.Header = csvLine(header)
	}
	return q
}

func (in *folder[S, T]) replay(_ context.Context, q *quarantined, b *batch) (bad, err error) {
	in.sink.b = b
	in.meta = Meta{FilePath: q.File, FileModTime: q.FileModTime, Line: q.Line, judge: in.judge}
	return fault(in.replayRecord(q))
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
