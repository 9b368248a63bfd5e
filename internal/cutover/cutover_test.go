package cutover

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/internal/readers"
)

// TestStory tells the whole story, fast and with a light load.
func TestStory(t *testing.T) {
	addr, stop, err := InProcess(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	w, err := NewWorld(tools(t), t.TempDir(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var said bytes.Buffer
	s := Story{World: w, Out: &said, Rate: 1000, Week: 500 * time.Millisecond}
	if good, err := s.Run(t.Context()); err != nil || !good {
		t.Fatalf("%v\n%s", err, said.String())
	}
	for _, want := range []string{"disjoint: proved", "refused", "0 lost, 0 repeated", "back to V2", "duckdb: "} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, said.String())
		}
	}
}

func TestEventsAreOfSixHundredBytes(t *testing.T) {
	sum := 0
	for n := range 1000 {
		b := appendEvent(nil, n, Cutover, week12)
		if number, day, err := eventOf(b); err != nil || number != n || day != Cutover || !json.Valid(b) {
			t.Fatalf("event %d, day %v: %v: %s", number, day, err, b)
		}
		sum += len(b)
	}
	if mean := sum / 1000; mean < 550 || mean > 650 {
		t.Errorf("%d bytes on average", mean)
	}
}

func TestJudgeFindsWhatIsWrong(t *testing.T) {
	events := []written{
		{day: Cutover - 1, file: 5, topic: 5}, // from its file
		{day: Cutover, file: 5, topic: 5},     // lost
		{day: Cutover, topic: 5},              // twice
		{day: Cutover - 1, topic: 5},          // it was in no file, and is there
		{day: Cutover, file: 5},               // it is not in the topic, and not there
	}
	got := judge(events, map[int]int{0: 1, 2: 2, 3: 1}, func(*written) bool { return true })
	want := Verdict{Produced: 5, Expected: 3, There: 4, Lost: []int{1}, Repeated: []int{2}, Wrong: []int{3}}
	if diff := cmp.Diff(want, got); diff != "" || got.Good() {
		t.Error(diff)
	}
}

func TestFreshnessAndGaps(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(1_000_000 + ms)) }
	var events []written
	one := version{at: at(1000)}
	for n := range 100 {
		events = append(events, written{day: Cutover, topic: at(1000 - n).UnixMicro()}) // n ms old
		one.events = append(one.events, n)
	}
	versions := []version{{at: at(200)}, one, {at: at(4000)}}
	got := freshness(events, versions, span{at(0), at(5000)})
	if want := (Freshness{100, 50 * time.Millisecond, 99 * time.Millisecond, 99 * time.Millisecond}); got != want {
		t.Errorf("%+v", got)
	}
	if got := freshness(events, versions, span{at(991), at(5000)}); got.Events != 10 || got.Max != 9*time.Millisecond {
		t.Errorf("%+v", got)
	}
	if gap := longestGap(versions, span{at(0), at(900)}); gap != 800*time.Millisecond {
		t.Errorf("%v", gap)
	}
	if gap := longestGap(versions, span{at(0), at(2000)}); gap != 3*time.Second {
		t.Errorf("%v", gap)
	}
}

func TestWeighted(t *testing.T) {
	commits := []ownCommit{{rows: 90, p50: 10}, {rows: 9, p50: 30}, {rows: 1, p50: 20}}
	for share, want := range map[float64]float64{0.5: 10, 0.9: 10, 0.905: 20, 0.95: 30} {
		if got := weighted(commits, share, func(c ownCommit) float64 { return c.p50 }); got != want {
			t.Errorf("share %v: %v, want %v", share, got, want)
		}
	}
	if got := weighted(nil, 0.5, func(c ownCommit) float64 { return c.p50 }); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// TestTutorialShowsTheRealSpecs holds the tutorial's diffs against the versions' specs.
func TestTutorialShowsTheRealSpecs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(readers.Root(), "docs", "tutorial", "files-to-kafka.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```diff\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(shown) != 2 {
		t.Fatalf("%d diffs are shown", len(shown))
	}
	for i, of := range [][2]string{{"v1", "v2"}, {"v2", "v3"}} {
		cmd := exec.Command("diff", fmt.Sprintf("%s/actions.yaml", of[0]), fmt.Sprintf("%s/actions.yaml", of[1]))
		cmd.Dir = filepath.Join(readers.Root(), "examples", "actions")
		out, _ := cmd.Output() // exit 1: they differ
		if diff := cmp.Diff(string(out), shown[i][1]); diff != "" || len(out) == 0 {
			t.Errorf("%s to %s: %s", of[0], of[1], diff)
		}
	}
}
