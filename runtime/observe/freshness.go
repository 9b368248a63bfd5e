package observe

import "time"

// Freshness is how old records were when a commit made them rows: commit time minus arrival. A record arrives when its
// producer stamps it (a topic), or when its file was last changed.
type Freshness struct {
	Records int64         `json:"records"`
	P50     time.Duration `json:"p50_ns"`
	P99     time.Duration `json:"p99_ns"`
	Max     time.Duration `json:"max_ns"`
}

// Arrivals takes the arrivals of a batch's records, whose ages are known once the batch is committed. It holds some 13 KB,
// whatever the number of records, and allocates nothing but in Settle. One goroutine uses it.
//
// Ages of what had arrived when the batch began are at most 5 % off; of what came later, by half a slot: 1 ms in a batch
// of a second, and a thousandth of a batch's time in longer ones.
type Arrivals struct {
	began   int64     // microseconds since 1970
	before  Histogram // ages when the batch began
	after   [arrivalSlots]int64
	slot    int64 // width of after's slots, in microseconds
	records int64
	oldest  int64 // arrival, in microseconds since 1970
}

const (
	arrivalSlots = 1024
	firstSlot    = 1000 // microseconds
)

// Reset begins a batch.
func (a *Arrivals) Reset(began time.Time) {
	*a = Arrivals{began: began.UnixMicro(), slot: firstSlot}
}

// Note counts n records that arrived at a time, in microseconds since 1970; below 1 it is not known, and they are left out.
func (a *Arrivals) Note(atMicros int64, n int64) {
	if n <= 0 || atMicros <= 0 {
		return
	}
	if a.records == 0 || atMicros < a.oldest {
		a.oldest = atMicros
	}
	a.records += n
	late := atMicros - a.began
	if late < 0 {
		a.before.Add(micros(-late), n)
		return
	}
	for late/a.slot >= arrivalSlots {
		if a.slot > longestBatch {
			late = 0 // a clock far ahead of ours says nothing
			break
		}
		a.widen()
	}
	a.after[late/a.slot] += n
}

// longestBatch is where slots stop to grow, in microseconds: 1024 of them are 17 hours.
const longestBatch = 60e6

// widen makes a slot of each two.
func (a *Arrivals) widen() {
	const half = arrivalSlots / 2
	for i := range half {
		a.after[i] = a.after[2*i] + a.after[2*i+1]
	}
	clear(a.after[half:])
	a.slot *= 2
}

// micros is a duration that does not overflow.
func micros(n int64) time.Duration {
	return time.Duration(min(max(n, 0), int64(forever/time.Microsecond))) * time.Microsecond
}

// Settle says how old the records are at commit, as a summary and as what may be merged with that of other commits; nil
// where there were none. Records from the future are of age 0.
func (a *Arrivals) Settle(commit time.Time) (Freshness, *Histogram) {
	if a.records == 0 {
		return Freshness{}, nil
	}
	h := &Histogram{}
	took := commit.UnixMicro() - a.began
	for i, n := range a.before.buckets {
		if n > 0 {
			h.Add(bucketMiddle(i)+micros(took), n)
		}
	}
	for i, n := range a.after {
		if n > 0 {
			h.Add(micros(took-int64(i)*a.slot-a.slot/2), n)
		}
	}
	h.Max = micros(commit.UnixMicro() - a.oldest)
	return h.Freshness(), h
}

// Window is the freshness of the recent past: of the commits of the last one to two spans. It is stored with a flow's
// progress and stays small.
type Window struct {
	Since  time.Time  `json:"since"` // Now's first commit
	Now    *Histogram `json:"now"`
	Before *Histogram `json:"before,omitempty"` // that of the span before
	// Backlog is what was left after the last commit.
	Backlog Backlog `json:"backlog"`
}

// WindowSpan is how long a Window's halves last.
const WindowSpan = 5 * time.Minute

// Add counts a commit's records; h may be nil.
func (w *Window) Add(commit time.Time, h *Histogram, left Backlog) {
	w.Backlog = left
	if h == nil {
		return
	}
	age := commit.Sub(w.Since)
	switch {
	case w.Now == nil || age >= 2*WindowSpan || age < 0:
		w.Since, w.Now, w.Before = commit, &Histogram{}, nil
	case age >= WindowSpan:
		w.Since, w.Now, w.Before = commit, &Histogram{}, w.Now
	}
	w.Now.Merge(h)
}

// Histogram is that of the whole window.
func (w *Window) Histogram() *Histogram {
	all := &Histogram{}
	for _, h := range []*Histogram{w.Now, w.Before} {
		if h != nil {
			all.Merge(h)
		}
	}
	return all
}

// Backlog is what a flow has not read of what it has seen.
type Backlog struct {
	Records int64 `json:"records,omitempty"` // of streams: offsets between the flow and the ends
	Files   int64 `json:"files,omitempty"`
	Bytes   int64 `json:"bytes,omitempty"` // of files
}

// Add adds d to b.
func (b *Backlog) Add(d Backlog) {
	b.Records += d.Records
	b.Files += d.Files
	b.Bytes += d.Bytes
}
