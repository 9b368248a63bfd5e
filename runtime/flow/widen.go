package flow

import (
	"context"
	"strings"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// widerColumns are plain columns whose type in the spec is wider than the table's. The contract has been compared: no other
// change of type is left.
func (w *worker) widerColumns() (wide column.Schema) {
	for _, f := range w.def.schema {
		for _, have := range w.table.Schema() {
			if strings.EqualFold(have.Name, f.Name) && contract.Widens(have.Type.String(), f.Type.String()) {
				wide = append(wide, f)
			}
		}
	}
	return wide
}

// widen writes the table's files anew with the wider types, and gives the commit that puts them in place.
func (w *worker) widen(ctx context.Context, wide column.Schema) (*delta.Tx, error) {
	var names []string
	for _, f := range wide {
		names = append(names, f.Name+" "+f.Type.String())
	}
	w.info("", "the table's files are written anew, with wider types: "+strings.Join(names, ", "))
	tx, err := w.table.Widen(ctx, wide, w.env.bufferBytes())
	if err != nil {
		return nil, w.wrap(err)
	}
	w.dropIndex()
	return tx, nil
}
