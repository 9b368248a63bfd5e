package csvr

import "unicode/utf8"

// Rescued is the text of a JSON object with the record's columns that are not bound and not NULL, as strings, and with
// what the JSON readers of bound columns rescued, as objects; "" for none. It is valid until the next call of Next.
func (r *Reader) Rescued() string {
	r.rescued = r.rescued[:0]
	if !r.check() {
		return ""
	}
	for at := range r.fields {
		f := &r.fields[at]
		if r.bound[at] || f.from == f.to && !f.quoted {
			continue
		}
		r.rescueName(r.header[at])
		r.rescued = appendQuoted(r.rescued, alias(r.text(f)))
	}
	for _, i := range r.nested {
		if inner := r.json[i].Rescued(); inner != "" {
			r.rescueName(r.columns[i])
			r.rescued = append(r.rescued, inner...)
		}
	}
	if len(r.rescued) > 0 {
		r.rescued = append(r.rescued, '}')
	}
	return alias(r.rescued)
}

func (r *Reader) rescueName(name string) {
	mark := byte(',')
	if len(r.rescued) == 0 {
		mark = '{'
	}
	r.rescued = append(appendQuoted(append(r.rescued, mark), name), ':')
}

// appendQuoted appends valid UTF-8 as a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c == utf8.RuneSelf-1:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
