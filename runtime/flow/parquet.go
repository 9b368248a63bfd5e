package flow

import (
	"context"
	"fmt"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/parquetr"
	"github.com/seamflow/seamflow/runtime/value"
)

// parquetFolder reads the Parquet files of a source.
type parquetFolder[S, T any] struct {
	*folder[S, T]
	records parquetr.Records[S] // nil before the first file
}

// openFolder makes the reader of a source's files.
func openFolder[S, T any](t *taker[S, T], env *environment) (reader, error) {
	in, err := newFolder(t, env)
	if err != nil {
		return nil, err
	}
	if t.src.Format != Parquet {
		return in, nil
	}
	return &parquetFolder[S, T]{folder: in}, nil
}

func (in *parquetFolder[S, T]) read(ctx context.Context, f files.File, b *batch, some *survivors) error {
	if in.records == nil {
		in.records = in.src.Parquet()
	}
	scan := in.records.Scan()
	src, err := openParquet(in.env.data, f, scan)
	if err != nil {
		return err
	}
	defer src.Close()
	in.sink.b = b
	in.meta = Meta{FilePath: f.Path, FileModTime: value.TimestampOf(f.ModTime), judge: in.judge}
	if some != nil {
		for i := range some.marks {
			if some.marks[i].hash != scan.Footer() {
				return errRewritten
			}
		}
		scan.Wants(func(from, to int64) bool { return some.any(int(from), int(to)) })
	}
	b.startFile(f)
	if err := in.readRows(ctx, b, some); err != nil {
		return err
	}
	if err := src.Check(); err != nil {
		return err
	}
	b.endFile(f, some)
	return files.Unchanged(in.env.data, f)
}

// openParquet opens a file for a scan.
func openParquet(data string, f files.File, scan *column.Scan) (files.Plain, error) {
	rc, err := files.Open(data, f)
	if err != nil {
		return nil, err
	}
	src, ok := rc.(files.Plain)
	if !ok {
		rc.Close()
		return nil, fmt.Errorf("parquet: a file that ends in .gz or .zst is packed as a whole, and Parquet files are read from their end: unpack it, they are compressed within")
	}
	if err := scan.Open(src, f.Size); err != nil {
		src.Close()
		return nil, err
	}
	return src, nil
}

// readRows takes the rows that some says.
func (in *parquetFolder[S, T]) readRows(ctx context.Context, b *batch, some *survivors) error {
	scan := in.records.Scan()
	perRow := float64(b.file.Size) / float64(max(scan.NumRows(), 1))
	for scan.Next() {
		first := int(scan.First())
		anyBad := scan.AnyBad()
		passed := 0 // rows that the cursors stand before
		for row := range scan.Rows() {
			if some != nil && !some.has(first+row) {
				passed++
				continue
			}
			scan.SkipRows(passed)
			passed = 0
			in.records.Read(&in.record)
			b.counts.Read++
			in.meta.Line = int64(first+row) + 1
			var err error
			if anyBad && scan.Bad(row) {
				err = &badRecord{parquetr.Why(scan, row)}
			} else {
				err = in.project()
			}
			offset := int64(perRow * float64(first+row))
			if err != nil {
				if err := in.failed(ctx, b, err, in.rejected(scan.AppendJSON(nil, row), offset)); err != nil {
					return err
				}
			}
			if err := b.tick(ctx, offset); err != nil {
				return err
			}
		}
	}
	return scan.Err()
}

// twice takes all files: a first pass reads them no slower than a second, and stores no row.
func (in *parquetFolder[S, T]) twice(f files.File) bool {
	return len(in.projects) == 1 && !packed(f) && f.Size > 0
}

// parts cuts a file into its row groups.
func (in *parquetFolder[S, T]) parts(f files.File) (parts, error) {
	scan := in.src.Parquet().Scan()
	src, err := openParquet(in.env.data, f, scan)
	if err != nil {
		return nil, err
	}
	return &parquetParts{Plain: src, file: f, scan: scan}, nil
}

type parquetParts struct {
	files.Plain
	file files.File
	scan *column.Scan
	n    int
}

func (q *parquetParts) next(p *part) (bool, error) {
	if q.n == q.scan.RowGroups() {
		return false, q.Check()
	}
	p.file, p.number, p.bytes, p.at, p.lines = q.file, q.n, q.scan.GroupBytes(q.n), 0, 0
	p.hash = q.scan.Footer()
	q.n++
	return true, nil
}

func (in *parquetFolder[S, T]) scout() scout {
	return &parquetScout[S, T]{taker: taker[S, T]{input: in.input}, data: in.env.data, records: in.src.Parquet()}
}

// parquetScout looks at row groups.
type parquetScout[S, T any] struct {
	taker[S, T]
	data    string
	records parquetr.Records[S]
}

func (in *parquetScout[S, T]) look(p *part) error {
	scan := in.records.Scan()
	src, err := openParquet(in.data, p.file, scan)
	if err != nil {
		return err
	}
	defer src.Close()
	if scan.Footer() != p.hash {
		return errRewritten
	}
	in.meta = Meta{FilePath: p.file.Path, FileModTime: value.TimestampOf(p.file.ModTime)}
	scan.Only(p.number)
	for scan.Next() {
		for row := range scan.Rows() {
			in.records.Read(&in.record)
			if scan.Bad(row) {
				p.keep()
				continue
			}
			in.sightRecord(p)
		}
	}
	if err := scan.Err(); err != nil {
		return err
	}
	return src.Check()
}

var errRewritten = fmt.Errorf("%w (it was written to)", files.ErrChanged)
