package flow

import (
	"testing"
	"time"
)

// TestSlowFolderBesideATopic: how long a look at a folder takes is no reason for a topic to wait.
func TestSlowFolderBesideATopic(t *testing.T) {
	w := &worker{env: &environment{pipeline: &Pipeline{Interval: 10 * time.Millisecond}}}
	w.flows = []*flowState{{name: "files", lookTook: 300 * time.Millisecond}, {name: "topic", topics: []*topicState{newTopicState(nil)}}}
	began := time.Now()
	w.sleep(t.Context())
	if d := time.Since(began); d > time.Second {
		t.Errorf("a table with a topic slept for %v, want its interval", d)
	}
}
