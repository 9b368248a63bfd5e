package flow

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/stream"
	"github.com/seamflow/seamflow/runtime/value"
)

// TestReplayOfMessagesMakesTheSameRows: what a message says beside its value is set aside with it. The quarantine is one of
// before messages were set aside.
func TestReplayOfMessagesMakesTheSameRows(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(2)
	s := spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
	topic.put(0, ev("a", 1, "", "x"))
	w.run(s)
	_, err := delta.Create(t.Context(), w.fs, filepath.Join(w.dir, "tables", "t__quarantine"), delta.NewTable{Schema: quarantineSchema[:qMessageKey], Name: "t__quarantine", Keyed: true})
	if err != nil {
		t.Fatal(err)
	}
	// What a row says of its message is in val, and a value "bad" cannot be one until it is mended.
	pipeline := func(mended bool) Pipeline {
		p := s.pipeline()
		tab := p.Tables[0].(*table[row])
		tab.Flows[0].Inputs = []Input[row]{From(s.source("f"), func(e *event, m *Meta, x *row, ch *merge.Change) (bool, error) {
			if e.Val.V == "bad" && !mended {
				return false, BadColumn("val", errNullValue)
			}
			x.ID, x.Seq = e.ID.V, e.Seq.V
			headers := []string{}
			for _, h := range m.Headers {
				text := "NULL"
				if h.Value != nil {
					text = string(h.Value)
				}
				headers = append(headers, h.Name+"="+text)
			}
			key := "NULL"
			if m.Key != nil {
				key = string(m.Key)
			}
			x.Val = value.Some(strings.Join([]string{m.Topic, string('0' + rune(m.Partition)), string('0' + rune(m.Offset)), m.Timestamp.Time().UTC().Format("2006"), key, strings.Join(headers, ",")}, "/"))
			return true, nil
		})}
		return p
	}
	headers := []stream.Header{{Name: "h", Value: []byte("\xff1")}, {Name: "none"}, {Name: "h", Value: []byte{}}}
	for _, m := range []fakeMessage{
		{value: []byte(ev("b", 1, "", "bad")), key: "k\xff", headers: headers}, {value: []byte(ev("c", 1, "", "bad")), noKey: true}, {value: nil, key: "gone"},
	} {
		topic.add(1, m)
	}
	if _, err := pipeline(false).Run(t.Context(), w.options()); err != nil {
		t.Fatal(err)
	}
	var places, keys []string
	err = s.pipeline().QuarantineList(t.Context(), w.options(), "", func(r *Rejected) {
		places = append(places, r.Place())
		key := "NULL"
		if r.Message.Key != nil {
			key = *r.Message.Key
		}
		keys = append(keys, key)
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"topic topic, partition 1, offset 0", "topic topic, partition 1, offset 1", "topic topic, partition 1, offset 2"}, places); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"k\xff", "NULL", "gone"}, keys); diff != "" {
		t.Error(diff)
	}
	all, err := pipeline(true).QuarantineReplay(t.Context(), w.options(), "")
	if err != nil || len(all) != 1 || all[0].Tried != 3 || all[0].Bad != 1 {
		t.Fatalf("%+v, %v: want three tried, of which the one without a value is bad", all, err)
	}
	wantRows(t, w, "t", "a 1 x", "b 1 topic/1/0/2023/k\xff/h=\xff1,none=NULL,h=", "c 1 topic/1/1/2023/NULL/")
}

// TestQuarantineIsMadeByTwoAtOnce: one makes it, the other one uses it.
func TestQuarantineIsMadeByTwoAtOnce(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(s)
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		p, opt := s.pipeline(), w.options()
		env, err := newEnvironment(&p, opt)
		if err != nil {
			t.Fatal(err)
		}
		wk, err := p.Tables[0].open(env)
		if err != nil {
			t.Fatal(err)
		}
		if wk.table, err = wk.find(t.Context()); err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			if errs[i] = wk.quarantine.make(t.Context()); errs[i] == nil && wk.quarantine.table == nil {
				t.Error("there is no quarantine")
			}
		})
	}
	group.Wait()
	if bad := slices.IndexFunc(errs, func(err error) bool { return err != nil }); bad >= 0 {
		t.Error(errs[bad])
	}
}
