package files

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// glob is a pattern, split into the folder that it begins in and what is matched below that.
type glob struct {
	base    string // no wildcards
	pattern string
	dirs    []string // patterns of the folders that files can be below, as far as they are known
	deep    bool     // files can be further down than dirs says
	literal bool     // pattern has no wildcards either
}

func newGlob(text string) (*glob, error) {
	if text == "" {
		return nil, fmt.Errorf("files.path is empty")
	}
	if strings.HasSuffix(text, "/") {
		return nil, fmt.Errorf("files.path %s names a folder; name the files in it, as in %s*.json", text, text)
	}
	g := &glob{}
	g.base, g.pattern = doublestar.SplitPattern(clean(text))
	if !doublestar.ValidatePattern(g.pattern) {
		return nil, fmt.Errorf("files.path %s is not a pattern: a bracket or brace is not closed, or a backslash is its end", text)
	}
	if slices.Contains(strings.Split(g.pattern, "/"), "..") {
		return nil, fmt.Errorf("files.path %s goes up (..) behind a wildcard, which matches nothing", text)
	}
	g.literal = !strings.ContainsAny(g.pattern, `*?[{\`)
	if slashInBraces(g.pattern) {
		g.deep = true // which folders lead to a match is left to the match
		return g, nil
	}
	segments := strings.Split(g.pattern, "/")
	for _, s := range segments[:len(segments)-1] {
		if s == "**" {
			g.deep = true
			break
		}
		g.dirs = append(g.dirs, s)
	}
	g.deep = g.deep || segments[len(segments)-1] == "**"
	return g, nil
}

// clean drops what changes no meaning: `.` segments and doubled slashes. path.Clean would also take `*/..` for nothing.
func clean(text string) string {
	var kept []string
	for i, s := range strings.Split(text, "/") {
		if s != "." && (s != "" || i == 0) {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, "/")
}

func slashInBraces(pattern string) bool {
	depth := 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			depth--
		case '/':
			if depth > 0 {
				return true
			}
		}
	}
	return false
}

// matches reports whether the glob takes the file at rel, a path below base.
func (g *glob) matches(rel string) bool {
	return g.literal && rel == g.pattern || !g.literal && doublestar.MatchUnvalidated(g.pattern, rel)
}

// descends reports whether files below the folder dir, a path below base, may match.
func (g *glob) descends(dir string) bool {
	depth := strings.Count(dir, "/")
	if depth >= len(g.dirs) {
		return g.deep
	}
	return doublestar.MatchUnvalidated(g.dirs[depth], path.Base(dir))
}

// skipped reports whether a name is nobody's data: writers, this program included, use such names for what is not finished
// and for what they keep for themselves.
func (g *glob) skipped(name string) bool {
	return !g.literal && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_"))
}
