package sqlfn

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is the greatest length, in characters of LPAD and RPAD and in bytes of REPEAT, that a call may ask for.
const MaxText = 1 << 20

// Length counts the characters of s.
func Length(s string) int64 { return int64(utf8.RuneCountInString(s)) }

// Lower is s in lower case.
func Lower(s string) string { return strings.ToLower(s) }

// Upper is s in upper case.
func Upper(s string) string { return strings.ToUpper(s) }

// Trim is s without white space at both ends.
func Trim(s string) string { return strings.TrimSpace(s) }

// TrimLeft is s without white space at its start.
func TrimLeft(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) }

// TrimRight is s without white space at its end.
func TrimRight(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }

// TrimChars is s without the characters of chars at both ends.
func TrimChars(s, chars string) string { return strings.Trim(s, chars) }

// TrimLeftChars is s without the characters of chars at its start.
func TrimLeftChars(s, chars string) string { return strings.TrimLeft(s, chars) }

// TrimRightChars is s without the characters of chars at its end.
func TrimRightChars(s, chars string) string { return strings.TrimRight(s, chars) }

// SubstrFrom is s from the position pos on: 1 is the first character, as is 0 and what lies before it, -1 the last.
func SubstrFrom(s string, pos int64) string {
	switch {
	case pos > 0:
		return s[skip(s, pos-1):]
	case pos < 0:
		return s[skipBack(s, pos):]
	}
	return s
}

// Substr is the first n characters of SubstrFrom.
func Substr(s string, pos, n int64) (string, error) {
	if n < 0 {
		return "", Error("SUBSTR: the length " + itoa(n) + " is below 0")
	}
	s = SubstrFrom(s, pos)
	return s[:skip(s, n)], nil
}

// skip is the index in s behind n characters, or its end.
func skip(s string, n int64) int {
	if n >= int64(len(s)) {
		return len(s)
	}
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// skipBack is the index in s of its character -n from the end, or 0.
func skipBack(s string, n int64) int {
	i := len(s)
	for ; n < 0 && i > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	return i
}

// Left is the first n characters of s.
func Left(s string, n int64) (string, error) {
	if n < 0 {
		return "", Error("LEFT: the length " + itoa(n) + " is below 0")
	}
	return s[:skip(s, n)], nil
}

// Right is the last n characters of s.
func Right(s string, n int64) (string, error) {
	if n < 0 {
		return "", Error("RIGHT: the length " + itoa(n) + " is below 0")
	}
	return s[skipBack(s, -n):], nil
}

// Replace is s with every from replaced by to; an empty from is nowhere.
func Replace(s, from, to string) string {
	if from == "" {
		return s
	}
	return strings.ReplaceAll(s, from, to)
}

// StartsWith reports whether s begins with t.
func StartsWith(s, t string) bool { return strings.HasPrefix(s, t) }

// EndsWith reports whether s ends with t.
func EndsWith(s, t string) bool { return strings.HasSuffix(s, t) }

// Strpos is the position of the first t in s, from 1, or 0.
func Strpos(s, t string) int64 {
	i := strings.Index(s, t)
	if i < 0 {
		return 0
	}
	return Length(s[:i]) + 1
}

// Lpad is s filled up with pad on its left, or cut on its right, to n characters.
func Lpad(s string, n int64, pad string) (string, error) {
	missing, err := room("LPAD", s, n, pad)
	if err != nil || missing <= 0 {
		return s[:skip(s, n)], err
	}
	b := make([]byte, 0, len(s)+int(missing)*len(pad))
	return string(append(fill(b, missing, pad), s...)), nil
}

// Rpad is s filled up with pad, or cut, on its right to n characters.
func Rpad(s string, n int64, pad string) (string, error) {
	missing, err := room("RPAD", s, n, pad)
	if err != nil || missing <= 0 {
		return s[:skip(s, n)], err
	}
	b := make([]byte, 0, len(s)+int(missing)*len(pad))
	return string(fill(append(b, s...), missing, pad)), nil
}

// room says how many characters s lacks for n.
func room(name, s string, n int64, pad string) (int64, error) {
	switch {
	case n < 0:
		return 0, Error(name + ": the length " + itoa(n) + " is below 0")
	case n > MaxText:
		return 0, Error(name + ": the length " + itoa(n) + " is above " + itoa(MaxText))
	case pad == "":
		return 0, Error(name + ": nothing to pad with")
	}
	return n - Length(s), nil
}

// fill appends n characters of pad, over and over.
func fill(b []byte, n int64, pad string) []byte {
	for whole := Length(pad); n > 0; n -= whole {
		b = append(b, pad[:skip(pad, n)]...)
	}
	return b
}

// Repeat is s n times.
func Repeat(s string, n int64) (string, error) {
	switch {
	case n < 0:
		return "", Error("REPEAT: " + itoa(n) + " times is below 0")
	case len(s) > 0 && n > MaxText/int64(len(s)):
		return "", Error("REPEAT: a text of " + itoa(int64(len(s))) + " bytes " + itoa(n) + " times is above " + itoa(MaxText) + " bytes")
	case len(s) == 0:
		return "", nil
	}
	return strings.Repeat(s, int(n)), nil
}

// Reverse is the characters of s from last to first.
func Reverse(s string) string {
	b := make([]byte, 0, len(s))
	for i := len(s); i > 0; {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		b = append(b, s[i-size:i]...)
		i -= size
	}
	return string(b)
}

// ConcatBytes is a and then b.
func ConcatBytes(a, b []byte) []byte {
	return append(append(make([]byte, 0, len(a)+len(b)), a...), b...)
}
