package cutover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

// Story is the migration as weeks 10 to 14 saw it, in about a minute and a half.
type Story struct {
	World *World
	Out   io.Writer
	Rate  int           // events a second
	Week  time.Duration // of the wall clock

	load   *Load
	now    *Process
	phases []phase
	moves  []move
	began  time.Time
}

// phase is a part of the story: what ran, and when.
type phase struct {
	name string
	span
}

// move is a hand-over from one process to the next.
type move struct {
	name    string
	asked   time.Time // the old process was asked to go
	gone    time.Time // it had gone
	drained time.Duration
}

// The days of the story. Its weeks are those of the shop's year; events of the cutover's day come with week 12.
var (
	week10 = time.Date(2024, 3, 18, 0, 0, 0, 0, time.UTC)
	week11 = week10.AddDate(0, 0, 7)
	week12 = week10.AddDate(0, 0, 14)
	week13 = week10.AddDate(0, 0, 21)
	week14 = week10.AddDate(0, 0, 28)
	after  = week10.AddDate(0, 0, 35)
)

// Run tells the story and reports whether every event is in the table, once.
func (s *Story) Run(ctx context.Context) (good bool, err error) {
	client, err := producer(s.World.Addr)
	if err != nil {
		return false, err
	}
	defer client.Close()
	if err := createTopic(ctx, client, 4); err != nil {
		return false, err
	}
	s.load = &Load{Rate: s.Rate, Dir: s.World.Files(), Topic: Topic, Client: client, Ledger: &Ledger{}}
	s.load.Story(0, week10, week11, s.Week)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	loaded := make(chan error, 1)
	loading, endLoad := context.WithCancel(ctx)
	defer endLoad()
	go func() { loaded <- s.load.Run(loading) }()
	s.began = time.Now()
	if err := s.tell(ctx); err != nil {
		endLoad()
		<-loaded
		return false, err
	}
	endLoad()
	if err := <-loaded; err != nil {
		return false, fmt.Errorf("the load: %w", err)
	}
	s.say("the load has ended; what is left is read")
	if err := s.finish(ctx); err != nil {
		return false, err
	}
	return s.report(ctx)
}

// tell goes through the weeks.
func (s *Story) tell(ctx context.Context) (err error) {
	s.say("week 10: V1 reads files")
	if s.now, err = s.World.Start("v1"); err != nil {
		return err
	}
	return chain(
		func() error { return s.during(ctx, "week 10, V1", week10, week11, s.Week) },
		func() error { return s.deploy(ctx, "v2", "V1 to V2") },
		func() error {
			return s.during(ctx, "week 11, V2", week11, week11.AddDate(0, 0, 3), s.Week/2)
		},
		func() error { return s.deploy(ctx, "v1", "back to V1") },
		func() error {
			return s.during(ctx, "week 11, V1 again", week11.AddDate(0, 0, 3), week11.AddDate(0, 0, 5), s.Week/2)
		},
		func() error { return s.deploy(ctx, "v2", "V1 to V2, again") },
		func() error {
			return s.during(ctx, "week 11, V2 again", week11.AddDate(0, 0, 5), week12, s.Week/2)
		},
		func() error { return s.during(ctx, "week 12, V2: 2024-04-01 passes", week12, week13, s.Week) },
		func() error { return s.refused(ctx, "v1", "back to V1, past the cutover") },
		func() error { return s.endFiles() },
		func() error { return s.during(ctx, "week 13, V2: no more files", week13, week14, s.Week/2) },
		func() error { return s.deploy(ctx, "v3", "V2 to V3") },
		func() error {
			return s.during(ctx, "week 14, V3", week14, week14.AddDate(0, 0, 4), s.Week/2)
		},
		func() error { return s.deploy(ctx, "v2", "back to V2") },
		func() error {
			return s.during(ctx, "week 14, V2 again", week14.AddDate(0, 0, 4), week14.AddDate(0, 0, 5), s.Week/2)
		},
		func() error { return s.deploy(ctx, "v3", "V2 to V3, again") },
		func() error {
			return s.during(ctx, "week 14, V3 again", week14.AddDate(0, 0, 5), after, s.Week/2)
		},
	)
}

func chain(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Story) say(format string, args ...any) {
	at := time.Duration(0)
	if !s.began.IsZero() {
		at = time.Since(s.began)
	}
	fmt.Fprintf(s.Out, "%6.1fs  %s\n", at.Seconds(), fmt.Sprintf(format, args...))
}

// during lets the load go on for a while, in days from one to another.
func (s *Story) during(ctx context.Context, name string, from, to time.Time, within time.Duration) error {
	if n := len(s.phases); n > 0 {
		s.phases[n-1].to = time.Now()
	}
	s.load.Story(len(s.phases), from, to, within)
	s.phases = append(s.phases, phase{name, span{from: time.Now()}})
	select {
	case <-time.After(within):
	case <-ctx.Done():
		return ctx.Err()
	case <-s.now.done:
		return fmt.Errorf("%s ended by itself: %v; it said: %s", s.now.Version, s.now.err, s.now.said())
	}
	s.phases[len(s.phases)-1].to = time.Now()
	return nil
}

// plan prints what deploying a version would do.
func (s *Story) plan(ctx context.Context, version string) (refused bool, err error) {
	text, refused, err := s.World.Plan(ctx, s.World.Tools.Spec(version))
	if err != nil {
		return false, err
	}
	fmt.Fprintf(s.Out, "$ seamflow plan --connect %s\n%s\n", s.World.Tools.Spec(version), text)
	return refused, nil
}

// deploy starts the next version while the present one runs, has that one go, and sees the next one take over.
func (s *Story) deploy(ctx context.Context, version, name string) error {
	fmt.Fprintln(s.Out)
	s.say("%s", name)
	if refused, err := s.plan(ctx, version); err != nil {
		return err
	} else if refused {
		return fmt.Errorf("%s is refused", name)
	}
	m := move{name: name}
	next, err := s.World.Start(version, "--wait", "1m")
	if err != nil {
		return err
	}
	select {
	case <-next.done:
		return fmt.Errorf("%s does not wait: %v; it said: %s", version, next.err, next.said())
	case <-time.After(time.Second): // a rolling deployment lets the new one come up first
	}
	m.asked = time.Now()
	if m.drained, err = s.now.Drain(30 * time.Second); err != nil {
		return err
	}
	m.gone = time.Now()
	s.now = next
	s.moves = append(s.moves, m)
	s.say("the old process was asked to go, and had gone after %v", m.drained.Round(time.Millisecond))
	return nil
}

// refused sees that a version is not let in.
func (s *Story) refused(ctx context.Context, version, name string) error {
	fmt.Fprintln(s.Out)
	s.say("%s: this must be refused", name)
	refused, err := s.plan(ctx, version)
	if err != nil {
		return err
	}
	if !refused {
		return errors.New("it was not: events that came from Kafka would be read from files again")
	}
	return nil
}

// endFiles ends the batch job, whose last files V2 reads before V3 is deployed.
func (s *Story) endFiles() error {
	s.say("the batch job ends")
	s.load.EndFiles()
	return nil
}

// finish has the last version read what is there.
func (s *Story) finish(ctx context.Context) error {
	if _, err := s.now.Drain(30 * time.Second); err != nil {
		return err
	}
	last, err := s.World.Start("v3", "--available-now")
	if err != nil {
		return err
	}
	return last.Wait(2 * time.Minute)
}

func (w *World) quarantine() string { return filepath.Join(w.Dir, "tables", "actions__quarantine") }
