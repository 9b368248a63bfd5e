package flow

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// TestOwnerThatWakesBesideAnotherFlow: who has lost the lock commits a batch of new keys, and the new owner has meanwhile
// committed one of another flow that brings, or buries, a key among them. The two set no domain in common; a key must not be there twice.
func TestOwnerThatWakesBesideAnotherFlow(t *testing.T) {
	for name, c := range map[string]struct {
		event string
		want  []string
	}{
		"row":       {ev("same", 2, "", "new"), []string{"a 1 x", "b 1 x", "same 2 new"}},
		"tombstone": {ev("same", 2, "d", ""), []string{"a 1 x", "b 1 x"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := spec{live: []string{"f", "g"}, maxFiles: 1}
			w.put("f/1.json", ev("a", 1, "", "x"))
			w.put("g/1.json", ev("same", 1, "", "old"), ev("b", 1, "", "x"))
			asleep := func() {
				w.put("f/2.json", c.event)
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				opt := w.options()
				opt.FS, opt.Observer = lockless{vfs.OS()}, onCommit{&w.log, stop}
				if _, err := s.pipeline().Run(ctx, opt); err != nil {
					t.Errorf("the new owner: %v", err)
				}
			}
			opt := w.options()
			opt.FS = &sleeping{lockless{vfs.OS()}, flowDomain("g"), asleep}
			if _, err := s.pipeline().Run(t.Context(), opt); err != nil {
				t.Fatal(err)
			}
			w.run(s)
			wantRows(t, w, "t", c.want...)
		})
	}
}

// sleeping calls asleep once, before it links a version that holds a text.
type sleeping struct {
	vfs.FS
	text   string
	asleep func()
}

func (s *sleeping) Link(from, to string) error {
	if data, err := os.ReadFile(from); err == nil && strings.Contains(string(data), s.text) && s.asleep != nil {
		asleep := s.asleep
		s.asleep = nil
		asleep()
	}
	return s.FS.Link(from, to)
}
