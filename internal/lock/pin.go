package lock

import "github.com/seamflow/seamflow/internal/model"

// Pin gives every field of p's records its tag: the one that the lock holds, or the next free one, which the lock then
// holds too. Fields of a named type are pinned under the type's name, those of an unnamed struct under their path.
func (f *File) Pin(p *model.Pipeline) {
	pins := pinner{lock: f, pipeline: p.Name, next: map[string]int{}, done: map[*model.Type]bool{}}
	for k, tag := range f.fields[p.Name] {
		pins.next[k.record] = max(pins.next[k.record], tag)
	}
	for _, r := range p.Records {
		pins.fields(r.Name, "", r.Fields)
	}
}

type pinner struct {
	lock     *File
	pipeline string
	next     map[string]int // the greatest tag given out, by record
	done     map[*model.Type]bool
}

func (p *pinner) fields(record, prefix string, fields []model.Field) {
	for i := range fields {
		fd := &fields[i]
		k := fieldKey{p.pipeline, record, prefix + fd.Name}
		tag, ok := p.lock.fields[p.pipeline][k]
		if !ok {
			p.next[record]++
			tag = p.next[record]
			p.lock.addField(k, tag)
		}
		fd.Tag = tag
	}
	for i := range fields {
		p.nested(record, prefix+fields[i].Name, fields[i].Type)
	}
}

func (p *pinner) nested(record, path string, t *model.Type) {
	switch t.Kind {
	case model.List, model.Map:
		p.nested(record, path+"[]", t.Elem)
	case model.Struct:
		if p.done[t] {
			return
		}
		p.done[t] = true
		if t.Name != "" {
			p.fields(record+"/"+t.Name, "", t.Fields)
		} else {
			p.fields(record, path+".", t.Fields)
		}
	}
}
