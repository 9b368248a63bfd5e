package sqlfn

import "github.com/seamflow/seamflow/runtime/value"

// ExtractYear is the year of d.
func ExtractYear(d value.Date) int64 {
	year, _, _ := d.Civil()
	return int64(year)
}

// ExtractQuarter is 1 to 4.
func ExtractQuarter(d value.Date) int64 { return (ExtractMonth(d) + 2) / 3 }

// ExtractMonth is 1 to 12.
func ExtractMonth(d value.Date) int64 {
	_, month, _ := d.Civil()
	return int64(month)
}

// ExtractISOWeek is the week of ISO 8601, 1 to 53: the first is the one with the year's first Thursday.
func ExtractISOWeek(d value.Date) int64 {
	thursday := value.Date(floorDiv(int64(d)+3, 7) * 7)
	return (ExtractDayOfYear(thursday)-1)/7 + 1
}

// ExtractDay is 1 to 31.
func ExtractDay(d value.Date) int64 {
	_, _, day := d.Civil()
	return int64(day)
}

// ExtractDayOfWeek is 1 (Sunday) to 7.
func ExtractDayOfWeek(d value.Date) int64 { return floorMod(int64(d)+4, 7) + 1 }

// ExtractDayOfYear is 1 to 366.
func ExtractDayOfYear(d value.Date) int64 {
	year, _, _ := d.Civil()
	return int64(d-value.DateOf(year, 1, 1)) + 1
}

// ExtractHour is 0 to 23.
func ExtractHour(t value.Timestamp) int64 { return floorMod(int64(t), microsPerDay) / micros[Hour] }

// ExtractMinute is 0 to 59.
func ExtractMinute(t value.Timestamp) int64 {
	return floorMod(int64(t), micros[Hour]) / micros[Minute]
}

// ExtractSecond is 0 to 59.
func ExtractSecond(t value.Timestamp) int64 {
	return floorMod(int64(t), micros[Minute]) / micros[Second]
}

// ExtractMillisecond is 0 to 999, of the second.
func ExtractMillisecond(t value.Timestamp) int64 {
	return floorMod(int64(t), micros[Second]) / micros[Millisecond]
}

// ExtractMicrosecond is 0 to 999999, of the second.
func ExtractMicrosecond(t value.Timestamp) int64 { return floorMod(int64(t), micros[Second]) }
