package campaign_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seamflow/seamflow/internal/campaign"
	"github.com/seamflow/seamflow/internal/campaign/run"
	"github.com/seamflow/seamflow/internal/harness"
)

var (
	first = flag.Uint64("seed", 0, "play this seed alone")
	seeds = flag.Int("seeds", 2000, "how many seeds to play, from 1 on")
	only  = flag.String("pipelines", "", "a comma-separated list of beginnings of names: play these pipelines alone")
)

// chunk is how many trials are in memory at a time.
const chunk = 1000

// TestCampaign plays random trials and compares each table, after every run, with the reference model. It fails with the
// events of a shrunk trial and the command that plays it again.
func TestCampaign(t *testing.T) {
	c := newCampaign(t)
	from, count := uint64(1), *seeds
	if *first != 0 {
		from, count = *first, 1
	}
	began := time.Now()
	for done := 0; done < count && c.failures < 5; {
		var trials []*campaign.Trial
		for len(trials) < min(chunk, count-done) {
			trials = append(trials, campaign.NewTrial(from+uint64(done+len(trials)), c.matrix))
		}
		c.check(trials)
		done += len(trials)
		if took := time.Since(began); done%10_000 == 0 {
			fmt.Fprintf(os.Stderr, "campaign: %d seeds in %s, %.0f a second\n", done, took.Round(time.Second), float64(done)/took.Seconds())
		}
	}
	took := time.Since(began)
	t.Logf("campaign: %d seeds, %d twins, %d runs in %s, %.0f seeds a second", count, c.twins, c.runs, took.Round(time.Millisecond), float64(count)/took.Seconds())
	if count >= chunk && *only == "" {
		c.bites()
	}
}

// fight is the campaign that goes on.
type fight struct {
	t        *testing.T
	matrix   []*campaign.Pipe
	players  *players
	failures int
	twins    int
	runs     int
	noticed  map[string]int // seeds that would fail if a rule were another
}

func newCampaign(t *testing.T) *fight {
	c := &fight{t: t, noticed: map[string]int{}}
	var pipelines []harness.Pipeline
	for _, p := range campaign.Matrix() {
		if !chosen(p) {
			continue
		}
		c.matrix = append(c.matrix, p)
		both := []*campaign.Pipe{p}
		if p.SCDType == 2 {
			both = append(both, p.Twin())
		}
		for _, p := range both {
			spec, err := p.Pipeline()
			if err != nil {
				t.Fatal(err)
			}
			pipelines = append(pipelines, spec)
		}
	}
	c.players = start(t, harness.Build(t, "github.com/seamflow/seamflow/internal/campaign/run", pipelines))
	return c
}

func chosen(p *campaign.Pipe) bool {
	return slices.ContainsFunc(strings.Split(*only, ","), func(prefix string) bool { return strings.HasPrefix(p.Name, prefix) })
}

// check plays trials, and every third one of a history as its twin too.
func (c *fight) check(trials []*campaign.Trial) {
	all := slices.Clone(trials)
	twins := map[*campaign.Trial]int{}
	for _, t := range trials {
		if t.Pipe.SCDType == 2 && t.Seed%3 == 0 {
			twins[t] = len(all)
			all = append(all, t.Twin())
		}
	}
	c.twins += len(twins)
	stories := c.players.play(all)
	for i, t := range all {
		c.runs += len(t.Acts)
		wrong := t.Wrong(stories[i], t.Pipe.Rules)
		if twin, ok := twins[t]; wrong == "" && ok {
			wrong = unlike(stories[i], stories[twin])
		}
		if wrong == "" && t.Pipe.SCDType == 2 {
			wrong = notNewest(t, stories[i])
		}
		if wrong != "" {
			c.fail(t, wrong)
		}
	}
	c.wouldNotice(trials, stories)
}

// unlike says where the open rows of a history are not what its twin keeps.
func unlike(history, twin run.Story) string {
	for i, seen := range history.Seen {
		if i < len(twin.Seen) && !slices.Equal(campaign.Open(seen.Rows), twin.Seen[i].Rows) {
			return fmt.Sprintf("after run %d the open rows are\n\t%s\nand the table of SCD type 1 has\n\t%s", i+1,
				strings.Join(campaign.Open(seen.Rows), "\n\t"), strings.Join(twin.Seen[i].Rows, "\n\t"))
		}
	}
	return ""
}

// notNewest says where the open rows of a history are not the rows of SCD type 1, by the rules.
func notNewest(t *campaign.Trial, s run.Story) string {
	twin := t.Twin()
	s.Seen = slices.Clone(s.Seen)
	for i := range s.Seen {
		s.Seen[i].Rows = campaign.Open(s.Seen[i].Rows)
	}
	return twin.Wrong(s, twin.Pipe.Rules)
}

// fail shrinks a trial and prints it.
func (c *fight) fail(t *campaign.Trial, wrong string) {
	c.failures++
	if c.failures > 3 {
		c.t.Errorf("seed %d (%s) fails too", t.Seed, t.Pipe.Name)
		return
	}
	small := campaign.Shrink(t, 600, func(smaller *campaign.Trial) bool {
		s := c.players.play([]*campaign.Trial{smaller})[0]
		w := smaller.Wrong(s, smaller.Pipe.Rules)
		if w != "" {
			wrong = w
		}
		return w != ""
	})
	c.t.Errorf("seed %d: %s\n\nshrunk from %d events to: %s\nreplay with: go test ./internal/campaign -run TestCampaign -seed %d%s",
		t.Seed, wrong, len(t.Events), small, t.Seed, pipelinesFlag())
}

func pipelinesFlag() string {
	if *only == "" {
		return ""
	}
	return " -pipelines " + *only
}

// others are rules that are wrong in one respect.
var others = map[string]func(r *campaign.Rules){
	"of a tie the lesser row wins":              func(r *campaign.Rules) { r.Tie = func(a, b campaign.Value) int { return campaign.Compare(b, a) } },
	"deletes are upserts":                       func(r *campaign.Rules) { r.Deletes = "" },
	"truncates are upserts":                     func(r *campaign.Rules) { r.Truncates = "" },
	"a NULL is a value":                         func(r *campaign.Rules) { r.Ignored = nil },
	"all columns are tracked":                   func(r *campaign.Rules) { r.Tracked = r.Columns },
	"only the first column is the sequence":     func(r *campaign.Rules) { r.Sequence = firstOf(r) },
	"the last key column does not count":        func(r *campaign.Rules) { r.Keys = r.Keys[:max(1, len(r.Keys)-1)] },
	"a column that is left out decides on ties": func(r *campaign.Rules) { r.Columns = append([]string{"op"}, r.Columns...) },
}

// firstOf leaves a history's sequence as it is: the ends of its intervals have the type.
func firstOf(r *campaign.Rules) []string {
	if r.SCDType == 2 {
		return r.Sequence
	}
	return r.Sequence[:1]
}

// wouldNotice counts the seeds whose tables are not those of other rules.
func (c *fight) wouldNotice(trials []*campaign.Trial, stories []run.Story) {
	for name, change := range others {
		for i, t := range trials {
			rules := t.Pipe.Rules
			change(&rules)
			if t.Wrong(stories[i], rules) != "" {
				c.noticed[name]++
			}
		}
	}
}

// bites fails where the campaign would not see that a rule is broken.
func (c *fight) bites() {
	for _, name := range slices.Sorted(maps.Keys(others)) {
		c.t.Logf("%d seeds would fail if %s", c.noticed[name], name)
		if c.noticed[name] == 0 {
			c.t.Errorf("no seed notices that %s", name)
		}
	}
}

// players is the running program that holds every pipeline.
type players struct {
	t   *testing.T
	in  *json.Encoder
	out *json.Decoder
}

func start(t *testing.T, binary string) *players {
	cmd := exec.Command(binary)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the pipelines' program: %v", err)
		}
	})
	return &players{t: t, in: json.NewEncoder(in), out: json.NewDecoder(out)}
}

// play gives the story of each trial.
func (p *players) play(trials []*campaign.Trial) []run.Story {
	sent := make(chan error, 1)
	go func() {
		for i, t := range trials {
			if err := p.in.Encode(t.Case(i)); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	stories := make([]run.Story, len(trials))
	for range trials {
		var s run.Story
		if err := p.out.Decode(&s); err == io.EOF {
			p.t.Fatal("the pipelines' program ended")
		} else if err != nil {
			p.t.Fatal(err)
		}
		stories[s.ID] = s
	}
	if err := <-sent; err != nil {
		p.t.Fatal(err)
	}
	return stories
}
