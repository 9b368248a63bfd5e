package cutover

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// around is how long before and after a hand-over freshness is told apart from that of the hand-over itself.
const around = 5 * time.Second

// report prints what became of every event.
func (s *Story) report(ctx context.Context) (good bool, err error) {
	events := s.load.Ledger.all()
	there, err := readTable(ctx, s.World.Table())
	if err != nil {
		return false, err
	}
	versions, err := history(ctx, s.World.Table())
	if err != nil {
		return false, err
	}
	good = s.reportPhases(events, there, versions)
	s.reportMoves(events, versions)
	if err := s.reportOwnLog(); err != nil {
		return false, err
	}
	topic, err := s.reportTopic(ctx, there)
	if err != nil {
		return false, err
	}
	others, err := s.reportOthers(ctx, there)
	if err != nil {
		return false, err
	}
	aside, err := readQuarantine(ctx, s.World.quarantine())
	if err != nil {
		return false, err
	}
	fmt.Fprintf(s.Out, "set aside: %d records\n", aside)
	return good && topic && others && aside == 0, nil
}

func (s *Story) reportPhases(events []written, there map[int]int, versions []version) bool {
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(s.Out)
	fmt.Fprintln(w, "phase\tproduced\texpected\tin the table\tlost\trepeated\twrong\tp50\tp99\tlongest gap\t")
	line := func(name string, v Verdict, f Freshness, gap time.Duration) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t\n", name, v.Produced, v.Expected, v.There, len(v.Lost), len(v.Repeated), len(v.Wrong), ms(f.P50), ms(f.P99), ms(gap))
	}
	for i, p := range s.phases {
		line(p.name, judge(events, there, func(e *written) bool { return int(e.phase) == i }), freshness(events, versions, p.span), longestGap(versions, p.span))
	}
	all := judge(events, there, func(*written) bool { return true })
	whole := span{s.phases[0].from, s.phases[len(s.phases)-1].to}
	line("all", all, freshness(events, versions, whole), longestGap(versions, whole))
	w.Flush()
	strange := 0
	for n := range there {
		if n < 0 || n >= len(events) {
			strange++
		}
	}
	if strange > 0 {
		fmt.Fprintf(s.Out, "%d events are in the table that nobody made\n", strange)
	}
	for _, k := range []struct {
		what   string
		events []int
	}{{"lost", all.Lost}, {"repeated", all.Repeated}, {"wrong", all.Wrong}} {
		if len(k.events) > 0 {
			fmt.Fprintf(s.Out, "%s: %s\n", k.what, brief(k.events))
		}
	}
	return all.Good() && strange == 0 && all.Expected > 0
}

// reportMoves tells how fresh the table was around each hand-over. A hand-over begins when the old process is asked to go
// and ends with the first commit after it has gone.
func (s *Story) reportMoves(events []written, versions []version) {
	fmt.Fprintln(s.Out)
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "hand-over\tdrained in\ttaken over in\tlongest gap\tbefore: p50\tp99\tduring: p50\tp99\tafter: p50\tp99\t")
	for _, m := range s.moves {
		i := slices.IndexFunc(versions, func(v version) bool { return v.at.After(m.gone) })
		if i < 0 {
			fmt.Fprintf(w, "%s\t%s\tnever\t\t\t\t\t\t\t\t\n", m.name, ms(m.drained))
			continue
		}
		first := versions[i].at
		during := span{m.asked, first}
		parts := []Freshness{freshness(events, versions, span{m.asked.Add(-around), m.asked}), freshness(events, versions, during), freshness(events, versions, span{first, first.Add(around)})}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t", m.name, ms(m.drained), ms(first.Sub(m.gone)), ms(longestGap(versions, during)))
		for _, f := range parts {
			fmt.Fprintf(w, "%s\t%s\t", ms(f.P50), ms(f.P99))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
}

// reportTopic compares the table with the topic itself, message by message.
func (s *Story) reportTopic(ctx context.Context, there map[int]int) (good bool, err error) {
	messages, due, lost, repeated := 0, 0, 0, 0
	seen := map[int]place{}
	var bad error
	err = readTopic(ctx, s.World.Addr, func(at place, value []byte) {
		n, day, err := eventOf(value)
		if err != nil {
			bad = fmt.Errorf("topic %s, partition %d, offset %d: %w", Topic, at.partition, at.offset, err)
			return
		}
		if other, twice := seen[n]; twice {
			bad = fmt.Errorf("event %d is at %v and %v of the topic: the producer repeats itself", n, other, at)
		}
		seen[n] = at
		messages++
		if day < Cutover {
			return
		}
		switch due++; {
		case there[n] == 0:
			lost++
		case there[n] > 1:
			repeated++
		}
	})
	if err := errors.Join(err, bad); err != nil {
		return false, err
	}
	fmt.Fprintf(s.Out, "\nthe topic, by partition and offset: %d messages, %d of 2024-04-01 and later, %d lost, %d repeated\n", messages, due, lost, repeated)
	return lost+repeated == 0 && due > 0, nil
}

// ms prints a duration in milliseconds.
func ms(d time.Duration) string {
	return strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10) + " ms"
}

func brief(numbers []int) string {
	var b strings.Builder
	for i, n := range numbers[:min(len(numbers), 10)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(n))
	}
	if len(numbers) > 10 {
		fmt.Fprintf(&b, " and %d more", len(numbers)-10)
	}
	return b.String()
}
