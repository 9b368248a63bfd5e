package flow

import (
	"strings"
	"testing"
)

// TestWayOutOfAFailure: a run that a policy stopped says which setting lets it go on, and with that it does.
func TestWayOutOfAFailure(t *testing.T) {
	for setting, c := range map[string]struct {
		stops, goes spec
		second      string
		want        []string
	}{
		"on_bad_record: quarantine": {spec{onBadRecord: Fail}, spec{}, ev("b", 1, "", "bad"), []string{"a 1 x", "c 1 x"}},
		"on_tie: count":             {spec{onTie: Fail}, spec{}, ev("a", 1, "", "y"), []string{"a 1 y", "c 1 x"}},
	} {
		t.Run(setting, func(t *testing.T) {
			w := newWorld(t)
			c.stops.live, c.goes.live = []string{"f", "g"}, []string{"f", "g"}
			w.put("f/1.json", ev("a", 1, "", "x"), c.second)
			w.put("g/1.json", ev("c", 1, "", "x"))
			_, err := w.tryRun(c.stops)
			if ExitCode(err) != ExitData || !strings.Contains(err.Error(), "way out: ") || !strings.Contains(err.Error(), setting) {
				t.Fatalf("got %v: want the way out, %s", err, setting)
			}
			w.run(c.goes)
			wantRows(t, w, "t", c.want...)
		})
	}
}
