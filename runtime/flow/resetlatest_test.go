package flow

import "testing"

// TestResetTellsWhatLatestPassesOver: of a topic with start: latest nothing is read again, and the plan says so.
func TestResetTellsWhatLatestPassesOver(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	topic.start = "latest"
	s := spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
	w.run(s)
	topic.put(0, ev("a", 1, "", "x"), ev("b", 1, "", "x"))
	w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 x")
	plan, err := s.pipeline().Reset(t.Context(), w.options(), "t", func(*ResetPlan) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	w.run(s)
	if len(w.rows("t")) == 0 && len(plan.Lost) == 0 {
		t.Errorf("plan %+v: it does not say that 2 offsets that were read are not read again", plan)
	}
}
