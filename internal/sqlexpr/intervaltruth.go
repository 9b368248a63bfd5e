package sqlexpr

// truth is the set of what a condition may come to.
type truth uint8

const (
	isTRUE truth = 1 << iota
	isFALSE
	isNULL
	failed // the record is quarantined, in sight
)

func truthOf(b bool) truth {
	if b {
		return isTRUE
	}
	return isFALSE
}

// anything is what a condition may come to of which no more is known.
func anything(nullable, canFail bool) truth {
	t := isTRUE | isFALSE
	if nullable {
		t |= isNULL
	}
	if canFail {
		t |= failed
	}
	return t
}

// taken reports whether no record is left out in silence.
func (t truth) taken() bool { return t&(isFALSE|isNULL) == 0 }

func (t truth) has(one truth) bool { return t&one != 0 }

// singles are the members of t.
func (t truth) singles(yield func(truth) bool) {
	for one := isTRUE; one <= failed; one <<= 1 {
		if t.has(one) && !yield(one) {
			return
		}
	}
}

func (t truth) not() truth {
	out := t &^ (isTRUE | isFALSE)
	if t.has(isTRUE) {
		out |= isFALSE
	}
	if t.has(isFALSE) {
		out |= isTRUE
	}
	return out
}

// both is t AND u, and with not around it OR.
func (t truth) both(u truth) truth { return boths[t][u] }

// boths is AND of all sets.
var boths = func() (out [16][16]truth) {
	for t := range truth(16) {
		for u := range truth(16) {
			out[t][u] = t.bothOf(u)
		}
	}
	return out
}()

// bothOf is AND, one by one. Where one side settles it, the other may fail before that is seen.
func (t truth) bothOf(u truth) truth {
	var out truth
	for a := range t.singles {
		for b := range u.singles {
			switch {
			case a == isFALSE || b == isFALSE:
				out |= isFALSE | (a|b)&failed
			case a == failed || b == failed:
				out |= failed
			default:
				out |= max(a, b) // NULL if one is, else TRUE
			}
		}
	}
	return out
}

func (t truth) either(u truth) truth { return t.not().both(u.not()).not() }

// test is what IS NULL and the like make of t: one of TRUE and FALSE.
func (t truth) test(of truth) truth {
	out := t & failed
	if t.has(of) {
		out |= isTRUE
	}
	if t&^(of|failed) != 0 {
		out |= isFALSE
	}
	return out
}

// comparedTo is t how u of two conditions.
func (t truth) comparedTo(how string, u truth) truth {
	var out truth
	for a := range t.singles {
		for b := range u.singles {
			if (a|b)&failed != 0 {
				out |= failed
				continue
			}
			out |= compares(how, a.datum(), b.datum())
		}
	}
	return out
}

// datum is the value that a single truth is.
func (t truth) datum() datum {
	switch t {
	case isTRUE:
		return whole(1)
	case isFALSE:
		return whole(0)
	}
	return datum{state: isNull}
}

// truth is what a BOOL's value comes to.
func (d datum) truth(ofUnknown truth) truth {
	switch d.state {
	case isUnknown:
		return ofUnknown
	case isNull:
		return isNULL
	case isError:
		return failed
	}
	return truthOf(d.n.Sign() != 0)
}
