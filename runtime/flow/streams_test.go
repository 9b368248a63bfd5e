package flow

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/stream"
	"pgregory.net/rapid"
)

func TestTopicIsReadOnceOverRestarts(t *testing.T) {
	for _, kind := range []string{"row", "append", "slim"} {
		t.Run(kind, func(t *testing.T) {
			w, topic := newWorld(t), newFakeTopic(2)
			s := spec{kind: kind, live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
			topic.put(0, ev("a", 1, "", "x"))
			topic.put(1, ev("b", 1, "", "x"))
			if n := w.counts(w.run(s), "f").Read; n != 2 {
				t.Fatalf("first run read %d records, want 2", n)
			}
			topic.put(0, ev("c", 1, "", "x"))
			sum := w.run(s)
			if n := w.counts(sum, "f").Read; n != 1 {
				t.Fatalf("second run read %d records, want 1", n)
			}
			if got := sum.Tables[0].Flows[0].Total.Read; got != 3 {
				t.Errorf("in all %d records were read, want 3: what the units say adds up", got)
			}
			if n := w.counts(w.run(s), "f").Read; n != 0 {
				t.Fatalf("third run read %d records, want none", n)
			}
			want := []string{"a 1 x", "b 1 x", "c 1 x"}
			if kind == "slim" {
				want = []string{"a x", "b x", "c x"}
			}
			wantRows(t, w, "t", want...)
			if got := topic.told; len(got) != 2 || got[0].Next != 2 || got[1].Next != 1 {
				t.Errorf("the group was told %v, want that 2 and 1 are next", got)
			}
		})
	}
}

func TestAvailableNowStopsWhereTheTopicEnded(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	s := spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
	topic.put(0, ev("a", 1, "", "x"), ev("b", 1, "", "x"))
	topic.add(0, fakeMessage{hidden: true}) // an abort marker at the end
	opt := w.options()
	first := true
	opt.Streams = map[string]stream.Source{"f_topic": hooked{topic, func() {
		if first {
			first = false
			topic.put(0, ev("late", 1, "", "x"))
		}
	}}}
	if _, err := s.pipeline().Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "t", "a 1 x", "b 1 x")
	w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 x", "late 1 x")
}

// hooked acts after each Bounds.
type hooked struct {
	stream.Source
	act func()
}

func (h hooked) Open(ctx context.Context, o stream.Options) (stream.Stream, error) {
	s, err := h.Source.Open(ctx, o)
	return hookedStream{s, h.act}, err
}

type hookedStream struct {
	stream.Stream
	act func()
}

func (h hookedStream) Bounds(ctx context.Context, p []int32) ([]stream.Bounds, error) {
	b, err := h.Stream.Bounds(ctx, p)
	h.act()
	return b, err
}

func TestOnceFlowOverATopic(t *testing.T) {
	w, topic, empty := newWorld(t), newFakeTopic(2), newFakeTopic(1)
	s := spec{kind: "append", once: []string{"old", "none"}, topics: map[string]*fakeTopic{"old": topic, "none": empty}}
	topic.put(0, ev("a", 1, "", "x"))
	topic.put(1, ev("b", 1, "", "x"), ev("c", 1, "skip", "x"))
	w.run(s)
	topic.put(0, ev("never", 1, "", "x"))
	empty.put(0, ev("never", 1, "", "x"))
	topic.mu.Lock()
	topic.partitions = append(topic.partitions, []fakeMessage{{value: []byte(ev("never", 2, "", "x"))}})
	topic.mu.Unlock()
	sum := w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 x")
	for _, f := range sum.Tables[0].Flows {
		if f.State != StateComplete {
			t.Errorf("flow %s is %s, want complete", f.Name, f.State)
		}
	}
}

func TestLatestIsWhereTheFirstRunBegan(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	topic.start = "latest"
	topic.put(0, ev("before", 1, "", "x"))
	s := spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
	w.run(s) // reads nothing, and remembers where it would have begun
	topic.put(0, ev("after", 1, "", "x"))
	w.run(s)
	wantRows(t, w, "t", "after 1 x")
}

func TestNewPartitionIsReadFromItsStart(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	topic.start = "latest"
	s := spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
	ctx, stop := context.WithCancel(t.Context())
	opt := w.options()
	opt.AvailableNow = false
	done := make(chan error, 1)
	go func() { _, err := s.pipeline().Run(ctx, opt); done <- err }()
	soon(t, "the flow starts", func() bool { return w.log.has("partition 0: starts at offset 0") })
	topic.mu.Lock()
	topic.partitions = append(topic.partitions, []fakeMessage{{value: []byte(ev("first", 1, "", "x"))}})
	topic.mu.Unlock()
	soon(t, "its row is there", func() bool { return len(w.rows("t")) == 1 })
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "t", "first 1 x")
}

func TestLostOffsetsStopTheFlow(t *testing.T) {
	for name, break_ := range map[string]func(*fakeTopic){
		"removed":    func(t *fakeTopic) { t.earliest[0] = 2 },
		"made_anew":  func(t *fakeTopic) { t.id = "id-2" },
		"fewer":      func(t *fakeTopic) { t.partitions[0] = nil },
		"partitions": func(t *fakeTopic) { t.partitions = t.partitions[:1]; t.id = "id-2" },
	} {
		t.Run(name, func(t *testing.T) {
			w, topic := newWorld(t), newFakeTopic(2)
			s := spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
			topic.put(0, ev("a", 1, "", "x"))
			topic.put(1, ev("b", 1, "", "x"))
			w.run(s)
			topic.put(0, ev("c", 1, "", "x"), ev("d", 1, "", "x"))
			break_(topic)
			_, err := w.tryRun(s)
			var lost *LostOffsetsError
			if !errors.As(err, &lost) || ExitCode(err) != ExitData || !strings.Contains(err.Error(), "reset t") {
				t.Fatalf("got %v: want lost offsets, with a way out", err)
			}
			if goesOn := strings.Contains(err.Error(), "on_lost_offsets: earliest"); goesOn != (name == "removed") {
				t.Errorf("got %v: on_lost_offsets goes on in the topic that was read, and in no other", err)
			}
			wantRows(t, w, "t", "a 1 x", "b 1 x")
		})
	}
}

func TestResetReadsATopicAgain(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	s := spec{live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
	topic.put(0, ev("a", 1, "", "x"))
	w.run(s)
	if _, err := s.pipeline().Reset(t.Context(), w.options(), "f", func(*ResetPlan) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if c := w.counts(w.run(s), "f"); c.Read != 1 || c.Deduplicated != 1 {
		t.Errorf("counts %+v: want the record read again, and known", c)
	}
	topic.put(0, ev("b", 1, "", "x"))
	topic.earliest[0] = 1
	plan, err := s.pipeline().Reset(t.Context(), w.options(), "f", func(*ResetPlan) bool { return false })
	if err != nil || plan.Offsets != 1 || len(plan.Lost) != 1 || plan.Lost[0] != "f: topic topic, partition 0: offsets 0 to 0" {
		t.Errorf("plan %+v, %v: want one offset that is lost", plan, err)
	}
}

func TestMessageThatIsNoRecord(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	s := spec{live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
	topic.put(0, ev("a", 1, "", "x"), `{"id":`, "", "[]", ev("b", 1, "", "bad"))
	topic.add(0, fakeMessage{value: nil})
	topic.put(0, "{\n \"id\": \"c\",\n \"seq\": 1, \"val\": \"x\"\n}\n")
	if c := w.counts(w.run(s), "f"); c.Quarantined != 5 || c.Upserted != 2 {
		t.Fatalf("counts %+v: want 5 quarantined and 2 rows", c)
	}
	wantRows(t, w, "t", "a 1 x", "c 1 x")
	failing := s
	failing.onBadRecord = Fail
	w2 := newWorld(t)
	_, err := w2.tryRun(failing)
	if err == nil || !strings.Contains(err.Error(), "topic topic, partition 0, offset 1:") {
		t.Errorf("got %v: want an error that says where the record is", err)
	}
}

func TestDependentFlowWaitsForGood(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	s := spec{kind: "append", live: []string{"f", "k"}, topics: map[string]*fakeTopic{"k": topic}, dependsOn: map[string][]string{"k": {"f"}}, maxFiles: 1}
	for i := range 5 {
		w.put(fmt.Sprintf("f/%d.json", i), ev(fmt.Sprintf("a%d", i), 1, "", "x"))
	}
	topic.put(0, ev("k", 1, "", "x"))
	var order []string
	opt := w.options()
	opt.Observer = commits(func(c observe.Commit) { order = append(order, c.Flow) })
	if _, err := s.pipeline().Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	if want := []string{"f", "f", "f", "f", "f", "k"}; !slices.Equal(order, want) {
		t.Errorf("commits of %v, want %v", order, want)
	}
	table, err := delta.Open(t.Context(), w.fs, filepath.Join(w.dir, "tables", "t"))
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := table.Domain(flowDomain("f")); !strings.Contains(text, `"caught_up":true`) {
		t.Errorf("progress of f is %s: want that it has caught up", text)
	}
}

type commits func(observe.Commit)

func (c commits) Progress(observe.Progress) {}
func (c commits) Event(observe.Event)       {}
func (c commits) Commit(o observe.Commit)   { c(o) }

func TestRenamedFlowGoesOn(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	s := spec{kind: "append", live: []string{"f", "k"}, topics: map[string]*fakeTopic{"k": topic}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	topic.put(0, ev("k1", 1, "", "x"))
	w.run(s)
	topic.put(0, ev("k2", 1, "", "x"))
	renamed := spec{kind: "append", live: []string{"f", "new"}, topics: map[string]*fakeTopic{"new": topic}, was: map[string]string{"new": "k"}}
	p := renamed.pipeline()
	p.Tables[0].(*table[row]).Flows[1].Inputs = s.pipeline().Tables[0].(*table[row]).Flows[1].Inputs // of the same source
	for range 2 {
		if _, err := p.Run(t.Context(), w.options()); err != nil {
			t.Fatal(err)
		}
	}
	wantRows(t, w, "t", "a 1 x", "k1 1 x", "k2 1 x")
}

// TestStreamsLoseAndRepeatNothing runs random topics through random chunks, stops and faults.
func TestStreamsLoseAndRepeatNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{t: rt, dir: t.TempDir(), fs: newWorld(t).fs}
		topic := newFakeTopic(rapid.IntRange(1, 3).Draw(rt, "partitions"))
		topic.rand = rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		s := spec{kind: "append", live: []string{"f", "g"}, topics: map[string]*fakeTopic{"f": topic}}
		var want []string
		if err := os.MkdirAll(filepath.Join(w.dir, "in", "g"), 0o755); err != nil {
			rt.Fatal(err)
		}
		for run := range rapid.IntRange(1, 4).Draw(rt, "runs") {
			for i := range rapid.IntRange(0, 60).Draw(rt, "messages") {
				id := fmt.Sprintf("m%d_%d", run, i)
				p := rapid.IntRange(0, len(topic.partitions)-1).Draw(rt, "partition")
				switch rapid.IntRange(0, 9).Draw(rt, "what") {
				case 0:
					topic.add(p, fakeMessage{hidden: true})
				case 1:
					topic.put(p, "{broken")
				default:
					topic.put(p, ev(id, 1, "", "x"))
					want = append(want, id+" 1 x")
				}
			}
			if rapid.Bool().Draw(rt, "file") {
				w.put(fmt.Sprintf("g/%d.json", run), ev(fmt.Sprintf("file%d", run), 1, "", "x"))
				want = append(want, fmt.Sprintf("file%d 1 x", run))
			}
			opt := w.options()
			ctx, stop := context.WithCancel(context.Background())
			if after := rapid.IntRange(0, 3).Draw(rt, "stop after"); after > 0 {
				opt.Observer = commits(func(observe.Commit) {
					if after--; after == 0 {
						stop()
					}
				})
			}
			opt.AvailableNow = true
			if _, err := s.pipeline().Run(ctx, opt); err != nil {
				rt.Fatalf("run: %v", err)
			}
			stop()
		}
		w.run(s)
		slices.Sort(want)
		if diff := cmp.Diff(want, w.rows("t")); diff != "" {
			rt.Fatalf("rows (-want +got):\n%s", diff)
		}
	})
}

func TestSourceThatNamesAnotherTopic(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	s := spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
	topic.put(0, ev("a", 1, "", "x"))
	w.run(s)
	opt := w.options()
	opt.Streams = map[string]stream.Source{"f_topic": renamedTopic{topic}}
	_, err := s.pipeline().Run(t.Context(), opt)
	if err == nil || ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "other") {
		t.Fatalf("got %v: want an error that names both topics", err)
	}
}

type renamedTopic struct{ stream.Source }

func (r renamedTopic) Open(ctx context.Context, o stream.Options) (stream.Stream, error) {
	s, err := r.Source.Open(ctx, o)
	return renamedStream{s}, err
}

type renamedStream struct{ stream.Stream }

func (renamedStream) Topic() string { return "other" }

func TestNothingButMarkersMakesNoCommit(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	s := spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
	w.run(s)
	before := w.run(s).Tables[0].Version
	topic.add(0, fakeMessage{hidden: true})
	topic.add(0, fakeMessage{hidden: true})
	if got := w.run(s).Tables[0].Version; got != before {
		t.Errorf("version %d after %d: want none for offsets that no reader sees", got, before)
	}
	topic.put(0, ev("a", 1, "", "x"))
	w.run(s)
	wantRows(t, w, "t", "a 1 x")
}
