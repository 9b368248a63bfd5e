package cli

import "strings"

// taken are the names that a module cannot have though they look like one: the go command keeps them for itself, or they
// are packages of the standard library, which the module's root would stand beside.
var taken = setOf("all cmd go std tool toolchain vendor work " +
	"bufio bytes cmp context crypto embed encoding errors expvar flag fmt hash html image io iter log maps math mime net " +
	"os path plugin reflect regexp runtime slices sort strconv strings structs sync syscall testing time unicode unique unsafe weak")

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
