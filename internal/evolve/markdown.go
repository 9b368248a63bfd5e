package evolve

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/runtime/contract"
)

// maxComment is what a comment of a pull request may take, in bytes; GitHub's bound is 65,536 characters.
const maxComment = 60_000

// Marker begins every comment, so that the next run finds the last one's and writes it anew.
const Marker = "<!-- seamflow review -->"

// markdown is the report as a comment of a pull request: the worst first, and as much as a comment holds.
func (r *Report) markdown() []byte {
	var b strings.Builder
	b.WriteString(Marker + "\n")
	if len(r.Findings) == 0 {
		b.WriteString("### seamflow review: no change\n\n" + md(r.summary()) + "\n")
		return []byte(b.String())
	}
	fmt.Fprintf(&b, "### seamflow review: %s\n\n%s.\n", r.Worst(), md(r.summary()))
	for _, step := range r.steps() {
		b.WriteString("\n" + md(step) + ".\n")
	}
	b.WriteString("\n")
	var safe []*Finding
	left := 0
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Counts() == contract.Safe {
			safe = append(safe, f)
			continue
		}
		text := f.markdown()
		if left > 0 || b.Len()+len(text) > maxComment {
			left++
			continue
		}
		b.WriteString(text)
	}
	if left > 0 {
		fmt.Fprintf(&b, "\nand %d more: `seamflow review` prints them all.\n", left)
	}
	safeList(&b, safe)
	return []byte(b.String())
}

func safeList(b *strings.Builder, safe []*Finding) {
	if len(safe) == 0 {
		return
	}
	fmt.Fprintf(b, "\n<details><summary>%d safe</summary>\n\n", len(safe))
	for i, f := range safe {
		line := "- " + md(f.Message) + " " + at(f.Pos()) + "\n"
		if b.Len()+len(line) > maxComment+2000 {
			fmt.Fprintf(b, "- and %d more\n", len(safe)-i)
			break
		}
		b.WriteString(line)
	}
	b.WriteString("\n</details>\n")
}

func (f *Finding) markdown() string {
	var b strings.Builder
	open := ""
	if f.Counts() >= contract.Refresh {
		open = " open"
	}
	fmt.Fprintf(&b, "<details%s><summary><b>%s</b> %s</summary>\n\n", open, f.label(), html(f.Message))
	fmt.Fprintf(&b, "%s: %s.\n\n", at(f.Pos()), mdCode(f.Why))
	rows := 0
	for i, text := range f.Effects {
		if text == "" {
			continue
		}
		if rows++; rows == 1 {
			b.WriteString("| it concerns | how |\n|---|---|\n")
		}
		fmt.Fprintf(&b, "| %s | %s |\n", diag.Axes()[i], mdCode(text))
	}
	if rows > 0 {
		b.WriteString("\n")
	}
	if f.Fix != "" && f.Fix != "nothing" {
		fmt.Fprintf(&b, "**Fix:** %s\n\n", mdCode(f.Fix))
	}
	if a := f.Accepted; a != nil {
		fmt.Fprintf(&b, "**Accepted** by %s%s: %s\n\n", md(a.Owner), until(a), md(a.Reason))
	}
	before := ""
	if f.New.IsValid() && f.Old.IsValid() {
		before = " · before: " + at(f.Old)
	}
	fmt.Fprintf(&b, "<sub>%s · fingerprint %s%s</sub>\n</details>\n", f.ID, code(f.Fingerprint), before)
	return b.String()
}

// maxWords bounds one text in a comment: a spec may hold anything.
const maxWords = 2000

func cut(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case r < ' ' || r == utf8.RuneError:
			return '.'
		}
		return r
	}, text)
	if len(text) > maxWords {
		n := maxWords
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n] + "…"
	}
	return text
}

// md is text as Markdown shows it: nothing of it is markup, calls somebody or is a link.
func md(text string) string {
	var b strings.Builder
	for _, r := range cut(text) {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '@':
			b.WriteString("@&#8203;") // a character that has no width: nobody is called
		case strings.ContainsRune("\\`*_{}[]()#+!|~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return unlinked.Replace(b.String())
}

// mdCode is md, but for what stands in backticks.
func mdCode(text string) string {
	parts := strings.Split(cut(text), "`")
	if len(parts)%2 == 0 {
		return md(text)
	}
	for i := range parts {
		if i%2 == 1 && parts[i] != "" {
			parts[i] = code(parts[i])
		} else {
			parts[i] = md(parts[i])
		}
	}
	return strings.Join(parts, "")
}

var unlinked = strings.NewReplacer("://", ":&#8203;//", "www.", "www&#8203;.")

// html is text inside an HTML element, where Markdown is not read.
func html(text string) string {
	return unlinked.Replace(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "@&#8203;").Replace(cut(text)))
}

// code is text in backticks.
func code(text string) string {
	return "`" + strings.NewReplacer("`", "'", "|", "¦").Replace(cut(text)) + "`"
}

func at(pos diag.Pos) string {
	if !pos.IsValid() {
		return "in the lock file"
	}
	return code(pos.String())
}
