package observe_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/observe"
	"pgregory.net/rapid"
)

// near reports whether got is at most 5 % off, or a narrow bucket.
func near(got, want time.Duration, slack time.Duration) bool {
	return math.Abs(float64(got-want)) <= 0.05*float64(want)+float64(slack)
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[max(int(q*float64(len(sorted))+0.5)-1, 0)]
}

func TestHistogramIsWithinFivePercent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h observe.Histogram
		var all []time.Duration
		for range rapid.IntRange(1, 200).Draw(t, "n") {
			age := time.Duration(math.Pow(10, rapid.Float64Range(6, 15.6).Draw(t, "log"))) // 1 ms to 46 days
			h.Add(age, 1)
			all = append(all, age)
		}
		slices.Sort(all)
		for _, q := range []float64{0.5, 0.9, 0.99, 1} {
			if got, want := h.Quantile(q), quantile(all, q); !near(got, want, 0) {
				t.Fatalf("quantile %v: %v, want %v", q, got, want)
			}
		}
		if got := h.Freshness(); got.Max != all[len(all)-1] || got.Records != int64(len(all)) {
			t.Fatalf("%+v of %d records up to %v", got, len(all), all[len(all)-1])
		}
	})
}

func TestHistogramMergesAndIsStored(t *testing.T) {
	var a, b, both observe.Histogram
	for i := range 1000 {
		age := time.Duration(i*i) * time.Millisecond
		both.Add(age, 2)
		if i%3 == 0 {
			a.Add(age, 2)
		} else {
			b.Add(age, 2)
		}
	}
	a.Merge(&b)
	same := cmp.AllowUnexported(observe.Histogram{})
	if diff := cmp.Diff(both, a, same); diff != "" {
		t.Error("merged:", diff)
	}
	text, err := json.Marshal(both)
	if err != nil {
		t.Fatal(err)
	}
	var back observe.Histogram
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(both, back, same); diff != "" {
		t.Error("stored:", diff)
	}
	if err := json.Unmarshal([]byte(`{"buckets":[[9999,1]]}`), &back); err == nil {
		t.Error("a bucket that there is not was read")
	}
}

func TestHistogramCountsUpTo(t *testing.T) {
	var h observe.Histogram
	h.Add(10*time.Millisecond, 3)
	h.Add(time.Second, 4)
	h.Add(1000*24*time.Hour, 1)
	for age, want := range map[time.Duration]int64{0: 0, 11 * time.Millisecond: 3, 900 * time.Millisecond: 3, 1100 * time.Millisecond: 7, 1 << 62: 8} {
		if got := h.AtMost(age); got != want {
			t.Errorf("at most %v: %d records, want %d", age, got, want)
		}
	}
}

func TestArrivalsSettle(t *testing.T) {
	began := time.UnixMicro(1_700_000_000_000_000)
	rapid.Check(t, func(t *rapid.T) {
		var a observe.Arrivals
		a.Reset(began)
		took := time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(time.Minute)).Draw(t, "took"))
		commit := began.Add(took)
		var all []time.Duration
		for range rapid.IntRange(1, 100).Draw(t, "n") {
			at := began.Add(time.Duration(rapid.Int64Range(-int64(24*time.Hour), int64(took)).Draw(t, "at"))).Truncate(time.Microsecond)
			a.Note(at.UnixMicro(), 1)
			all = append(all, commit.Sub(at))
		}
		slices.Sort(all)
		got, h := a.Settle(commit)
		slack := took/512 + 2*time.Millisecond
		if !near(got.P50, quantile(all, 0.5), slack) || !near(got.P99, quantile(all, 0.99), slack) || !near(got.Max, all[len(all)-1], time.Microsecond) {
			t.Fatalf("%+v, want %v, %v, %v", got, quantile(all, 0.5), quantile(all, 0.99), all[len(all)-1])
		}
		if got.Records != int64(len(all)) || h.Records != got.Records {
			t.Fatalf("%d and %d records of %d", got.Records, h.Records, len(all))
		}
	})
}

func TestArrivalsOfClocksThatAreWrong(t *testing.T) {
	began := time.Unix(1_700_000_000, 0)
	var a observe.Arrivals
	a.Reset(began)
	if f, h := a.Settle(began); h != nil || f.Records != 0 {
		t.Errorf("nothing arrived, and is %+v", f)
	}
	a.Note(began.Add(100*365*24*time.Hour).UnixMicro(), 1)
	if f, _ := a.Settle(began.Add(time.Second)); f.Records != 1 || f.Max != 0 {
		t.Errorf("from the future: %+v", f)
	}
	a.Note(-1000, 1) // a record without a timestamp
	if f, _ := a.Settle(began.Add(-time.Hour)); f.Records != 1 || f.P99 != 0 {
		t.Errorf("a clock that went back: %+v", f)
	}
}

func TestArrivalsAllocateNothing(t *testing.T) {
	a := &observe.Arrivals{}
	now := time.Now()
	n := int64(0)
	if got := testing.AllocsPerRun(100, func() {
		a.Reset(now)
		for i := range int64(1000) {
			a.Note(now.UnixMicro()+i*i*100-50_000, 1+i%2)
			n++
		}
	}); got != 0 {
		t.Errorf("%v allocations a batch", got)
	}
}

func TestWindowForgets(t *testing.T) {
	var w observe.Window
	at := time.Unix(1_700_000_000, 0)
	one := func(age time.Duration) *observe.Histogram {
		h := &observe.Histogram{}
		h.Add(age, 1)
		return h
	}
	w.Add(at, one(time.Hour), observe.Backlog{Records: 5})
	w.Add(at.Add(time.Minute), one(time.Second), observe.Backlog{})
	if got := w.Histogram(); got.Records != 2 || got.Max != time.Hour {
		t.Errorf("both commits: %+v", got.Freshness())
	}
	w.Add(at.Add(6*time.Minute), one(time.Second), observe.Backlog{})
	w.Add(at.Add(12*time.Minute), one(time.Second), observe.Backlog{Files: 2})
	if got := w.Histogram(); got.Records != 2 || got.Max != time.Second || w.Backlog.Files != 2 {
		t.Errorf("the first span is over: %+v, %+v", got.Freshness(), w.Backlog)
	}
	w.Add(at.Add(time.Hour), one(time.Millisecond), observe.Backlog{})
	if got := w.Histogram(); got.Records != 1 {
		t.Errorf("an hour later: %+v", got.Freshness())
	}
}

func BenchmarkNote(b *testing.B) {
	a := &observe.Arrivals{}
	now := time.Now()
	a.Reset(now)
	at := now.UnixMicro()
	for i := range b.N {
		a.Note(at+int64(i%4000)-2000, 1)
	}
}
