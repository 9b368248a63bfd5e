package sqlexpr

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/cloudspannerecosystem/memefish"
	sqltoken "github.com/cloudspannerecosystem/memefish/token"
)

// typedLiterals are words that, before a text, make a literal of a type.
var typedLiterals = map[string]bool{"DATE": true, "TIMESTAMP": true, "NUMERIC": true, "JSON": true}

// quoteName writes a name so that it reads back as that name.
func quoteName(name string) string {
	upper := strings.ToUpper(name)
	_, reserved := sqltoken.KeywordsMap[sqltoken.TokenKind(upper)]
	plain := name != "" && !isDigit(name[0]) && !reserved && !typedLiterals[upper]
	for i := range len(name) {
		plain = plain && isWordByte(name[i])
	}
	if plain {
		return name
	}
	return "`" + escape(name, '`', false) + "`"
}

// quoteText writes a STRING literal.
func quoteText(s string) string { return "'" + escape(s, '\'', false) + "'" }

// quoteBytes writes a BYTES literal.
func quoteBytes(s string) string { return "b'" + escape(s, '\'', true) + "'" }

func escape(s string, quote byte, bytes bool) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf && !bytes {
			_, n := utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		switch {
		case c == quote || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ' || c >= 0x7F:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
		i++
	}
	return b.String()
}

// unquote reads one quoted name or STRING literal.
func unquote(s string) (string, bool) {
	lexer := memefish.Lexer{File: &sqltoken.File{Buffer: s}}
	if err := lexer.NextToken(); err != nil || int(lexer.Token.End) != len(s) {
		return "", false
	}
	ok := lexer.Token.Kind == sqltoken.TokenIdent || lexer.Token.Kind == sqltoken.TokenString
	return lexer.Token.AsString, ok && utf8.ValidString(lexer.Token.AsString)
}
