package evolve

import (
	"strings"
)

// pair holds two lists against each other by name: it calls both with what has one name, and gives what is left.
func pair[T any](old, now []T, name func(*T) string, both func(a, b *T)) (gone, added []*T) {
	byName := make(map[string]*T, len(old))
	for i := range old {
		byName[name(&old[i])] = &old[i]
	}
	for i := range now {
		if a := byName[name(&now[i])]; a != nil {
			delete(byName, name(&now[i]))
			both(a, &now[i])
		} else {
			added = append(added, &now[i])
		}
	}
	for i := range old {
		if byName[name(&old[i])] != nil {
			gone = append(gone, &old[i])
		}
	}
	return gone, added
}

// maxGuesses bounds the search for renames: where so much is new, nobody renamed it.
const maxGuesses = 10_000

// renamed takes out of what is gone and what was added the pairs that are the same thing under two names.
func renamed[T any](gone, added []*T, same func(a, b *T) bool, both func(a, b *T)) (stillGone, stillAdded []*T) {
	if len(gone)*len(added) > maxGuesses {
		return gone, added
	}
	used := make([]bool, len(added))
	for _, a := range gone {
		found := false
		for i, b := range added {
			if !used[i] && same(a, b) {
				used[i], found = true, true
				both(a, b)
				break
			}
		}
		if !found {
			stillGone = append(stillGone, a)
		}
	}
	for i, b := range added {
		if !used[i] {
			stillAdded = append(stillAdded, b)
		}
	}
	return stillGone, stillAdded
}

// alike reports whether two names may be of one thing: they share a word, or differ by a third of their letters at most.
func alike(a, b string) bool {
	x, y := parts(a), parts(b)
	for _, p := range x {
		for _, q := range y {
			if len(p) > 2 && p == q {
				return true
			}
		}
	}
	return 3*distance(strings.ToLower(a), strings.ToLower(b)) <= max(len(a), len(b))
}

// parts are the words of a name: snake_case, camelCase.
func parts(name string) []string {
	var out []string
	start := 0
	cut := func(end int) {
		if end > start {
			out = append(out, strings.ToLower(name[start:end]))
		}
	}
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '_' || c == '-' || c == ' ' || c == '.':
			cut(i)
			start = i + 1
		case c >= 'A' && c <= 'Z' && i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z':
			cut(i)
			start = i
		}
	}
	cut(len(name))
	return out
}

func distance(a, b string) int {
	if len(a) > 100 || len(b) > 100 {
		return 100
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
