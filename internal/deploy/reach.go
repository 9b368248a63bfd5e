package deploy

import (
	"fmt"
	"slices"
	"time"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/sqlexpr"
	"github.com/seamflow/seamflow/runtime/stream"
)

// cutoverAt finds the day or time from which on a filter takes rows: the greatest of its lower bounds.
func cutoverAt(p *sqlexpr.Predicate) (at time.Time, text string) {
	var look func(e *model.Expr)
	look = func(e *model.Expr) {
		switch {
		case e.Op == model.OpAnd:
			for _, a := range e.Args {
				look(a)
			}
		case e.Op == model.OpCompare:
			lit := e.Args[1]
			if e.Func == "<" || e.Func == "<=" {
				lit = e.Args[0]
			}
			if t, ok := instant(lit); ok && e.Func != "!=" && t.After(at) {
				at, text = t, sqlexpr.Format(e, p.Over)
			}
		}
	}
	for _, e := range p.Where {
		look(e)
	}
	return at, text
}

func instant(e *model.Expr) (time.Time, bool) {
	if e.Op != model.OpLiteral || e.Lit == nil || e.Lit.Null {
		return time.Time{}, false
	}
	switch e.Lit.Type.Kind {
	case model.Date:
		return time.Unix(e.Lit.Int*24*60*60, 0).UTC(), true
	case model.Timestamp:
		return time.UnixMicro(e.Lit.Int).UTC(), true
	}
	return time.Time{}, false
}

// reach asks whether the topics of flows that start reach back to the time from which on they are to bring rows: records
// that came before retention took them, or that lie before the flow's start, are brought by nobody.
func (c *cut) reach() error {
	for i := range c.all {
		p := &c.all[i]
		f, source := c.flowOf("flows."+p.Flow), c.source(p.Source)
		in := slices.IndexFunc(f.Inputs, func(in Input) bool { return in.Source == p.Source })
		at, text := cutoverAt(p)
		if f.State != Starts || source == nil || source.Kafka == nil || in < 0 || at.IsZero() {
			continue
		}
		if at.After(time.Now()) {
			c.prove("topic: the time is still to come from which on " + p.Flow + " brings rows (" + at.Format(time.RFC3339) + ")")
			continue
		}
		if err := c.reaches(f, &f.Inputs[in], source, at, text); err != nil {
			return fmt.Errorf("flow %s: source %s: %w", f.Name, source.Name, err)
		}
	}
	return nil
}

func (c *cut) reaches(f *Flow, in *Input, source *model.Source, at time.Time, text string) error {
	s, err := c.topic(f, source, model.KafkaStart{At: "timestamp", Micros: at.UnixMicro()})
	if err != nil {
		return err
	}
	defer s.Close()
	begins, short := in.next(), false
	err = eachPartition(c.m.ctx, s, func(b stream.Bounds, since stream.Position) {
		what := ""
		switch begin := begins[b.Partition]; {
		case begin > since.Next:
			what = fmt.Sprintf("the flow starts at offset %d, and offsets from %d on are of that time", begin, since.Next)
		case b.Earliest > 0 && since.Next <= b.Earliest && b.Earliest < b.End:
			what = fmt.Sprintf("its first record, at offset %d, is of a later time, and records before it were removed", b.Earliest)
		case b.Earliest > 0 && b.Earliest == b.End:
			what = fmt.Sprintf("all of its records, %d offsets, were removed", b.End)
		}
		if what != "" {
			short = true
			c.refuse(acceptGap, "flows."+f.Name, fmt.Sprintf("it takes rows with %s, and topic %s, partition %d, may lack records since %s: %s",
				text, s.Topic(), b.Partition, at.Format(time.RFC3339), what), "cut over at a later value, or start the topic earlier")
		}
	})
	if err == nil && !short {
		c.prove("topic: " + s.Topic() + " reaches back to " + at.Format(time.RFC3339) + ", from which on " + f.Name + " brings rows")
	}
	return err
}
