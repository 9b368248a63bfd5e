package jsontree

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// text takes a string in double quotes and gives its characters.
func (p *parser) text() string {
	p.at++
	var out []byte
	for p.at < len(p.src) {
		c := p.src[p.at]
		switch {
		case c == '"':
			p.at++
			return string(out)
		case c == '\\':
			out = p.escape(out)
		case c < ' ':
			p.broken("a text holds "+p.found(), `write it as an escape: \n, \t, \u0000`)
		case c < utf8.RuneSelf:
			out = append(out, c)
			p.at++
		default:
			r, size := utf8.DecodeRune(p.src[p.at:])
			if r == utf8.RuneError && size == 1 {
				p.broken("a text is not UTF-8", "")
			}
			out = append(out, p.src[p.at:p.at+size]...)
			p.at += size
		}
		if p.stopped {
			return ""
		}
	}
	p.broken("a text is not closed", "")
	return ""
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (p *parser) escape(out []byte) []byte {
	if p.at+1 < len(p.src) {
		if c, ok := escapes[p.src[p.at+1]]; ok {
			p.at += 2
			return append(out, c)
		}
	}
	r, ok := p.hex(p.at)
	if !ok {
		p.broken("an unknown escape", `a backslash is written \\`)
		return nil
	}
	size := 6
	if utf16.IsSurrogate(r) {
		low, _ := p.hex(p.at + size)
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			p.broken("half a surrogate pair", `write the character itself, or both halves: \ud83d\ude00`)
			return nil
		}
		size = 12
	}
	p.at += size
	return utf8.AppendRune(out, r)
}

// hex reads \u00e9 at an offset.
func (p *parser) hex(at int) (rune, bool) {
	if at+6 > len(p.src) || p.src[at] != '\\' || p.src[at+1] != 'u' {
		return 0, false
	}
	for _, c := range p.src[at+2 : at+6] {
		if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f') {
			return 0, false
		}
	}
	v, err := strconv.ParseUint(string(p.src[at+2:at+6]), 16, 16)
	return rune(v), err == nil
}

// found names what comes next for a person.
func (p *parser) found() string {
	if p.at >= len(p.src) {
		return "the end of the file"
	}
	r, size := utf8.DecodeRune(p.src[p.at:])
	switch {
	case r == utf8.RuneError && size == 1:
		return "a byte that is not UTF-8"
	case r == '\n' || r == '\r':
		return "the end of the line"
	case r < ' ':
		return fmt.Sprintf("the control character U+%04X", r)
	}
	return strconv.QuoteRune(r)
}
