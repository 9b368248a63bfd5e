package avror

import (
	"math"
	"strconv"

	"github.com/seamflow/seamflow/runtime/value"
)

// The days that texts of dates can have: 0001-01-01 to 9999-12-31.
const (
	firstDay     = -719162
	lastDay      = 2932896
	microsPerDay = 86_400_000_000
)

// Date reads a number of days since 1970-01-01, or a text. The years are 0001 to 9999.
func (r *Reader) Date() value.Date {
	const what = "a date such as 2024-05-14"
	n, start := r.here(), r.pos
	if n.wire == wireInt {
		day := r.int32()
		if day < firstDay || day > lastDay {
			r.pos = start
			r.fail("expected a date of the years 0001 to 9999, found day " + strconv.Itoa(int(day)) + " since 1970")
			return 0
		}
		return value.Date(day)
	}
	text, start, ok := r.quoted(n, what)
	d, ok2 := value.ParseDate(text)
	if ok && !ok2 {
		r.mismatch(start, what, alias(text))
	}
	return d
}

// Timestamp reads an instant: a number in the writer's unit since 1970, or a text. The years are 0001 to 9999, and
// digits below a microsecond are cut.
func (r *Reader) Timestamp() value.Timestamp {
	const what = "a timestamp such as 2024-05-14T03:12:06Z"
	n, start := r.here(), r.pos
	var t int64
	switch n.wire {
	case wireLong:
		t = r.varint()
	case wireInt:
		t = int64(r.int32())
	default:
		text, start, ok := r.quoted(n, what)
		t, ok2 := value.ParseTimestamp(text)
		if ok && !ok2 {
			r.mismatch(start, what, alias(text))
		}
		return t
	}
	micros := t
	if n.unit > 0 {
		if t > math.MaxInt64/n.unit || t < math.MinInt64/n.unit {
			micros = math.MaxInt64
		} else {
			micros = t * n.unit
		}
	} else if micros = t / -n.unit; t%-n.unit < 0 {
		micros--
	}
	if micros < firstDay*microsPerDay || micros >= (lastDay+1)*microsPerDay {
		if r.err == nil {
			r.pos = start
			r.fail("expected a timestamp of the years 0001 to 9999, found the number " + strconv.FormatInt(t, 10))
		}
		return 0
	}
	return value.Timestamp(micros)
}
