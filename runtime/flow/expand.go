package flow

import (
	"fmt"
	"strings"
)

// expand replaces ${NAME} and ${NAME:-default} in a connection value. The error names the variable, never its value.
func expand(text string, lookup func(string) (string, bool)) (string, error) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "${")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		inside, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("%q has a ${ without }", text)
		}
		name, fallback, hasFallback := strings.Cut(inside, ":-")
		v, ok := lookup(name)
		switch {
		case ok && (v != "" || !hasFallback):
			out.WriteString(v)
		case hasFallback:
			out.WriteString(fallback)
		default:
			return "", fmt.Errorf("the environment variable %s is not set; set it, or give a default in the spec: ${%s:-…}", name, name)
		}
		text = rest
	}
}
