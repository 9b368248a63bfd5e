package flow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/state"
	"github.com/seamflow/seamflow/runtime/value"
)

var errNotPlain = errors.New("a packed file cannot be read twice")

// someLines are the records of a part that have survived the first pass, as rows that are still to be judged.
type someLines[T any] struct {
	part
	mark  *mark
	until int // the number of the first record behind the part
	err   error

	rows      column.Rows[T]
	live      column.Bitset // of rows
	records   []someLine
	changes   state.Offers // of the records that are rows or deletes
	ids       []state.ID   // of their keys
	truncates [][]byte     // sequences
	faults    []error      // of those that are bad
}

// someLine is a record that has survived.
type someLine struct {
	from, to int   // of its bytes in the part
	line     int64 // of the file
	fate     fate
	hash     uint64 // of its row
}

// fate is what a record comes to before it is judged.
type fate uint8

const (
	rowFate fate = iota
	deleteFate
	truncateFate
	badFate
	leftOutFate
)

// readSome takes the records of a file that the first pass has left. Several goroutines decode and make rows of them, in
// buffers of their own; this one judges.
func (in *folder[S, T]) readSome(ctx context.Context, rc io.ReadCloser, b *batch, some *survivors) (err error) {
	defer rc.Close()
	src, plain := rc.(files.Plain)
	if !plain {
		return errNotPlain
	}
	meta, at := in.meta, 0
	cut := func(s *someLines[T]) bool {
		for ; at < len(some.marks); at++ {
			s.mark, s.until = &some.marks[at], some.set.Len()
			if at+1 < len(some.marks) {
				s.until = some.marks[at+1].records
			}
			if some.any(s.mark.records, s.until) {
				at++
				s.err = s.read(src)
				return true
			}
		}
		return false
	}
	hand := func() func(*someLines[T]) {
		h := &lineHand[S, T]{taker: taker[S, T]{input: in.input, sink: in.sink, meta: meta}}
		return func(s *someLines[T]) {
			if s.err == nil {
				s.err = h.take(s, some)
			}
		}
	}
	in.second.run(cut, hand, func(s *someLines[T]) bool {
		if err = s.err; err == nil {
			err = in.judgeLines(ctx, s, b)
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	return src.Check()
}

// read reads the part at the mark.
func (s *someLines[T]) read(src io.ReaderAt) error {
	s.at = s.mark.at
	if int64(cap(s.data)) < s.mark.bytes {
		s.data = make([]byte, s.mark.bytes)
	}
	s.data = s.data[:s.mark.bytes]
	if n, err := src.ReadAt(s.data, s.at); n < len(s.data) {
		if err != io.EOF {
			return err
		}
		return fmt.Errorf("%w (it was cut off)", files.ErrChanged)
	}
	return nil
}

// lineHand makes rows of the lines of parts, in a goroutine of its own. Of its sink it uses what makes no difference.
type lineHand[S, T any] struct {
	taker[S, T]
	enc []byte
}

// take makes rows of the survivors of a part, which must be what the first pass has read.
func (in *lineHand[S, T]) take(s *someLines[T], some *survivors) error {
	if value.Hash(s.data) != s.mark.hash {
		return fmt.Errorf("%w (it was written to)", files.ErrChanged)
	}
	if s.rows == nil {
		s.rows = in.sink.newRows()
	}
	s.rows.Leaves().Reset()
	s.records, s.truncates, s.faults = s.records[:0], s.truncates[:0], s.faults[:0]
	s.changes.Reset()
	number := s.mark.records
	for l := (lineCutter{data: s.data}); l.next(); number++ {
		if !some.has(number) {
			continue
		}
		r := someLine{from: l.offset, to: l.offset + len(l.record), line: s.mark.lines + l.lines}
		in.meta.Line = r.line
		in.makeRow(s, &r, l.record)
		s.records = append(s.records, r)
	}
	return nil
}

func (in *lineHand[S, T]) makeRow(s *someLines[T], r *someLine, raw []byte) {
	ok, err := in.decodeJSON(raw)
	if ok && err == nil {
		ok, err = in.projectOne(in.projects[0])
	}
	switch ch := &in.change; {
	case err != nil:
		r.fate = badFate
		s.faults = append(s.faults, err)
		return
	case !ok:
		r.fate = leftOutFate
		return
	case ch.Truncate:
		r.fate = truncateFate
		s.truncates = append(s.truncates, bytes.Clone(ch.Seq))
		return
	case ch.Delete:
		r.fate = deleteFate
	default:
		in.enc = in.sink.appendRow(in.enc[:0], &in.row)
		r.hash = rowHash(in.enc)
		s.rows.Append(&in.row)
	}
	s.changes.Add(in.change.Key, in.change.Seq, 0)
}

// judgeLines judges the rows of a part and buffers those that are to be stored.
func (in *folder[S, T]) judgeLines(ctx context.Context, s *someLines[T], b *batch) error {
	k := b.keyed
	s.live.Reset()
	s.ids = k.index.PutAll(&s.changes, s.ids[:0])
	var change, truncate, bad int
	for i := range s.records {
		r := &s.records[i]
		b.counts.Read++
		in.meta.Line = r.line
		switch r.fate {
		case badFate:
			raw := s.data[r.from:r.to]
			if err := in.failed(ctx, b, s.faults[bad], in.rejected(raw, s.at+int64(r.from))); err != nil {
				return err
			}
			bad++
		case leftOutFate:
			b.leaveOut(nil)
		case truncateFate:
			k.truncate(s.truncates[truncate])
			truncate++
		default:
			ch := merge.Change{Delete: r.fate == deleteFate}
			ch.Key, ch.Seq = s.changes.At(change)
			k.at = in.meta.place()
			stores := k.take(s.ids[change], &ch, r.hash)
			if r.fate == rowFate {
				s.live.Append(stores)
			}
			change++
		}
	}
	if leaves := s.rows.Leaves(); leaves.Rows() > 0 {
		if s.live.Count() < leaves.Rows() {
			leaves.Keep(&s.live)
		}
		b.rows.leaves.AppendAll(leaves)
	}
	return b.pause(ctx, s.at+s.mark.bytes, true)
}

// take judges a change whose row, if it has one, is not buffered yet; it reports whether it is to be.
func (k *keyed) take(id state.ID, ch *merge.Change, hash uint64) (stores bool) {
	if k.below(ch) {
		k.counts.Late++
		return false
	}
	e := k.shown(k.index.Get(id))
	return k.judge(id, &e, ch, hash)
}
