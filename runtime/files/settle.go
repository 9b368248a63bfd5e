package files

import "time"

// sighting is a file that is to be read, as a look saw it.
type sighting struct {
	file  File
	since time.Time // it has been as it is
	ready bool
}

// coarse is how far behind the truth the times of file systems are that keep whole seconds (FAT keeps even ones).
const coarse = 2 * time.Second

// settled tells the files that nobody is writing to. left is sorted by path; began is before the first of it was looked at.
//
// At the first look the file's time of modification is all there is to go by. Later on the file itself is: it must have
// been the same over the time of settling, on our own clock, so that no wrong clock of a writer or file server makes a
// file too early or never.
func (l *Lister) settled(left []File, began time.Time) (ready []File, young int) {
	settle := l.spec.SettleTime()
	before := l.seen
	now := make([]sighting, 0, len(left))
	ended := l.now()
	soonest := time.Duration(-1)
	for _, f := range left {
		for len(before) > 0 && before[0].file.Path < f.Path {
			before = before[1:]
		}
		s := sighting{file: f, since: ended}
		known := len(before) > 0 && before[0].file.Path == f.Path
		switch {
		case known && before[0].file.stamp() == f.stamp():
			s.since, s.ready = before[0].since, before[0].ready
		case l.looks == 0:
			s.ready = old(&f, began, settle)
		case l.scope == SamePresent, l.scope == AllPresent && !known:
			continue
		}
		s.ready = s.ready || settle == 0 || began.Sub(s.since) >= settle
		now = append(now, s)
		if s.ready {
			ready = append(ready, f)
			continue
		}
		young++
		if wait := settle - began.Sub(s.since); soonest < 0 || wait < soonest {
			soonest = wait
		}
	}
	l.seen = now
	if young > 0 {
		replace(l.again, max(soonest, 0)+time.Millisecond)
	}
	return ready, young
}

// Young gives the files that the last look saw being written to, as far as one can tell.
func (l *Lister) Young() (young []File) {
	for i := range l.seen {
		if !l.seen[i].ready {
			young = append(young, l.seen[i].file)
		}
	}
	return young
}

// old reports whether a file's time of modification lies settle behind now.
func old(f *File, now time.Time, settle time.Duration) bool {
	if f.ModTime.Nanosecond() == 0 {
		settle += coarse
	}
	return now.Sub(f.ModTime) >= settle
}
