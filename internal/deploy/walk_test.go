package deploy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	allFiles = "files: {append_flow: {target: actions, source: clicks_files}}"
	oldFiles = `files: {append_flow: {target: actions, source: clicks_files, where: "event_date < '2024-04-01'"}}`
	newKafka = `live: {append_flow: {target: actions, source: clicks_kafka, where: "event_date >= '2024-04-01'"}}`
	renamed  = `mine: {was: live, append_flow: {target: actions, source: clicks_kafka, where: "event_date >= '2024-04-01'"}}`
)

// TestFilesToKafkaAndBack walks a migration up and down, as its tables go along.
func TestFilesToKafkaAndBack(t *testing.T) {
	w := newWorld(t)
	v1, v2, v3 := actions(allFiles), actions(oldFiles, newKafka), actions(renamed)
	step := func(spec string, stops bool, want ...string) *Plan {
		t.Helper()
		p := w.plan(spec)
		if diff := cmp.Diff(want, summary(p)); diff != "" || p.Stops() != stops {
			var b strings.Builder
			_ = p.Text(&b)
			t.Fatalf("stops: %v\n%s\n%s", p.Stops(), diff, b.String())
		}
		return p
	}
	step(v1, false, "files starts")
	w.deploy(v1)
	w.read("actions", "files", "clicks_files", "1.json", "2.json")
	w.rows("actions", 10, days("2024-01-01", "2024-03-20"))
	step(v1, false, "files continues")

	p := step(v2, false, "files continues", "note flows.files.where", "live starts", "note flows.live")
	proof := strings.Join(p.Tables[0].Proof, "\n")
	for _, want := range []string{"disjoint: proved", "history: proved", "it holds no row that live takes"} {
		if !strings.Contains(proof, want) {
			t.Errorf("no %q in\n%s", want, proof)
		}
	}
	w.deploy(v2)
	w.reached("actions", "live", "clicks_kafka", 5, 7)
	step(v2, false, "files continues", "live continues")

	// V3 ends the files, of which something may be left.
	step(v3, true, "mine continues", "note flows.mine.was", "files ends", "note flows.files", "refuse flows.files")
	w.opt.Connect, w.opt.Topic = true, noTopic
	w.file("in/3.json", "{}\n")
	p = step(v3, true, "mine continues", "note flows.mine.was", "files ends", "note flows.files", "refuse flows.files")
	if m := p.Tables[0].Flows[1].Changes[1].Message; !strings.Contains(m, "clicks_files: left: 1 file") {
		t.Error(m)
	}
	w.read("actions", "files", "clicks_files", "1.json", "2.json", "3.json")
	step(v3, false, "mine continues", "note flows.mine.was", "files ends", "note flows.files")
	w.opt.Connect = false

	// Back to V1 before a row of the topic came: nothing is twice. What the files flow has passed over is not known to be in
	// the topic.
	step(v1, false, "files continues", "backfill flows.files.where", "live ends", "note flows.live")
	w.rows("actions", 3, days("2024-04-01", "2024-04-02"))
	step(v1, true, "files continues", "backfill flows.files.where", "refuse flows.files", "live ends", "note flows.live")

	w.deploy(v3)
	step(v3, false, "mine continues")
	p = step(v2, false, "files continues", "note flows.files", "live continues", "note flows.live.was")
	if from := p.Tables[0].Flows[0].Inputs[0].From; from != "behind the 3 files that it has read" {
		t.Errorf("files goes on %s", from)
	}
	if from := p.Tables[0].Flows[1].Inputs[0].From; from != "partition 0 at offset 5, partition 1 at offset 7" {
		t.Errorf("live goes on %s", from)
	}
	w.deploy(v2)
	step(v2, false, "files continues", "live continues")
}
