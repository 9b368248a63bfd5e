package flow

import (
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
)

// TestPartitionThatOneClaimedWhoDoesNotHaveIt: an expelled member, which does not know it yet, claims a partition of
// which the group has made this one the owner, and dies.
func TestPartitionThatOneClaimedWhoDoesNotHaveIt(t *testing.T) {
	w, topic, s := sharedWorld(t, 1)
	topic.put(0, ev("a", 1, "", "x"))
	first := w.share(s, nil)
	soon(t, "the first row", func() bool { return len(w.there("t")) == 1 })
	// What an expelled member commits, in its old generation.
	table := w.open("t")
	domain := unitDomain("f", "f_topic", 0)
	text, _ := table.Domain(domain)
	u := &unit{domain: domain}
	if err := u.decode(text); err != nil {
		t.Fatal(err)
	}
	u.prog.Owner, u.prog.Generation = "0000", u.prog.Generation-1
	texts, before, err := encodeUnits([]*unit{u})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.Commit(t.Context(), &delta.Tx{Operation: "SEAMFLOW CLAIM", Domains: texts, Expect: before, Timestamp: time.Now(), Guarded: true}); err != nil {
		t.Fatal(err)
	}
	topic.put(0, ev("b", 1, "", "x"))
	for range 400 {
		if len(w.there("t")) == 2 {
			first.end(t)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("the partition is read by nobody, though the group has given it to this one")
	first.end(t)
}
