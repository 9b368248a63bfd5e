package flow

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
)

// Adopted says what an Adopt has taken over.
type Adopted struct {
	Table    string           `json:"table"`
	Rows     int64            `json:"rows"`     // that the table holds now
	Versions []ForeignVersion `json:"versions"` // of others, oldest first; none when there was nothing to adopt
	Unknown  bool             `json:"unknown"`  // the log does not have all of them any more
}

// ForeignVersion is a version of a table that somebody else made.
type ForeignVersion struct {
	Version   int64     `json:"version"`
	Engine    string    `json:"engine"`
	Operation string    `json:"operation"`
	At        time.Time `json:"at"`
}

// Adopt takes an append table as others have made it: its rows stay as they are, and its flows go on where they were.
// What others have removed is not read again, and what they have added is not told from what the flows bring.
func (p Pipeline) Adopt(ctx context.Context, opt Options, name string) (*Adopted, error) {
	if name == "" {
		return nil, usage("adopt needs the name of a table")
	}
	tables, flow, err := p.find(name)
	if err != nil {
		return nil, err
	}
	if flow != "" {
		return nil, usage("%s is a flow: adopt takes the table, %s", name, tables[0].name())
	}
	if tables[0].keyed() {
		return nil, usage("table %s is of apply_changes: its rows must be what its events amount to, so a change by others cannot be adopted; `reset %s` wipes it and reads its sources again",
			tables[0].name(), tables[0].name())
	}
	w, err := p.only(ctx, opt, tables[0])
	if err != nil {
		return nil, err
	}
	defer w.close()
	return w.adopt(ctx)
}

func (w *worker) adopt(ctx context.Context) (*Adopted, error) {
	before, err := w.storedContract()
	if err != nil {
		return nil, err
	}
	differences, err := w.compare(before)
	if err != nil {
		return nil, err
	}
	if err := w.refuse(differences); err != nil {
		return nil, err
	}
	if err := w.fits(); err != nil {
		return nil, err
	}
	out := &Adopted{Table: w.def.name, Versions: []ForeignVersion{}}
	for _, f := range w.table.Files() {
		out.Rows += f.Rows - f.Dead
	}
	var lost *HistoryError
	changed := false
	err = w.eachUnseen(ctx, func(c *delta.Commit) {
		if !c.Ours {
			out.Versions = append([]ForeignVersion{{c.Version, c.Engine, c.Operation, c.Timestamp}}, out.Versions...)
		}
		changed = changed || w.foreign(c) != nil
	})
	if errors.As(err, &lost) {
		out.Unknown, changed = true, true
	} else if err != nil {
		return nil, err
	}
	if !changed {
		out.Versions = out.Versions[:0]
		return out, nil
	}
	text, _ := w.table.Domain(contract.Domain)
	return out, w.commit(ctx, &delta.Tx{Operation: "SEAMFLOW ADOPT", Domains: map[string]string{contract.Domain: text}})
}

// fits refuses a table whose columns are not those of the spec: rows of the flows could not be among them.
func (w *worker) fits() error {
	have := map[string]string{}
	for _, f := range w.table.Schema() {
		have[strings.ToLower(f.Name)] = f.Type.String()
	}
	for _, f := range w.def.schema {
		if is, ok := have[strings.ToLower(f.Name)]; ok && is != f.Type.String() {
			return usage("table %s (%s): column %s is now of type %s, and the spec makes it %s: it cannot be adopted; `reset %s` wipes the table and reads its sources again",
				w.def.name, w.dir, f.Name, is, f.Type, w.def.name)
		}
	}
	return nil
}
