package campaign

import "slices"

// Shrink makes a failing trial smaller while it still fails: fewer events, fewer runs, nothing between them. It asks fails
// at most so many times.
func Shrink(t *Trial, tries int, fails func(*Trial) bool) *Trial {
	try := func(smaller *Trial) bool {
		if tries--; tries < 0 || !fails(smaller) {
			return false
		}
		t = smaller
		return true
	}
	for before := -1; before != t.size() && tries > 0; {
		before = t.size()
		for chunk := (len(t.Events) + 1) / 2; chunk > 0; chunk /= 2 {
			for at := 0; at < len(t.Events); {
				if !try(t.withoutEvents(at, min(at+chunk, len(t.Events)))) {
					at += chunk
				}
			}
		}
		for i := len(t.Acts) - 1; i > 0; i-- {
			if !try(t.withoutRun(i)) && t.Acts[i] != (Act{}) {
				try(t.withoutAct(i))
			}
		}
		if t.Memory != 0 {
			smaller := *t
			smaller.Memory = 0
			try(&smaller)
		}
	}
	return t
}

// size falls with everything that Shrink takes away.
func (t *Trial) size() int {
	n := len(t.Events) + len(t.Acts) + min(int(t.Memory), 1)
	for _, a := range t.Acts {
		if a != (Act{}) {
			n++
		}
	}
	return n
}

func (t *Trial) withoutEvents(from, to int) *Trial {
	smaller := *t
	smaller.Events = slices.Delete(slices.Clone(t.Events), from, to)
	return &smaller
}

// withoutRun lets what came before run i come before the run that is before it.
func (t *Trial) withoutRun(i int) *Trial {
	smaller := *t
	smaller.Acts = slices.Delete(slices.Clone(t.Acts), i, i+1)
	smaller.Events = slices.Clone(t.Events)
	for k := range smaller.Events {
		if e := &smaller.Events[k]; e.Run >= i {
			e.Run--
		}
	}
	return &smaller
}

func (t *Trial) withoutAct(i int) *Trial {
	smaller := *t
	smaller.Acts = slices.Clone(t.Acts)
	smaller.Acts[i] = Act{}
	return &smaller
}
