package flow

import "github.com/seamflow/seamflow/runtime/delta/column"

// encoder encodes and writes a row group in a goroutine of its own while the next one fills. Where its rows go is known
// before: nobody waits for it but who reads the file, closes it, or has the next row group.
type encoder struct {
	spare *column.Leaves // of the row group on its way
	done  chan error     // nil while there is none
}

// begin takes the rows of leaves, which it empties. An error is one of the row group before. A nil encoder is done when it
// returns.
func (e *encoder) begin(f *openFile, leaves *column.Leaves) error {
	if e == nil {
		defer leaves.Reset()
		return f.WriteRowGroup(leaves)
	}
	if err := e.wait(); err != nil {
		return err
	}
	if e.spare == nil {
		e.spare = column.NewLeaves(leaves.Schema())
	}
	leaves.Swap(e.spare)
	done := make(chan error, 1)
	e.done = done
	go func() { done <- f.WriteRowGroup(e.spare) }()
	return nil
}

// wait waits for the row group on its way, and gives its error.
func (e *encoder) wait() error {
	if e == nil || e.done == nil {
		return nil
	}
	err := <-e.done
	e.done = nil
	e.spare.Reset()
	return err
}
