package spec

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/seamflow/seamflow/internal/diag"
)

// What a spec may be: far more than people write, and little enough that a hostile one costs nothing.
const (
	maxSize  = 1 << 20
	maxDepth = 32
	maxNodes = 100_000
)

// readYAML gives the top node of the one document that src holds, or nil.
func readYAML(src *source, diags *diag.List) *yaml.Node {
	if len(src.text) > maxSize {
		diags.Errorf("SF0002", src.pos(0), "the spec is larger than 1 MiB")
		return nil
	}
	if i := invalidUTF8(src.text); i >= 0 {
		diags.Errorf("SF0001", src.pos(i), "the spec is not UTF-8 text")
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(src.text))
	var doc, next yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		diags.Add(diag.Diagnostic{ID: "SF0001", Pos: src.pos(0), Message: "the spec is empty", Hint: "it starts with pipeline: NAME"})
		return nil
	case err != nil:
		broken(src, err, diags)
		return nil
	}
	switch err := d.Decode(&next); {
	case err == nil:
		diags.Errorf("SF0001", src.posOf(next.Content[0]), "a spec is one YAML document; a second one starts here")
		return nil
	case !errors.Is(err, io.EOF):
		broken(src, err, diags)
		return nil
	}
	root := doc.Content[0]
	limits := limiter{src: src, diags: diags}
	limits.walk(root, 1)
	if limits.stopped {
		return nil
	}
	return root
}

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// limiter refuses what a spec has no use for and a hostile one is made of.
type limiter struct {
	src     *source
	diags   *diag.List
	nodes   int
	stopped bool
}

func (l *limiter) walk(n *yaml.Node, depth int) {
	if l.stopped {
		return
	}
	if l.nodes++; l.nodes > maxNodes {
		l.stop(n, "the spec has more than 100,000 values")
		return
	}
	if depth > maxDepth {
		l.stop(n, "the spec is nested more than 32 levels deep")
		return
	}
	switch {
	case n.Kind == yaml.AliasNode:
		l.stop(n, "YAML aliases (*"+n.Value+") are not read: write the value out")
	case n.Anchor != "":
		l.diags.Errorf("SF0003", l.src.posOf(n), "YAML anchors (&%s) are not read", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		l.diags.Errorf("SF0003", l.src.posOf(n), "YAML tags (%s) are not read", n.Tag)
	}
	for _, c := range n.Content {
		l.walk(c, depth+1)
	}
}

func (l *limiter) stop(n *yaml.Node, message string) {
	id := "SF0002"
	if n.Kind == yaml.AliasNode {
		id = "SF0003"
	}
	l.diags.Errorf(id, l.src.posOf(n), "%s", message)
	l.stopped = true
}

var libraryPrefix = regexp.MustCompile(`^yaml: (line \d+: )?`)

// broken reports text that is not YAML. The library names a line at best, and rarely the right one, so the place is
// looked for.
func broken(src *source, err error, diags *diag.List) {
	message := libraryPrefix.ReplaceAllString(err.Error(), "")
	at := faultAt(src.text[:min(len(src.text), maxSearched)], message)
	d := diag.Diagnostic{ID: "SF0001", Message: "broken YAML: " + message, Hint: hintFor(message)}
	bracket := strings.Contains(message, "',' or") || strings.Contains(message, "did not find expected node content")
	if i := unquotedReference(src.text); bracket && i >= 0 {
		at = i
		d.Hint = `quote it: {path: "${NAME}/…"}`
	} else if at < len(src.text) && src.text[at] == '\t' {
		d.Hint = "YAML is indented with spaces"
	}
	d.Pos = src.pos(at)
	diags.Add(d)
}

// maxSearched bounds the work of finding the place in a spec that was made to be slow.
const maxSearched = 64 << 10

// faultAt finds where YAML goes wrong: behind the last line up to which it is right, at the end of the shortest
// beginning that fails with the same message. Of the lines near the end each is tried, of those before ever fewer, and
// then those between by halves: a beginning may take long to read.
func faultAt(text []byte, message string) int {
	const near = 16
	good, bad, step := len(text), len(text), 1
	for tried := 0; good > 0; tried++ {
		if tried >= near {
			step *= 2
		}
		bad = good
		for range step {
			good = bytes.LastIndexByte(text[:max(good-1, 0)], '\n') + 1
		}
		if failure(text[:good]) == "" {
			break
		}
	}
	var ends []int // of the lines between, all but the last
	for at := good; step > 1; ends = append(ends, at) {
		if at += bytes.IndexByte(text[at:bad], '\n') + 1; at >= bad {
			break
		}
	}
	if n := sort.Search(len(ends), func(i int) bool { return failure(text[:ends[i]]) != "" }); n > 0 {
		good = ends[n-1]
	}
	rest := len(text) - good
	n := sort.Search(rest, func(n int) bool { return failure(text[:good+n]) == message })
	return max(good, good+n-1)
}

func failure(text []byte) string {
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		return libraryPrefix.ReplaceAllString(err.Error(), "")
	}
	return ""
}

var unquoted = regexp.MustCompile(`[{\[][^"'\n]*[:,\[] *[^"'\n ]*?(\$\{)`)

// unquotedReference finds a ${NAME} inside {…} or […] that no quotes protect, or gives -1.
func unquotedReference(text []byte) int {
	for at := 0; at < len(text); {
		end := len(text)
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i
		}
		if m := unquoted.FindSubmatchIndex(text[at:end]); m != nil && !bytes.HasPrefix(bytes.TrimSpace(text[at:end]), []byte("#")) {
			return at + m[2]
		}
		at = end + 1
	}
	return -1
}

func hintFor(message string) string {
	for _, h := range []struct{ part, hint string }{
		{"mapping values are not allowed", `a text that holds ": " is quoted, or goes on the lines below "key: >-"; if this is a key, its indentation does not fit the line above`},
		{"a tab character", "YAML is indented with spaces"},
		{"cannot start any token", "a text that starts with this character is quoted"},
		{"unexpected end of stream", "a quote is opened here and never closed"},
		{"',' or", "a bracket is opened and never closed, or a comma is missing; a text with brackets or commas is quoted"},
		{"did not find expected key", "the indentation does not fit the lines above, or a text needs quotes"},
		{"did not find expected '-' indicator", "the indentation does not fit the lines above"},
		{"could not find expected ':'", "a key is followed by a colon and a space; a text over several lines goes on the lines below \"key: >-\""},
		{"unknown anchor", "aliases are not read; a text that starts with * is quoted"},
		{"unknown escape", `in double quotes \ starts an escape: use single quotes`},
	} {
		if strings.Contains(message, h.part) {
			return h.hint
		}
	}
	return ""
}
