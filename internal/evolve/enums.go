package evolve

import (
	"slices"

	"github.com/seamflow/seamflow/runtime/contract"
)

// enums compares the values of an enum. Values are stored as texts: one that is called otherwise is another value.
func enums(was, is []string, tell func(id string, v contract.Verdict, with vars)) {
	gone, added := without(was, is), without(is, was)
	if len(gone) > 0 && len(gone) == len(added) {
		for i := 0; i < len(gone); {
			a, b := gone[i], added[i]
			if !alike(a, b) && slices.Index(was, a) != slices.Index(is, b) {
				i++
				continue
			}
			tell("SF0822", contract.Backfill, vars{"value": a, "new": b})
			gone, added = slices.Delete(gone, i, i+1), slices.Delete(added, i, i+1)
		}
	}
	for _, value := range added {
		tell("SF0820", contract.Note, vars{"value": value})
	}
	for _, value := range gone {
		tell("SF0821", contract.Backfill, vars{"value": value})
	}
	if len(without(was, is))+len(without(is, was)) == 0 && !slices.Equal(was, is) {
		tell("SF0823", contract.Safe, vars{})
	}
}
