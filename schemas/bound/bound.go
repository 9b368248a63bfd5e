// Package bound keeps records that schemas describe within what code is generated for.
//
// It takes a model.Record as a reader made it. A few named types that hold each other many times are a small file and
// a table of millions of columns, so types are counted as often as they are used.
package bound

import (
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// What a record may be.
const (
	MaxTypes = 10_000
	MaxDepth = 32
)

// Check reports whether r is within the limits, and a diagnostic when it is not.
func Check(r *model.Record, diags *diag.List) bool {
	m := measurer{seen: map[*model.Type]measure{}}
	all := m.fields(r.Fields)
	switch {
	case all.types > MaxTypes:
		diags.Errorf("SF0102", r.Pos, "the record %s has more than 10,000 types, each counted as often as it is used", r.Name)
	case all.depth > MaxDepth:
		diags.Errorf("SF0102", r.Pos, "the record %s is nested more than 32 levels deep", r.Name)
	default:
		return true
	}
	return false
}

type measure struct{ types, depth int }

// measurer looks at each type once, however often it is used.
type measurer struct{ seen map[*model.Type]measure }

func (m measurer) of(t *model.Type) measure {
	if known, ok := m.seen[t]; ok {
		return known
	}
	inner := m.fields(t.Fields)
	if t.Elem != nil {
		inner = m.of(t.Elem)
	}
	out := measure{inner.types + 1, inner.depth + 1}
	m.seen[t] = out
	return out
}

func (m measurer) fields(fields []model.Field) (all measure) {
	for i := range fields {
		one := m.of(fields[i].Type)
		// past the limit the count stands still, so that it cannot overflow
		all = measure{min(all.types+one.types, MaxTypes+1), max(all.depth, one.depth)}
	}
	return all
}
