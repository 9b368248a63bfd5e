package value

import (
	"encoding/binary"
	"strconv"
	"time"
)

// Timestamp is an instant: microseconds since 1970-01-01T00:00:00Z.
type Timestamp int64

// Date is a day: days since 1970-01-01.
type Date int32

const (
	microsPerSecond = 1_000_000
	microsPerDay    = 86_400 * microsPerSecond

	minTimestamp Timestamp = -62135596800 * microsPerSecond   // 0001-01-01T00:00:00Z
	maxTimestamp Timestamp = 253402300800*microsPerSecond - 1 // 9999-12-31T23:59:59.999999Z
)

// TimestampOf is t, digits below a microsecond cut.
func TimestampOf(t time.Time) Timestamp { return Timestamp(t.UnixMicro()) }

// Time is t in UTC.
func (t Timestamp) Time() time.Time { return time.UnixMicro(int64(t)).UTC() }

// ParseTimestamp reads an instant of the years 0001 to 9999 in one of these forms, with a T, a t or one space between
// date and time:
//
//	2024-05-14
//	2024-05-14T03:12:06
//	2024-05-14T03:12:06.123456789
//
// The two with a time may end in Z, z, +hh:mm or +hhmm (or with -); without, they are UTC, as is the midnight that a
// date alone means. Digits below a microsecond are cut. Anything else is refused: a second 60, a blank inside, an hour
// 24, an instant that the offset moves out of the years.
func ParseTimestamp(s []byte) (Timestamp, bool) {
	if len(s) < 19 {
		day, ok := ParseDate(s)
		return Timestamp(day) * microsPerDay, ok
	}
	day, ok := parseDay(s[:10])
	if !ok || s[10] != 'T' && s[10] != ' ' && s[10] != 't' {
		return 0, false
	}
	hour, minute, second, ok := parseClock(s[11:19])
	if !ok {
		return 0, false
	}
	micros := int64(hour*3600+minute*60+second) * microsPerSecond
	s = s[19:]
	if len(s) > 0 && s[0] == '.' {
		var n int
		var fraction int64
		if fraction, n = parseFraction(s[1:]); n == 0 {
			return 0, false
		}
		micros += fraction
		s = s[1+n:]
	}
	offset, ok := parseOffset(s)
	t := Timestamp(int64(day)*microsPerDay + micros - offset*microsPerSecond)
	if !ok || t < minTimestamp || t > maxTimestamp {
		return 0, false
	}
	return t, true
}

// ParseDate reads the form 2024-05-14, of the years 0001 to 9999.
func ParseDate(s []byte) (Date, bool) {
	if len(s) != 10 {
		return 0, false
	}
	return parseDay(s)
}

func parseDay(s []byte) (Date, bool) {
	_ = s[9]
	const dashes = 0xFF0000FF00000000 // 2024-05-
	pairs, ok := pairsOfDigits(binary.LittleEndian.Uint64(s), dashes, '-')
	year, month, day := uint(pairs&0xFF)*100+uint(pairs>>16&0xFF), uint(pairs>>40&0xFF), two(s, 8)
	if !ok || month-1 > 11 || day-1 > 30 || year == 0 || day > 28 && day > daysIn(year, month) {
		return 0, false
	}
	return daysOf(int(year), int(month), int(day)), true
}

// parseClock reads the form 03:12:06.
func parseClock(s []byte) (hour, minute, second uint, ok bool) {
	const colons = 0x0000FF0000FF0000
	pairs, ok := pairsOfDigits(binary.LittleEndian.Uint64(s), colons, ':')
	hour, minute, second = uint(pairs&0xFF), uint(pairs>>24&0xFF), uint(pairs>>48&0xFF)
	return hour, minute, second, ok && hour < 24 && minute < 60 && second < 60
}

// pairsOfDigits gives for each byte of x, digits but for those of between, which are to be c, the number that it makes with
// the next one.
func pairsOfDigits(x, between uint64, c byte) (pairs uint64, ok bool) {
	const ones = 0x0101010101010101
	x ^= between&(ones*uint64(c)) | ^between&(ones*'0')
	over := x + (between&(ones*0x0F) | ^between&(ones*6)) // leaves the low half of a byte that is none of these
	return x*10 + x>>8, (x|over)&(ones*0xF0) == 0
}

// two is the number in the two digits at s[i:], above 99 where they are none.
func two(s []byte, i int) uint {
	a, b := s[i]-'0', s[i+1]-'0'
	if a > 9 || b > 9 {
		return 1000
	}
	return uint(a)*10 + uint(b)
}

func daysIn(year, month uint) uint {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysOf counts the days of the proleptic Gregorian calendar from 1970-01-01, by eras of 400 years that begin in March.
func daysOf(year, month, day int) Date {
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	inEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	return Date(era*146097 + inEra*365 + inEra/4 - inEra/100 + dayOfYear - 719468)
}

// civil is the inverse of daysOf.
func civil(days int64) (year int64, month, day int) {
	z := days + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	inEra := z - era*146097
	yearOfEra := (inEra - inEra/1460 + inEra/36524 - inEra/146096) / 365
	dayOfYear := inEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	m := (5*dayOfYear + 2) / 153
	day = int(dayOfYear - (153*m+2)/5 + 1)
	month = int(m + 3)
	if month > 12 {
		month -= 12
	}
	year = yearOfEra + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}

// parseFraction reads the digits that s begins with as microseconds, and says how many there are.
func parseFraction(s []byte) (micros int64, n int) {
	for n < len(s) && s[n]-'0' <= 9 {
		if n < 6 {
			micros = micros*10 + int64(s[n]-'0')
		}
		n++
	}
	for i := n; i < 6; i++ {
		micros *= 10
	}
	return micros, n
}

// parseOffset reads a zone, all of s, as seconds east of UTC. No zone is UTC.
func parseOffset(s []byte) (seconds int64, ok bool) {
	switch len(s) {
	case 0:
		return 0, true
	case 1:
		return 0, s[0]|0x20 == 'z'
	case 5:
	case 6:
		if s[3] != ':' {
			return 0, false
		}
	default:
		return 0, false
	}
	hour, minute := two(s, 1), two(s, len(s)-2)
	if hour > 23 || minute > 59 {
		return 0, false
	}
	seconds = int64(hour*3600 + minute*60)
	switch s[0] {
	case '+':
		return seconds, true
	case '-':
		return -seconds, true
	}
	return 0, false
}

// AppendText appends the form 2024-05-14T03:12:06Z, with six digits after the second where they are not all zero.
func (t Timestamp) AppendText(dst []byte) []byte {
	days := int64(t) / microsPerDay
	micros := int64(t) % microsPerDay
	if micros < 0 {
		days--
		micros += microsPerDay
	}
	dst = appendDay(dst, days)
	second := int(micros / microsPerSecond)
	micros %= microsPerSecond
	dst = appendTwo(append(dst, 'T'), second/3600)
	dst = appendTwo(append(dst, ':'), second/60%60)
	dst = appendTwo(append(dst, ':'), second%60)
	if micros != 0 {
		dst = appendTwo(append(dst, '.'), int(micros/10_000))
		dst = appendTwo(dst, int(micros/100%100))
		dst = appendTwo(dst, int(micros%100))
	}
	return append(dst, 'Z')
}

func (t Timestamp) String() string {
	var buf [32]byte
	return string(t.AppendText(buf[:0]))
}

// AppendText appends the form 2024-05-14.
func (d Date) AppendText(dst []byte) []byte { return appendDay(dst, int64(d)) }

func (d Date) String() string {
	var buf [16]byte
	return string(d.AppendText(buf[:0]))
}

func appendDay(dst []byte, days int64) []byte {
	year, month, day := civil(days)
	dst = appendYear(dst, year)
	dst = appendTwo(append(dst, '-'), month)
	return appendTwo(append(dst, '-'), day)
}

// appendYear writes at least four digits.
func appendYear(dst []byte, year int64) []byte {
	if year < 0 {
		dst = append(dst, '-')
		year = -year
	}
	if year < 10_000 {
		return appendTwo(appendTwo(dst, int(year/100)), int(year%100))
	}
	return strconv.AppendInt(dst, year, 10)
}

func appendTwo(dst []byte, n int) []byte {
	return append(dst, '0'+byte(n/10), '0'+byte(n%10))
}
