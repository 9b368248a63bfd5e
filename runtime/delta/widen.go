package delta

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seamflow/seamflow/runtime/delta/column"
)

// OpWiden is the operation of a commit that makes the types of columns wider.
const OpWiden = "SEAMFLOW WIDEN"

// Widen writes the table's files anew with wider types for plain columns, each of which the column's present type must fit
// in without loss, and gives the commit that puts them in the place of the old ones. Live rows keep their order, dead ones
// are left out; readers need no feature of Delta for it. It holds up to limit bytes of rows. Until the commit the files are
// debris.
func (t *Table) Widen(ctx context.Context, columns column.Schema, limit int) (*Tx, error) {
	var files []*File
	for _, f := range t.Files() {
		frozen, err := t.frozen(f.Path)
		if err != nil {
			return nil, fmt.Errorf("widen table %s: %w", t.dir, err)
		}
		files = append(files, frozen)
	}
	job := t.fork(files)
	text, err := widenColumns(t.meta.SchemaString, columns)
	if err == nil {
		job.schema, err = decodeSchema(text)
	}
	if err != nil {
		return nil, fmt.Errorf("widen table %s: %w", t.dir, err)
	}
	tx := &Tx{Operation: OpWiden, Widen: columns, Domains: map[string]string{}, rearranges: true}
	var moves []Move
	for _, f := range files {
		g, err := job.gather(ctx, []*File{f}, limit)
		if err != nil {
			for _, add := range tx.Adds {
				_ = job.DiscardFile(add) // else it is debris
			}
			return nil, fmt.Errorf("widen table %s: file %s: %w", t.dir, f.Path, err)
		}
		tx.Removes = append(tx.Removes, f.Path)
		moves = append(moves, g.moves...)
		if g.add.Path != "" {
			tx.Adds = append(tx.Adds, g.add)
		}
	}
	if len(moves) == 0 {
		return tx, nil
	}
	redirect, err := job.writeMoves(moves)
	if err != nil {
		return nil, fmt.Errorf("widen table %s: %w", t.dir, err)
	}
	tx.Domains[redirectDomain] = redirect
	return tx, nil
}

// widenColumns is a schema's text with other types for some columns; what else it says of them stays.
func widenColumns(text string, columns column.Schema) (string, error) {
	var s schemaJSON
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return "", err
	}
	for i := range s.Fields {
		for _, c := range columns {
			if !strings.EqualFold(s.Fields[i].Name, c.Name) {
				continue
			}
			var err error
			if s.Fields[i].Type, err = encodeType(c.Type, c.Name); err != nil {
				return "", err
			}
		}
	}
	return string(rawJSON(s)), nil
}
