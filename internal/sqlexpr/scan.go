package sqlexpr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what kind of thing a token is, as far as the work before parsing has to know.
type tokenKind uint8

const (
	word   tokenKind = iota + 1 // a name or keyword, unquoted
	quoted                      // a name in backquotes
	text                        // a STRING or BYTES literal
	number
	symbol // one character
)

// token is SQL[start:end].
type token struct {
	kind       tokenKind
	start, end int
	upper      string // of a word and symbol
}

// scan cuts sql into tokens, comments and blanks left out. It knows just enough to tell code from texts, comments and
// quoted names; what is broken in those is left for the parser to report.
func scan(sql string) []token {
	var tokens []token
	for i := 0; i < len(sql); {
		if n := blankLen(sql[i:]); n > 0 {
			i += n
			continue
		}
		kind, n := tokenAt(sql[i:])
		t := token{kind: kind, start: i, end: i + n}
		if kind == word || kind == symbol {
			t.upper = strings.ToUpper(sql[i : i+n])
		}
		tokens = append(tokens, t)
		i += n
	}
	return tokens
}

// blankLen is the length of the white space or comment that s begins with.
func blankLen(s string) int {
	if r, n := utf8.DecodeRuneInString(s); unicode.IsSpace(r) {
		return n
	}
	switch {
	case s[0] == '#', strings.HasPrefix(s, "--"):
		return upTo(s, "\n")
	case strings.HasPrefix(s, "/*"):
		return upTo(s, "*/")
	}
	return 0
}

// upTo is the length of s through end.
func upTo(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

func tokenAt(s string) (tokenKind, int) {
	if n := prefixLen(s); n >= 0 {
		return text, n + quotedLen(s[n:])
	}
	c := s[0]
	switch {
	case c == '`':
		return quoted, quotedLen(s)
	case isDigit(c):
		return number, numberLen(s)
	case isWordByte(c):
		n := 1
		for n < len(s) && isWordByte(s[n]) {
			n++
		}
		return word, n
	}
	_, n := utf8.DecodeRuneInString(s)
	return symbol, n
}

// prefixLen is the length of the r, b or both before a text's quote, -1 where s does not begin with a text.
func prefixLen(s string) int {
	for i := 0; i < 3 && i < len(s); i++ {
		switch s[i] {
		case '"', '\'':
			return i
		case 'r', 'R', 'b', 'B':
		default:
			return -1
		}
	}
	return -1
}

// quotedLen is the length of what is quoted at the start of s, in one or three quotes, or all of s where it never ends.
func quotedLen(s string) int {
	quote := s[:1]
	if triple := strings.Repeat(quote, 3); quote != "`" && strings.HasPrefix(s, triple) {
		quote = triple
	}
	for i := len(quote); i < len(s); i++ {
		if s[i] == '\\' {
			i++
		} else if strings.HasPrefix(s[i:], quote) {
			return i + len(quote)
		}
	}
	return len(s)
}

func numberLen(s string) int {
	n := 1
	for n < len(s) && (isWordByte(s[n]) || s[n] == '.' || (s[n] == '-' || s[n] == '+') && s[n-1]|0x20 == 'e' && !strings.HasPrefix(s, "0x")) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWordByte(c byte) bool {
	return c == '_' || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z'
}
