package state

// cursor walks over a run in order.
type cursor struct {
	run  *run
	next int // block
	buf  []byte
	rest []byte
	at   record
}

// advance moves to the next record, and reports false at the end.
func (c *cursor) advance() (bool, error) {
	if len(c.rest) == 0 {
		if c.next == c.run.Blocks {
			return false, nil
		}
		var err error
		if c.buf, err = c.run.block(c.next, c.buf); err != nil {
			return false, err
		}
		c.rest = c.buf
		c.next++
	}
	c.rest = c.at.take(c.rest)
	return true, nil
}

// fold visits the entries of runs, oldest run first, in order: of each key that of the newest run.
func fold(runs []*run, visit func(*record) error) error {
	var live []*cursor
	for _, r := range runs {
		c := &cursor{run: r}
		more, err := c.advance()
		if err != nil {
			return err
		}
		if more {
			live = append(live, c)
		}
	}
	var same []*cursor // cursors at the least key, oldest first
	for len(live) > 0 {
		same = least(live, same[:0])
		if err := visit(&same[len(same)-1].at); err != nil {
			return err
		}
		for _, c := range same {
			more, err := c.advance()
			if err != nil {
				return err
			}
			if !more {
				live = without(live, c)
			}
		}
	}
	return nil
}

// least appends the cursors at the least key to into. There are a few runs at a time.
func least(live, into []*cursor) []*cursor {
	for _, c := range live {
		cmp := -1
		if len(into) > 0 {
			cmp = c.at.compare(&into[0].at)
		}
		if cmp < 0 {
			into = into[:0]
		}
		if cmp <= 0 {
			into = append(into, c)
		}
	}
	return into
}

func without(live []*cursor, gone *cursor) []*cursor {
	kept := live[:0]
	for _, c := range live {
		if c != gone {
			kept = append(kept, c)
		}
	}
	return kept
}
