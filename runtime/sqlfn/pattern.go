package sqlfn

import "regexp"

// Pattern is a compiled regular expression. Generated packages compile theirs when they are loaded.
type Pattern struct{ re *regexp.Regexp }

// NewPattern compiles a regular expression, which was checked when the package was generated.
func NewPattern(s string) Pattern { return Pattern{regexp.MustCompile(s)} }

// RegexpContains reports whether a part of s matches p.
func RegexpContains(s string, p Pattern) bool { return p.re.MatchString(s) }

// RegexpExtract is the first part of s that matches p, or of that the part of p's group; false for none. A pattern with
// a group allocates.
func RegexpExtract(s string, p Pattern) (string, bool) {
	if p.re.NumSubexp() == 0 {
		found := p.re.FindString(s)
		return found, found != "" || p.re.MatchString(s)
	}
	at := p.re.FindStringSubmatchIndex(s)
	if at == nil || at[2] < 0 {
		return "", false
	}
	return s[at[2]:at[3]], true
}
