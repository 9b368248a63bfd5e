package app

import (
	"strconv"
	"strings"
	"unicode"
)

// printable writes what a terminal would obey as what it is: texts hold file names and records, which are anybody's.
func printable(s string) string {
	obeyed := func(c rune) bool { return c != '\n' && c != '\t' && !unicode.IsPrint(c) }
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.IndexFunc(s, obeyed) < 0 {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		if obeyed(c) {
			q := strconv.QuoteRuneToASCII(c)
			b.WriteString(q[1 : len(q)-1])
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}
