package cutover

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Load writes events at a steady rate: each to the topic, and, until the batch job ends, to a file too, a few files a
// second. The days of events move with the story.
type Load struct {
	Rate   int    // events a second
	Dir    string // for files
	Topic  string
	Client *kgo.Client
	Ledger *Ledger

	clock   atomic.Pointer[storyClock]
	phase   atomic.Int32
	noFiles atomic.Bool
	filed   sync.WaitGroup // files that are being written
	files   int
	failed  atomic.Pointer[error]
	rng     *rand.Rand
}

// storyClock maps the wall clock to the story's.
type storyClock struct {
	began    time.Time // by the wall clock
	from, to time.Time // it stands still at the end
	within   time.Duration
}

func (c *storyClock) now() time.Time {
	share := float64(time.Since(c.began)) / float64(c.within)
	return c.from.Add(time.Duration(min(share, 0.999) * float64(c.to.Sub(c.from))))
}

// Story makes the days from now on go from one time to another within a duration of the wall clock.
func (l *Load) Story(phase int, from, to time.Time, within time.Duration) {
	l.phase.Store(int32(phase))
	l.clock.Store(&storyClock{time.Now(), from, to, within})
}

// EndFiles ends the batch job; it returns when the last file has its name.
func (l *Load) EndFiles() {
	l.noFiles.Store(true)
	l.filed.Wait()
}

const (
	tick      = 50 * time.Millisecond
	fileTicks = 4 // a file every so many ticks
	lateOne   = 50
	lateDays  = 3 // one event in lateOne is up to so many days older than its time
)

// Run makes events until ctx is done. It then waits for what is on its way.
func (l *Load) Run(ctx context.Context) error {
	l.rng = rand.New(rand.NewPCG(11, 11))
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	began, made := time.Now(), 0
	var lines []byte
	var numbers []int
	flush := func() {
		if len(numbers) > 0 {
			l.filed.Add(1)
			go l.file(lines, numbers, l.files)
			l.files++
			lines, numbers = nil, nil
		}
	}
	for n := 1; ctx.Err() == nil; n++ {
		for due := int(time.Since(began).Seconds() * float64(l.Rate)); made < due; made++ {
			line, number := l.event()
			if !l.noFiles.Load() {
				lines, numbers = append(append(lines, line...), '\n'), append(numbers, number)
			}
		}
		if n%fileTicks == 0 || l.noFiles.Load() {
			flush()
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
		}
	}
	flush()
	l.filed.Wait()
	if err := l.Client.Flush(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	if err := l.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// event makes one event and hands it to the producer.
func (l *Load) event() (line []byte, number int) {
	at := l.clock.Load().now()
	day := DayOf(at)
	if l.rng.IntN(lateOne) == 0 {
		day -= Day(1 + l.rng.IntN(lateDays))
	}
	number = l.Ledger.add(day, int(l.phase.Load()))
	line = appendEvent(make([]byte, 0, 800), number, day, at)
	record := &kgo.Record{Topic: l.Topic, Value: line}
	l.Client.Produce(context.Background(), record, func(r *kgo.Record, err error) {
		if err != nil {
			err = fmt.Errorf("event %d: %w", number, err)
			l.failed.CompareAndSwap(nil, &err)
			return
		}
		l.Ledger.inTopic(number, r.Timestamp.UnixMicro())
	})
	return line, number
}

// file writes a file beside its folder and moves it there.
func (l *Load) file(lines []byte, numbers []int, index int) {
	defer l.filed.Done()
	name := fmt.Sprintf("actions-%06d.json", index)
	if err := writeFile(l.Dir, name, lines); err != nil {
		l.failed.CompareAndSwap(nil, &err)
		return
	}
	l.Ledger.inFile(numbers, time.Now().UnixMicro())
}

func writeFile(dir, name string, lines []byte) error {
	hidden := filepath.Join(dir, "."+name)
	if err := os.WriteFile(hidden, lines, 0o644); err != nil {
		return err
	}
	return os.Rename(hidden, filepath.Join(dir, name))
}
