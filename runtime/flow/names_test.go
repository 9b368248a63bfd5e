package flow

import "testing"

// TestQuarantineOfARenamedFlow: a reset drops what was set aside under its earlier name.
func TestQuarantineOfARenamedFlow(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	s := spec{live: []string{"k"}, topics: map[string]*fakeTopic{"k": topic}}
	topic.put(0, ev("a", 1, "", "x"), "{broken")
	w.run(s)
	renamed := spec{live: []string{"new"}, topics: map[string]*fakeTopic{"new": topic}, was: map[string]string{"new": "k"}}
	p := renamed.pipeline()
	src := s.pipeline().Tables[0].(*table[row]).Flows[0].Inputs
	p.Tables[0].(*table[row]).Flows[0].Inputs = src
	if _, err := p.Run(t.Context(), w.options()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Reset(t.Context(), w.options(), "new", func(*ResetPlan) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), w.options()); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := p.QuarantineList(t.Context(), w.options(), "t", func(*Rejected) { n++ }); err != nil || n != 1 {
		t.Errorf("%d records are set aside, want 1: %v", n, err)
	}
}

// TestQuarantineOfAFlowWhoseWasIsGone: what was set aside under an earlier name stays the flow's.
func TestQuarantineOfAFlowWhoseWasIsGone(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	s := spec{kind: "append", live: []string{"k"}, topics: map[string]*fakeTopic{"k": topic}}
	topic.put(0, ev("a", 1, "", "x"), ev("b", 1, "", "bad"))
	w.run(s)
	for _, was := range []map[string]string{{"new": "k"}, nil} {
		renamed := spec{kind: "append", live: []string{"new"}, topics: map[string]*fakeTopic{"new": topic}, was: was}
		p := renamed.pipeline()
		p.Tables[0].(*table[row]).Flows[0].Inputs = s.pipeline().Tables[0].(*table[row]).Flows[0].Inputs
		if _, err := p.Run(t.Context(), w.options()); err != nil {
			t.Fatal(err)
		}
		r, err := p.QuarantineReplay(t.Context(), w.options(), "new")
		if err != nil || len(r) != 1 || r[0].Tried != 1 {
			t.Errorf("was %v: replay of the flow tried %+v, %v: want the one record", was, r, err)
		}
	}
}
