package sqlfn

import "unicode/utf8"

// Like reports whether s is as pattern says: % stands for any characters, _ for one, and \ takes the next for itself.
func Like(s, pattern string) bool {
	// after and rest are where to go on after the last %, one character of s further each time.
	after, rest := -1, 0
	p, i := 0, 0
	for i < len(s) || p < len(pattern) {
		if p < len(pattern) && pattern[p] == '%' {
			p++
			after, rest = p, i
			continue
		}
		if step, used := matchOne(s[i:], pattern[p:]); used > 0 {
			i, p = i+step, p+used
			continue
		}
		if after < 0 || rest >= len(s) {
			return false
		}
		_, size := utf8.DecodeRuneInString(s[rest:])
		rest += size
		p, i = after, rest
	}
	return true
}

// matchOne matches the first of pattern, which is no %, with the first of s: how much of each is used, 0 for no match.
func matchOne(s, pattern string) (step, used int) {
	if s == "" || pattern == "" {
		return 0, 0
	}
	switch {
	case pattern[0] == '_':
		_, step = utf8.DecodeRuneInString(s)
		return step, 1
	case pattern[0] == '\\' && len(pattern) > 1:
		if pattern[1] != s[0] {
			return 0, 0
		}
		return 1, 2 // what follows of a longer character stands for itself
	case pattern[0] != s[0]:
		return 0, 0
	}
	return 1, 1
}
