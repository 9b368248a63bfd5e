package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seamflow/seamflow/runtime/observe"
)

// display shows what a run says of itself: lines that are rewritten on a terminal, a log otherwise.
type display struct {
	mu    sync.Mutex
	to    io.Writer
	log   *slog.Logger // nil on a terminal
	now   func() time.Time
	width func() int // of the terminal, 0 where it is not known
	flows []*flowLine
	shown int // lines on the terminal
	drawn time.Time
}

// flowLine is a flow that is at work.
type flowLine struct {
	observe.Progress
	began  time.Time
	rows   int64 // at the beginning
	bytes  int64
	logged time.Time
	stream bool
	// Of streams: records of commits since began, and their speed before.
	committed int64
	speed     float64
	fresh     observe.Freshness // of the last commit
}

// How often the terminal is drawn, and how often a log gets a line of a flow at work.
const (
	drawEvery = 100 * time.Millisecond
	logEvery  = 10 * time.Second
)

func (c *command) observer() *display {
	d := &display{to: c.err, now: time.Now, width: c.width}
	if !c.live || c.json {
		d.log = slog.New(slog.NewTextHandler(c.err, nil))
	}
	return d
}

func (d *display) line(p observe.Progress) *flowLine {
	for _, l := range d.flows {
		if l.Flow == p.Flow {
			l.Progress = p
			return l
		}
	}
	now := d.now()
	l := &flowLine{Progress: p, began: now, rows: p.Rows, bytes: p.BytesDone, logged: now}
	d.flows = append(d.flows, l)
	return l
}

func (d *display) Progress(p observe.Progress) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.line(p)
	now := d.now()
	if d.log != nil {
		if now.Sub(l.logged) >= logEvery {
			l.logged = now
			attrs := []any{"flow", p.Flow, "files", p.FilesDone, "of_files", p.FilesSeen, "bytes", p.BytesDone, "of_bytes", p.BytesSeen, "rows", p.Rows}
			if p.RecordsSeen > 0 {
				attrs = append(attrs, "lag", p.Lag())
			}
			d.log.Info("progress", attrs...)
		}
		return
	}
	if now.Sub(d.drawn) >= drawEvery {
		d.drawn = now
		d.draw()
	}
}

// Commit also ends the flow's line: what was on its way is done, and speed is that of what is. The line of a flow that
// reads streams stays, since its next batch is on its way.
func (d *display) Commit(c observe.Commit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.Streams {
		d.flowed(c)
	} else {
		d.flows = slices.DeleteFunc(d.flows, func(l *flowLine) bool { return l.Flow == c.Flow })
	}
	if d.log != nil {
		n := c.Counts
		for _, id := range slices.Sorted(maps.Keys(c.Violated)) {
			d.log.Warn("expectation not met", "table", c.Table, "version", c.Version, "flow", c.Flow, "expectation", id, "records", c.Violated[id])
		}
		attrs := []any{"table", c.Table, "version", c.Version, "flow", c.Flow, "read", n.Read, "filtered", n.Filtered, "dropped", n.Dropped, "appended", n.Appended,
			"upserted", n.Upserted, "deleted", n.Deleted, "deduplicated", n.Deduplicated, "late", n.Late, "tied", n.Tied, "quarantined", n.Quarantined, "removed", n.Removed,
			"took", c.Took.Round(time.Millisecond).String()}
		if c.Streams {
			attrs = append(attrs, "lag", c.Backlog.Records)
		}
		if c.Fresh.Records > 0 {
			attrs = append(attrs, "fresh_p50", ageText(c.Fresh.P50), "fresh_p99", ageText(c.Fresh.P99))
		}
		d.log.Info("commit", attrs...)
		return
	}
	d.draw()
}

// speedSpan is over how long the speed of a stream is measured.
const speedSpan = 10 * time.Second

// flowed takes a commit into the line of a flow that reads streams.
func (d *display) flowed(c observe.Commit) {
	var l *flowLine
	for _, at := range d.flows {
		if at.Flow == c.Flow {
			l = at
		}
	}
	if l == nil {
		l = d.line(observe.Progress{Table: c.Table, Flow: c.Flow})
	}
	l.stream, l.fresh = true, c.Fresh
	l.committed += c.Counts.Read
	l.RecordsDone, l.RecordsSeen = 0, c.Backlog.Records
	if now := d.now(); now.Sub(l.began) >= speedSpan {
		l.speed = float64(l.committed) / now.Sub(l.began).Seconds()
		l.began, l.committed = now, 0
	}
}

func (d *display) Event(e observe.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.log != nil {
		level := slog.LevelInfo
		if e.Level == observe.Warn {
			level = slog.LevelWarn
		}
		var attrs []any
		if e.Table != "" {
			attrs = append(attrs, "table", e.Table)
		}
		if e.Flow != "" {
			attrs = append(attrs, "flow", e.Flow)
		}
		d.log.Log(context.Background(), level, e.Message, attrs...)
		return
	}
	d.erase()
	about := e.Flow
	if about == "" {
		about = e.Table
	}
	if about != "" {
		about += ": "
	}
	mark := ""
	if e.Level == observe.Warn {
		mark = "warning: "
	}
	fmt.Fprintf(d.to, "%s%s%s\n", mark, about, printable(e.Message))
	d.draw()
}

// close takes the progress lines away.
func (d *display) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.erase()
	d.flows = nil
}

func (d *display) erase() {
	if d.shown > 0 {
		fmt.Fprintf(d.to, "\x1b[%dA\x1b[J", d.shown)
		d.shown = 0
	}
}

func (d *display) draw() {
	d.erase()
	var b strings.Builder
	now := d.now()
	for _, l := range d.flows {
		b.WriteString(d.fit(l.text(now)))
		b.WriteByte('\n')
		d.shown++
	}
	io.WriteString(d.to, b.String())
}

// fit cuts a line that the terminal would break in two: erase counts lines.
func (d *display) fit(s string) string {
	if d.width == nil {
		return s
	}
	if w := d.width(); w > 1 && len(s) >= w {
		return strings.ToValidUTF8(s[:w-1], "")
	}
	return s
}

// text is the flow's line: files, bytes, rows per second and the time that is left.
func (l *flowLine) text(now time.Time) string {
	if l.stream {
		return l.streamText(now)
	}
	s := fmt.Sprintf("%s: %s/%s files, %s of %s, %s rows", l.Flow, thousands(int64(l.FilesDone)), thousands(int64(l.FilesSeen)),
		bytesText(l.BytesDone), bytesText(l.BytesSeen), thousands(l.Rows))
	took := now.Sub(l.began).Seconds()
	if took < 0.5 {
		return s
	}
	s += ", " + thousands(int64(float64(l.Rows-l.rows)/took)) + " rows/s"
	if speed := float64(l.BytesDone-l.bytes) / took; speed > 0 && l.BytesSeen > l.BytesDone {
		left := time.Duration(float64(l.BytesSeen-l.BytesDone) / speed * float64(time.Second))
		s += ", " + left.Round(time.Second).String() + " left"
	}
	return s
}

// streamText is the line of a flow that reads streams: records a second, what is left, and how old rows were at the last
// commit.
func (l *flowLine) streamText(now time.Time) string {
	speed := l.speed
	if took := now.Sub(l.began).Seconds(); took >= 1 || speed == 0 && took > 0 {
		speed = float64(l.committed) / took
	}
	s := fmt.Sprintf("%s: %s records/s, %s records behind", l.Flow, thousands(int64(speed)), thousands(l.Lag()))
	if l.fresh.Records > 0 {
		s += ", fresh p50 " + ageText(l.fresh.P50) + ", p99 " + ageText(l.fresh.P99)
	}
	return s
}
