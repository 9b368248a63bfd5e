package cutover

import (
	"slices"
	"time"
)

// span is a part of the story by the wall clock.
type span struct{ from, to time.Time }

func (s span) has(micros int64) bool {
	return micros >= s.from.UnixMicro() && micros < s.to.UnixMicro()
}

// Freshness is how long events took from their arrival to the commit that holds them.
type Freshness struct {
	Events        int
	P50, P99, Max time.Duration
}

// freshness takes the events that arrived within a span. An event of which no row is there yet counts for nothing.
func freshness(events []written, versions []version, in span) Freshness {
	var took []time.Duration
	for _, v := range versions {
		at := v.at.UnixMicro()
		for _, n := range v.events {
			if n >= len(events) {
				continue
			}
			if came := events[n].arrival(); came > 0 && in.has(came) {
				took = append(took, time.Duration(at-came)*time.Microsecond)
			}
		}
	}
	if len(took) == 0 {
		return Freshness{}
	}
	slices.Sort(took)
	at := func(share float64) time.Duration { return took[min(int(share*float64(len(took))), len(took)-1)] }
	return Freshness{len(took), at(0.5), at(0.99), took[len(took)-1]}
}

// longestGap is the longest time without a commit that brought rows, of those that touch the span.
func longestGap(versions []version, in span) (gap time.Duration) {
	for i := 1; i < len(versions); i++ {
		before, after := versions[i-1].at, versions[i].at
		if after.Before(in.from) || before.After(in.to) {
			continue
		}
		gap = max(gap, after.Sub(before))
	}
	return gap
}
