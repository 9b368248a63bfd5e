package lock

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// fact is a line: its first words tell it from others.
type fact struct {
	words []string
	key   int // so many
}

func compareFacts(a, b fact) int { return slices.Compare(a.words, b.words) }

// lines gives the facts of a pipeline but for its fields, which carry tags.
func (f *Facts) lines() []fact {
	w := &writer{}
	properties(w, []string{"pipeline", f.Pipeline}, f, pipelineProps)
	for i := range f.Targets {
		t := &f.Targets[i]
		properties(w, []string{"target", f.Pipeline, t.Name}, t, targetProps)
		for j := 0; j+1 < len(t.Values); j += 2 {
			w.add(4, "value", f.Pipeline, t.Name, t.Values[j], t.Values[j+1])
		}
	}
	for i := range f.Records {
		properties(w, []string{"record", f.Pipeline, f.Records[i].Name}, &f.Records[i], recordProps)
	}
	for i := range f.Sources {
		properties(w, []string{"source", f.Pipeline, f.Sources[i].Name}, &f.Sources[i], sourceProps)
	}
	for i := range f.Views {
		properties(w, []string{"view", f.Pipeline, f.Views[i].Name}, &f.Views[i], viewProps)
	}
	for i := range f.Tables {
		t := &f.Tables[i]
		properties(w, []string{"table", f.Pipeline, t.Name}, t, tableProps)
		for j := range t.Columns {
			w.column(f.Pipeline, t, j)
		}
	}
	for i := range f.Flows {
		fl := &f.Flows[i]
		properties(w, []string{"flow", f.Pipeline, fl.Name}, fl, flowProps)
		for j := range fl.Inputs {
			in := &fl.Inputs[j]
			properties(w, []string{"input", f.Pipeline, fl.Name, strconv.Itoa(j + 1)}, in, inputProps)
			for k := 0; k+1 < len(in.Rows); k += 2 {
				w.add(5, "row", f.Pipeline, fl.Name, strconv.Itoa(j+1), in.Rows[k], in.Rows[k+1])
			}
		}
	}
	for i := range f.Expectations {
		e := &f.Expectations[i]
		properties(w, []string{"expectation", f.Pipeline, e.Owner, e.Name}, e, expectationProps)
	}
	return w.all
}

type writer struct{ all []fact }

func (w *writer) add(key int, words ...string) { w.all = append(w.all, fact{words, key}) }

func properties[T any](w *writer, of []string, t *T, props []prop[T]) {
	for _, p := range props {
		if values := p.get(t); len(values) > 0 {
			w.add(len(of)+1, slices.Concat(of, []string{p.name}, values)...)
		}
	}
}

func (w *writer) column(pipeline string, t *Table, i int) {
	c := &t.Columns[i]
	words := []string{"column", pipeline, t.Name, c.Name, c.Type}
	if !c.Nullable {
		words = append(words, "required")
	}
	if c.Doc != "" {
		words = append(words, "doc", c.Doc)
	}
	if i > 0 {
		words = append(words, "after", t.Columns[i-1].Name)
	}
	w.add(4, words...)
}

// fieldWords are what stands behind the tag of a field that is in the schema.
func fieldWords(fd *Field, after string) []string {
	words := []string{fd.Type}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"null", fd.Nullable}, {"optional", fd.Optional}} {
		if flag.set {
			words = append(words, flag.name)
		}
	}
	for _, more := range [][2]string{{"named", fd.Named}, {"default", fd.Default}, {"doc", fd.Doc}, {"in", fd.In}, {"after", after}} {
		if more[1] != "" {
			words = append(words, more[0], more[1])
		}
	}
	return words
}

// after gives the field that stands before r.Fields[i] in its struct, by name.
func (r *Record) after(i int) string {
	in := r.Fields[i].In
	for j := i - 1; j >= 0; j-- {
		switch {
		case r.Fields[j].In == in:
			return r.Fields[j].Name()
		case r.Fields[j].Path == in:
			return ""
		}
	}
	return ""
}

// options reads what stands behind the type of a field or column: words with a value, and those without.
func options(words []string, valued, plain []string) (map[string]string, bool) {
	out := map[string]string{}
	for len(words) > 0 {
		switch name := words[0]; {
		case slices.Contains(plain, name):
			out[name] = "true"
			words = words[1:]
		case slices.Contains(valued, name) && len(words) > 1:
			out[name] = words[1]
			words = words[2:]
		default:
			return nil, false
		}
	}
	return out, true
}

// linked is something that says which one it comes after.
type linked struct {
	name, after string
	at          int
}

// ordered puts things behind the ones that they come after. Two that come after one, as in a merge of two branches, are
// sorted by name; those whose predecessor is gone come last.
func ordered(all []linked) []int {
	slices.SortFunc(all, func(a, b linked) int { return cmp.Compare(a.name, b.name) })
	behind := map[string][]int{}
	for i := range all {
		behind[all[i].after] = append(behind[all[i].after], i)
	}
	var out []int
	done := make([]bool, len(all))
	put := func(i int) {
		// a chain is as long as a table is wide: no recursion along it
		for stack := []int{i}; len(stack) > 0; {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if done[i] {
				continue
			}
			done[i] = true
			out = append(out, all[i].at)
			next := behind[all[i].name]
			for j := len(next) - 1; j >= 0; j-- {
				stack = append(stack, next[j])
			}
		}
	}
	for _, i := range behind[""] {
		put(i)
	}
	for i := range all {
		put(i)
	}
	return out
}

// line writes words, quoted where they need it.
func line(b *strings.Builder, words []string) {
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		if plain(w) {
			b.WriteString(w)
		} else {
			b.WriteString(strconv.QuoteToASCII(w))
		}
	}
	b.WriteByte('\n')
}
