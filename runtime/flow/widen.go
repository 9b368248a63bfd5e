package flow

import (
	"context"
	"strings"

	"github.com/seamflow/seamflow/runtime/contract"
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

// widen carries the table over to the wider types, in a commit of its own. The contract follows in the next one; in
// between the table is one that a start widens no further.
func (w *worker) widen(ctx context.Context, wide column.Schema) error {
	var names []string
	for _, f := range wide {
		names = append(names, f.Name+" "+f.Type.String())
	}
	w.info("", "the table's files are written anew, with wider types: "+strings.Join(names, ", "))
	tx, err := w.table.Widen(ctx, wide, w.env.bufferBytes())
	if err != nil {
		return w.wrap(err)
	}
	w.dropIndex()
	return w.commit(ctx, tx)
}
