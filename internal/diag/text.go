package diag

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WriteText prints diagnostics for people: the line file:line:col: SF0123: message, the source line with a caret, every
// related place with its line, and the hint. source gives a file's content, or false where it cannot be read.
func WriteText(w io.Writer, diags []Diagnostic, source func(file string) ([]byte, bool)) error {
	p := textPrinter{source: source, lines: map[string][][]byte{}}
	for i, d := range diags {
		if i > 0 {
			p.out.WriteByte('\n')
		}
		p.diagnostic(d)
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

type textPrinter struct {
	out    bytes.Buffer
	source func(file string) ([]byte, bool)
	lines  map[string][][]byte // of the files read so far
}

func (p *textPrinter) diagnostic(d Diagnostic) {
	p.place(d.Pos, d.ID+": ", d.Severity, d.Message)
	p.excerpt(d.Pos)
	for _, r := range d.Related {
		p.place(r.Pos, "", Error, r.Message)
		p.excerpt(r.Pos)
	}
	if d.Hint != "" {
		p.out.WriteString("hint: " + clean(d.Hint) + "\n")
	}
}

func (p *textPrinter) place(pos Pos, id string, s Severity, message string) {
	if pos.IsValid() {
		p.out.WriteString(clean(pos.String()) + ": ")
	}
	p.out.WriteString(id)
	if s == Warning {
		p.out.WriteString("warning: ")
	}
	p.out.WriteString(clean(message) + "\n")
}

// excerpt prints the line at pos, cut around the column when it is long, and a caret below the column.
func (p *textPrinter) excerpt(pos Pos) {
	line, ok := p.line(pos)
	if !ok {
		return
	}
	number := strconv.Itoa(pos.Line)
	text, caret := window(line, pos.Col-1)
	p.out.WriteString(strings.TrimRight("  "+number+" | "+text, " ") + "\n")
	if pos.Col > 0 {
		p.out.WriteString("  " + strings.Repeat(" ", len(number)) + " | " + strings.Repeat(" ", caret) + "^\n")
	}
}

func (p *textPrinter) line(pos Pos) ([]byte, bool) {
	if !pos.IsValid() || pos.Line < 1 || p.source == nil {
		return nil, false
	}
	lines, ok := p.lines[pos.File]
	if !ok {
		if src, found := p.source(pos.File); found {
			lines = bytes.Split(src, []byte("\n"))
		}
		p.lines[pos.File] = lines
	}
	if pos.Line > len(lines) {
		return nil, false
	}
	line := lines[pos.Line-1]
	if pos.Line == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff")) // columns count from behind it
	}
	return bytes.TrimSuffix(line, []byte("\r")), true
}

// What a line of an excerpt may take: the columns before the caret and in all.
const (
	leadWidth = 80
	lineWidth = 120
	tabWidth  = 4
)

// window renders a line for a terminal: tabs as blanks, control characters as a dot, and of a long line the part around
// the byte at. It gives the text and the display column of at.
func window(line []byte, at int) (text string, caret int) {
	at = min(max(at, 0), len(line))
	start := 0
	if displayWidth(line[:at]) > leadWidth {
		for start = at; start > 0 && displayWidth(line[start:at]) < leadWidth/2; {
			_, n := utf8.DecodeLastRune(line[:start])
			start -= n
		}
	}
	var b strings.Builder
	width := 0
	if start > 0 {
		b.WriteString("…")
		width = 1
	}
	caret = width
	for i := start; i <= len(line); {
		if i <= at {
			caret = width
		}
		if i == len(line) {
			break
		}
		if width > lineWidth {
			b.WriteString("…")
			break
		}
		r, n := utf8.DecodeRune(line[i:])
		width += writeRune(&b, r, width)
		i += n
	}
	return b.String(), caret
}

func displayWidth(line []byte) int {
	width := 0
	var b strings.Builder
	for _, r := range string(line) {
		width += writeRune(&b, r, width)
	}
	return width
}

// writeRune writes what a terminal shows for r at a display column, and gives the columns that it takes.
func writeRune(b *strings.Builder, r rune, column int) int {
	if r == '\t' {
		n := tabWidth - column%tabWidth
		b.WriteString(strings.Repeat(" ", n))
		return n
	}
	if unprintable(r) {
		b.WriteByte('.')
		return 1
	}
	b.WriteRune(r)
	return runeWidth(r)
}

// clean keeps text from other people's files from steering a terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unprintable(r) {
			return '.'
		}
		return r
	}, s)
}

// Clean is text for a terminal: what would steer it is a dot.
func Clean(text string) string { return clean(text) }
