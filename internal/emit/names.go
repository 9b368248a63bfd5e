package emit

import (
	"fmt"
	"go/token"
	"hash/fnv"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are written in one case, as Go does.
var initialisms = set("ACL", "API", "ASCII", "CPU", "CSS", "CSV", "DNS", "EOF", "GUID", "HTML", "HTTP", "HTTPS", "ID", "IP", "JSON",
	"LHS", "QPS", "RAM", "RHS", "RPC", "SKU", "SLA", "SMTP", "SQL", "SSH", "TCP", "TLS", "TTL", "UDP", "UI", "UID", "UUID",
	"URI", "URL", "UTF8", "VM", "XML", "XMPP", "XSRF", "XSS")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// exported gives the exported Go identifier nearest to name: customerId is CustomerID, 2fa is X2fa, 注文 is X注文.
// It is always an identifier; different names may give the same one.
func exported(name string) string {
	id := strings.Join(titled(name), "")
	if first, _ := utf8.DecodeRuneInString(id); !unicode.IsUpper(first) {
		return "X" + id
	}
	return id
}

// local gives the unexported identifier nearest to name: order_id is orderID, ID is id. It may be a keyword.
func local(name string) string {
	ts := titled(name)
	if len(ts) == 0 {
		return "x"
	}
	if first, _ := utf8.DecodeRuneInString(ts[0]); !unicode.IsUpper(first) {
		return "x" + strings.Join(ts, "")
	}
	return strings.ToLower(ts[0]) + strings.Join(ts[1:], "")
}

func titled(name string) []string {
	shouting := !strings.ContainsFunc(name, unicode.IsLower)
	ws := words(name)
	for i, w := range ws {
		ws[i] = title(w, shouting)
	}
	return ws
}

// words splits at what is neither letter nor digit and where the case says so: lineItems, HTTPServer, order_id.
func words(name string) []string {
	var out []string
	var w []rune
	flush := func() {
		if len(w) > 0 {
			out = append(out, string(w))
			w = nil
		}
	}
	rs := []rune(name)
	for i, r := range rs {
		switch {
		case unicode.IsMark(r) || r == utf8.RuneError:
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && len(w) > 0:
			last := w[len(w)-1]
			startsWord := i+1 < len(rs) && unicode.IsLower(rs[i+1]) && !pluralTail(rs[i+1:])
			if !unicode.IsUpper(last) || startsWord {
				flush()
			}
		}
		w = append(w, r)
	}
	flush()
	return out
}

// pluralTail reports whether rest is the s of a plural like the one of IDs: no lower-case letter follows it.
func pluralTail(rest []rune) bool {
	return rest[0] == 's' && (len(rest) == 1 || !unicode.IsLower(rest[1]))
}

func title(word string, shouting bool) string {
	upper := strings.ToUpper(word)
	stem := strings.TrimRight(upper, "0123456789")
	if initialisms[upper] || initialisms[stem] {
		return upper
	}
	if one, plural := strings.CutSuffix(upper, "S"); plural && initialisms[one] {
		return one + "s"
	}
	first, n := utf8.DecodeRuneInString(word)
	rest := word[n:]
	if shouting {
		rest = strings.ToLower(rest)
	}
	return string(unicode.ToUpper(first)) + rest
}

// singular names one element of a list by the list's own name: LineItems is LineItem, Entries is Entry, Boxes is Box,
// Address stays. It is a spelling rule, not grammar, so that it never changes.
func singular(id string) string {
	for _, rule := range [...]struct{ tail, by string }{
		{"ies", "y"}, {"sses", "ss"}, {"xes", "x"}, {"ches", "ch"}, {"shes", "sh"}, {"ss", "ss"}, {"us", "us"}, {"s", ""},
	} {
		if stem, ok := strings.CutSuffix(id, rule.tail); ok && stem != "" {
			return stem + rule.by
		}
	}
	return id
}

// scope hands out each identifier once.
type scope map[string]bool

// claim takes the first of the wanted identifiers that is free, or numbers the last of them.
func (s scope) claim(wanted ...string) string {
	for _, id := range wanted {
		if !s[id] {
			s[id] = true
			return id
		}
	}
	last := strings.TrimRight(wanted[len(wanted)-1], "_")
	for n := 2; ; n++ {
		if id := last + "_" + strconv.Itoa(n); !s[id] {
			s[id] = true
			return id
		}
	}
}

// packageScope holds what generated files use without declaring it: imports, predeclared names, fixed names.
func packageScope() scope {
	s := scope{"Pipeline": true, "toolVersion": true, "graph": true, "init": true, "main": true, "_": true}
	for _, path := range Imports() {
		s[path[strings.LastIndexByte(path, '/')+1:]] = true
	}
	for _, name := range [...]string{"any", "append", "bool", "byte", "cap", "clear", "copy", "error", "false", "float32", "float64",
		"int", "int8", "int16", "int32", "int64", "iota", "len", "make", "max", "min", "new", "nil", "panic", "rune",
		"string", "true", "uint", "uint8", "uint16", "uint32", "uint64"} {
		s[name] = true
	}
	for t := token.BREAK; t <= token.VAR; t++ {
		s[t.String()] = true
	}
	return s
}

// fileStem gives a file name's stem for name: lower-case ASCII words joined by "_", any other character as its code
// point in hex. The suffixes that follow it (_record, _table) keep build constraints in file names away.
func fileStem(name string) string {
	const longest = 100
	var b strings.Builder
	for i, w := range words(name) {
		if i > 0 {
			b.WriteByte('_')
		}
		for _, r := range strings.ToLower(w) {
			if r < utf8.RuneSelf {
				b.WriteRune(r)
			} else {
				fmt.Fprintf(&b, "u%04x", r)
			}
		}
	}
	stem := b.String()
	switch {
	case stem == "":
		return "x"
	case len(stem) > longest:
		h := fnv.New32a()
		h.Write([]byte(stem))
		return stem[:longest] + "_" + strconv.FormatUint(uint64(h.Sum32()), 16)
	}
	return stem
}
