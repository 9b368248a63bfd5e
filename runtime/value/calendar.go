package value

// The days that a text, a decoder or an expression may give: 0001-01-01 and 9999-12-31.
const (
	MinDate Date = -719162
	MaxDate Date = 2932896
)

// The instants of those days.
const (
	MinTimestamp = minTimestamp
	MaxTimestamp = maxTimestamp
)

// Civil is d in the proleptic Gregorian calendar.
func (d Date) Civil() (year, month, day int) {
	y, month, day := civil(int64(d))
	return int(y), month, day
}

// DateOf is the day of a calendar date. A day beyond the end of its month counts on into the next.
func DateOf(year, month, day int) Date { return daysOf(year, month, day) }

// DaysIn is the number of days of a month; year is at least 1.
func DaysIn(year, month int) int { return int(daysIn(uint(year), uint(month))) }
