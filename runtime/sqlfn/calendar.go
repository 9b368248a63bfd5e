package sqlfn

import "github.com/seamflow/seamflow/runtime/value"

// Part is a part of a date or time.
type Part uint8

const (
	Microsecond Part = iota
	Millisecond
	Second
	Minute
	Hour
	Day
	Week    // begins on Sunday
	ISOWeek // begins on Monday
	Month
	Quarter
	Year
)

// micros is the length of the parts that have one.
var micros = [...]int64{Microsecond: 1, Millisecond: 1000, Second: 1_000_000, Minute: 60_000_000, Hour: 3_600_000_000,
	Day: microsPerDay, Week: 7 * microsPerDay, ISOWeek: 7 * microsPerDay}

const microsPerDay = 86_400_000_000

var partNames = [...]string{"MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR"}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// DateOf is the day of t.
func DateOf(t value.Timestamp) value.Date { return value.Date(floorDiv(int64(t), microsPerDay)) }

// Midnight is the beginning of d.
func Midnight(d value.Date) value.Timestamp { return value.Timestamp(int64(d) * microsPerDay) }

// date and instant refuse what lies outside of the years 0001 to 9999.
func date(days int64, of string) (value.Date, error) {
	if days < int64(value.MinDate) || days > int64(value.MaxDate) {
		return 0, Error(of + " lies outside of the years 0001 to 9999")
	}
	return value.Date(days), nil
}

func instant(micros int64, ok bool) (value.Timestamp, bool) {
	t := value.Timestamp(micros)
	return t, ok && t >= value.MinTimestamp && t <= value.MaxTimestamp
}

// DateAdd is n parts after d, in a month too short for the day its last.
func DateAdd(d value.Date, n int64, part Part) (value.Date, error) {
	if r, ok := addDate(d, n, part); ok {
		return r, nil
	}
	return 0, Error(d.String() + " + " + itoa(n) + " " + partNames[part] + " lies outside of the years 0001 to 9999")
}

// DateSub is n parts before d.
func DateSub(d value.Date, n int64, part Part) (value.Date, error) {
	if r, ok := addDate(d, -n, part); ok {
		return r, nil
	}
	return 0, Error(d.String() + " - " + itoa(n) + " " + partNames[part] + " lies outside of the years 0001 to 9999")
}

func addDate(d value.Date, n int64, part Part) (value.Date, bool) {
	const most = 1 << 40 // beyond any date, and far from overflow
	if n > most || n < -most {
		return 0, false
	}
	days := int64(d)
	switch part {
	case Month, Quarter, Year:
		year, month, day := d.Civil()
		months := int64(year)*12 + int64(month-1) + n*monthsOf(part)
		if months < 12 || months >= 120_000 {
			return 0, false
		}
		year, month = int(months/12), int(months%12)+1
		days = int64(value.DateOf(year, month, min(day, value.DaysIn(year, month))))
	case Week, ISOWeek:
		days += 7 * n
	default:
		days += n
	}
	if days < int64(value.MinDate) || days > int64(value.MaxDate) {
		return 0, false
	}
	return value.Date(days), true
}

func monthsOf(part Part) int64 {
	switch part {
	case Quarter:
		return 3
	case Year:
		return 12
	}
	return 1
}

// DateDiff counts the beginnings of parts after b up to a, below 0 where a is before b.
func DateDiff(a, b value.Date, part Part) int64 { return index(a, part) - index(b, part) }

// index numbers the parts of the calendar; d is in the part of its index.
func index(d value.Date, part Part) int64 {
	switch part {
	case Week:
		return floorDiv(int64(d)+4, 7) // 1970-01-01 is a Thursday, 4 days into its week
	case ISOWeek:
		return floorDiv(int64(d)+3, 7)
	case Month, Quarter, Year:
		year, month, _ := d.Civil()
		return floorDiv(int64(year)*12+int64(month-1), monthsOf(part))
	}
	return int64(d)
}

// DateTrunc is the first day of d's part.
func DateTrunc(d value.Date, part Part) (value.Date, error) {
	i := index(d, part)
	days := int64(d)
	switch part {
	case Week:
		days = i*7 - 4
	case ISOWeek:
		days = i*7 - 3
	case Month, Quarter, Year:
		months := i * monthsOf(part)
		days = int64(value.DateOf(int(floorDiv(months, 12)), int(floorMod(months, 12))+1, 1))
	}
	if days < int64(value.MinDate) {
		return 0, Error("the " + partNames[part] + " of " + d.String() + " begins before the year 0001")
	}
	return value.Date(days), nil
}

// TimestampAdd is n parts after t.
func TimestampAdd(t value.Timestamp, n int64, part Part) (value.Timestamp, error) {
	by, fits := SafeMulInt64(n, micros[part])
	sum, ok := SafeAddInt64(int64(t), by)
	if r, ok := instant(sum, ok && fits); ok {
		return r, nil
	}
	return 0, Error(t.String() + " + " + itoa(n) + " " + partNames[part] + " lies outside of the years 0001 to 9999")
}

// TimestampSub is n parts before t.
func TimestampSub(t value.Timestamp, n int64, part Part) (value.Timestamp, error) {
	by, fits := SafeMulInt64(n, micros[part])
	sum, ok := SafeSubInt64(int64(t), by)
	if r, ok := instant(sum, ok && fits); ok {
		return r, nil
	}
	return 0, Error(t.String() + " - " + itoa(n) + " " + partNames[part] + " lies outside of the years 0001 to 9999")
}

// TimestampDiff is a - b in whole parts, cut towards 0.
func TimestampDiff(a, b value.Timestamp, part Part) int64 {
	return (int64(a) - int64(b)) / micros[part]
}

// TimestampTrunc is the beginning of t's part.
func TimestampTrunc(t value.Timestamp, part Part) (value.Timestamp, error) {
	if part <= Day {
		return t - value.Timestamp(floorMod(int64(t), micros[part])), nil
	}
	d, err := DateTrunc(DateOf(t), part)
	return Midnight(d), err
}

// TimestampOf is the time of n parts since 1970.
func TimestampOf(n int64, part Part) (value.Timestamp, error) {
	if r, ok := instant(SafeMulInt64(n, micros[part])); ok {
		return r, nil
	}
	return 0, Error(itoa(n) + " times a " + partNames[part] + " since 1970 lies outside of the years 0001 to 9999")
}

// Unix is the whole parts since 1970 at t, rounded down.
func Unix(t value.Timestamp, part Part) int64 { return floorDiv(int64(t), micros[part]) }

// DateFromUnix is n days after 1970-01-01.
func DateFromUnix(n int64) (value.Date, error) { return date(n, "day "+itoa(n)+" since 1970-01-01") }
