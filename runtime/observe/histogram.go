package observe

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"time"
)

// Histogram counts times in buckets of growing width: sixteen for each power of two, above 1 ms. What it says is at most
// 5 % off from 1 ms to 50 days; shorter times are told apart by 64 µs. Its zero value is empty and ready.
type Histogram struct {
	Records int64
	Sum     time.Duration // that of a mean record times Records; it stops at its greatest value
	Max     time.Duration // exact
	buckets [histogramBuckets]int64
}

const (
	unitMicros       = 64 // of the narrowest bucket
	perOctave        = 16
	octaves          = 32
	histogramBuckets = perOctave * (octaves + 1)
)

// Add counts n records of an age.
func (h *Histogram) Add(age time.Duration, n int64) {
	if n <= 0 {
		return
	}
	age = max(age, 0)
	h.Records += n
	h.Max = max(h.Max, age)
	h.addSum(float64(age) * float64(n))
	h.buckets[bucketOf(age.Microseconds())] += n
}

func (h *Histogram) addSum(d float64) {
	if sum := float64(h.Sum) + d; sum < float64(forever) {
		h.Sum = time.Duration(sum)
	} else {
		h.Sum = forever
	}
}

const forever = time.Duration(1<<63 - 1)

// Merge counts what other counts too.
func (h *Histogram) Merge(other *Histogram) {
	h.Records += other.Records
	h.Max = max(h.Max, other.Max)
	h.addSum(float64(other.Sum))
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
}

// Reset makes it empty.
func (h *Histogram) Reset() { *h = Histogram{} }

// Quantile gives the age that a share q of the records is not above, 0 where there are none. Quantile(1) is Max.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := int64(q*float64(h.Records) + 0.5)
	if rank >= h.Records {
		return h.Max
	}
	for i, n := range h.buckets {
		if rank -= n; rank < 0 || rank == 0 && n > 0 {
			return min(bucketMiddle(i), h.Max)
		}
	}
	return h.Max
}

// AtMost counts the records of at most an age, within the width of its bucket.
func (h *Histogram) AtMost(age time.Duration) (n int64) {
	last := bucketOf(age.Microseconds())
	for i := 0; i < last || i == last && bucketMiddle(i) <= age; i++ {
		if i == histogramBuckets {
			break
		}
		n += h.buckets[i]
	}
	return n
}

// Freshness sums h up.
func (h *Histogram) Freshness() Freshness {
	return Freshness{Records: h.Records, P50: h.Quantile(0.5), P99: h.Quantile(0.99), Max: h.Max}
}

// bucketOf is linear up to perOctave units, and logarithmic from there.
func bucketOf(micros int64) int {
	u := uint64(max(micros, 0)) / unitMicros
	if u < perOctave {
		return int(u)
	}
	octave := bits.Len64(u) - bits.Len64(perOctave)
	return min(perOctave*octave+int(u>>octave), histogramBuckets-1)
}

// bucketStart is the shortest time of a bucket, in microseconds.
func bucketStart(i int) int64 {
	if i < perOctave {
		return int64(i) * unitMicros
	}
	octave := i/perOctave - 1
	return int64(i-perOctave*octave) << octave * unitMicros
}

func bucketMiddle(i int) time.Duration {
	return time.Duration(bucketStart(i)+bucketStart(i+1)) / 2 * time.Microsecond
}

// histogramDocument is a Histogram as it is stored: only buckets with records, each as its number and count.
type histogramDocument struct {
	Sum     time.Duration `json:"sum_ns"`
	Max     time.Duration `json:"max_ns"`
	Buckets [][2]int64    `json:"buckets"`
}

func (h Histogram) MarshalJSON() ([]byte, error) {
	d := histogramDocument{Sum: h.Sum, Max: h.Max, Buckets: [][2]int64{}}
	for i, n := range h.buckets {
		if n != 0 {
			d.Buckets = append(d.Buckets, [2]int64{int64(i), n})
		}
	}
	return json.Marshal(d)
}

func (h *Histogram) UnmarshalJSON(b []byte) error {
	var d histogramDocument
	if err := json.Unmarshal(b, &d); err != nil {
		return err
	}
	*h = Histogram{Sum: d.Sum, Max: d.Max}
	for _, p := range d.Buckets {
		if p[0] < 0 || p[0] >= histogramBuckets || p[1] < 0 {
			return fmt.Errorf("a histogram has buckets 0 to %d with counts from 0 on, and not bucket %d with %d", histogramBuckets-1, p[0], p[1])
		}
		h.buckets[p[0]] += p[1]
		h.Records += p[1]
	}
	return nil
}
