package deploy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/runtime/delta"
)

// TestHowFarATopicReachesBack: records that were removed, or lie before the flow's start, are brought by nobody.
func TestHowFarATopicReachesBack(t *testing.T) {
	v2 := actions(oldFiles, newKafka)
	starts := []string{"files continues", "note flows.files.where", "live starts", "note flows.live"}
	for name, c := range map[string]struct {
		topic topic
		spec  string
		want  string // of the refusal; "" is none
		left  int64
	}{
		"nothing was removed":             {topic{from: []int64{0}, to: []int64{9}, at: []int64{0}}, v2, "", 9},
		"records of before are there":     {topic{from: []int64{3}, to: []int64{9}, at: []int64{4}}, v2, "", 6},
		"the first record is later":       {topic{from: []int64{3}, to: []int64{9}, at: []int64{3}}, v2, "its first record, at offset 3, is of a later time", 6},
		"everything was removed":          {topic{from: []int64{9}, to: []int64{9}, at: []int64{9}}, v2, "all of its records, 9 offsets, were removed", 0},
		"nothing was ever there":          {topic{from: []int64{0}, to: []int64{0}, at: []int64{0}}, v2, "", 0},
		"it starts behind":                {topic{from: []int64{0}, to: []int64{9}, at: []int64{4}}, edit(v2, "topic: actions", "topic: actions, start: latest"), "the flow starts at offset 9, and offsets from 4 on are of that time", 0},
		"nothing has come since":          {topic{from: []int64{0}, to: []int64{9}, at: []int64{9}}, edit(v2, "topic: actions", "topic: actions, start: latest"), "", 0},
		"one of two partitions":           {topic{from: []int64{0, 3}, to: []int64{9, 9}, at: []int64{0, 3}}, v2, "partition 1, may lack records", 15},
		"the time is still to come":       {topic{from: []int64{9}, to: []int64{9}, at: []int64{9}}, edit(v2, "2024-04-01", "2999-04-01"), "", 0},
		"without a time it is not looked": {topic{from: []int64{3}, to: []int64{9}, at: []int64{3}}, edit(v2, "event_date < '2024-04-01'", "n < 5 OR n IS NULL", "event_date >= '2024-04-01'", "n >= 5"), "", 6},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.opt.Connect, w.opt.Topic = true, topicOf(c.topic)
			w.deploy(actions(allFiles))
			w.read("actions", "files", "clicks_files", "1.json")
			w.rows("actions", 3, `"minValues":{"event_date":"2024-03-01","n":1},"maxValues":{"event_date":"2024-03-31","n":2},"nullCount":{"event_date":0,"n":0}`)
			p := w.plan(c.spec)
			want := starts
			if c.want != "" {
				want = append(want[:4:4], "refuse flows.live")
			}
			if diff := cmp.Diff(want, summary(p)); diff != "" {
				t.Fatal(diff)
			}
			live := p.Tables[0].Flows[1]
			if c.want != "" && !strings.Contains(live.Changes[1].Message, c.want) {
				t.Error(live.Changes[1].Message)
			}
			if got := live.Inputs[0].Left.Offsets; got != c.left {
				t.Errorf("%d offsets are left, want %d", got, c.left)
			}
		})
	}
}

// TestOffsetsThatAreLost were removed before the flow read them.
func TestOffsetsThatAreLost(t *testing.T) {
	v2 := actions(oldFiles, newKafka)
	w := newWorld(t)
	w.deploy(v2)
	w.read("actions", "files", "clicks_files", "1.json")
	w.reached("actions", "live", "clicks_kafka", 2)
	w.opt.Connect, w.opt.Topic = true, topicOf(topic{from: []int64{5}, to: []int64{9}, at: []int64{5}})
	p := w.plan(v2)
	if diff := cmp.Diff([]string{"files continues", "live continues", "refuse flows.live.source"}, summary(p)); diff != "" {
		t.Error(diff)
	}
	p = w.plan(edit(v2, "topic: actions", "topic: actions, on_lost_offsets: earliest"))
	if diff := cmp.Diff([]string{"files continues", "live continues", "note flows.live.source"}, summary(p)); diff != "" {
		t.Error(diff)
	}
	if left := p.Tables[0].Flows[1].Inputs[0].Left; left.Offsets != 4 {
		t.Errorf("left: %+v", left)
	}
}

// TestAnotherTopicOfTheName does not have what was read, whether its offsets reach as far or not. To go on in it is no way out.
func TestAnotherTopicOfTheName(t *testing.T) {
	for name, is := range map[string]topic{
		"made_anew": {from: []int64{0, 0}, to: []int64{9, 9}, at: []int64{0, 0}, id: "id-2"},
		"cut_off":   {from: []int64{0}, to: []int64{1}, at: []int64{0}, id: "id-1"},
	} {
		t.Run(name, func(t *testing.T) {
			v2 := edit(actions(oldFiles, newKafka), "topic: actions", "topic: actions, on_lost_offsets: earliest")
			w := newWorld(t)
			w.deploy(v2)
			w.read("actions", "files", "clicks_files", "1.json")
			stands := `{"v":1,"topic":"actions","topic_id":"id-1","next":2,"leader_epoch":-1}`
			w.commit(w.open("actions"), &delta.Tx{Domains: map[string]string{"seamflow.flow/live/clicks_kafka/0": stands, "seamflow.flow/live/clicks_kafka/1": stands}})
			w.opt.Connect, w.opt.Topic = true, topicOf(is)
			p := w.plan(v2)
			if diff := cmp.Diff([]string{"files continues", "live continues", "refuse flows.live.source"}, summary(p)); diff != "" {
				t.Fatal(diff)
			}
			if way := p.Tables[0].Flows[1].Changes[0].WayOut; !strings.HasPrefix(way, "run `reset actions`") {
				t.Error(way)
			}
		})
	}
}

// TestWhatFilesAreLeft looks at folders, also where the source is not in the spec any more.
func TestWhatFilesAreLeft(t *testing.T) {
	v2, v3 := actions(oldFiles, newKafka), actions(renamed)
	v3 = edit(v3, "  clicks_files: {schema: Action, files: {path: \"in/*.json\", format: json, settle: 0s}}\n", "")
	w := newWorld(t)
	w.deploy(v2)
	w.read("actions", "files", "clicks_files", "1.json")
	w.reached("actions", "live", "clicks_kafka", 5, 7)
	w.opt.Connect, w.opt.Topic = true, noTopic
	files := func() *Left { return w.plan(v3).Tables[0].Flows[1].Inputs[0].Left }
	if l := files(); !l.none() {
		t.Errorf("%+v", l)
	}
	w.file("in/2.json", "{}\n")
	if l := files(); l.Files+l.Writing != 1 {
		t.Errorf("%+v", l)
	}
	if !w.plan(v3).Stops() {
		t.Error("a file is lost")
	}
}

// TestAWrongFolder has no tables, and every table would seem new.
func TestAWrongFolder(t *testing.T) {
	w := newWorld(t)
	m := w.model(actions(allFiles))
	w.opt.Data += "/nowhere"
	if _, err := Make(t.Context(), m, w.opt); ExitCode(err) != 3 {
		t.Errorf("%v", err)
	}
	w.opt.Target = "prod"
	w.opt.Data = w.dir
	if _, err := Make(t.Context(), m, w.opt); ExitCode(err) != 2 {
		t.Errorf("%v", err)
	}
}

// TestConnectionValues are the target's, with the environment read.
func TestConnectionValues(t *testing.T) {
	w := newWorld(t)
	spec := edit(actions(allFiles), "tables/actions", "\"${HOME_OF_TABLES}/actions\"") + "targets: {dev: {tables.actions.delta.path: elsewhere}}\n"
	m := w.model(spec)
	if _, err := Make(t.Context(), m, w.opt); ExitCode(err) != 2 || !strings.Contains(err.Error(), "HOME_OF_TABLES") {
		t.Errorf("%v", err)
	}
	t.Setenv("HOME_OF_TABLES", "there")
	for target, want := range map[string]string{"": w.dir + "/there/actions", "dev": w.dir + "/elsewhere"} {
		w.opt.Target = target
		p, err := Make(t.Context(), m, w.opt)
		if err != nil || p.Tables[0].Path != want {
			t.Errorf("target %q: %v, %v", target, p, err)
		}
	}
}
