package cutover

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/internal/readers"
)

// The poison among messages. The last is wrong by the schema alone: a kind of action that the shop has thought of since.
var poisons = []struct {
	name    string
	fixable bool
	value   func(event []byte) []byte
}{
	{"broken JSON", false, func(event []byte) []byte { return event[:len(event)/2] }},
	{"NULL payload", false, func([]byte) []byte { return nil }},
	{"20 MB without an end", false, func(event []byte) []byte {
		return append(append(event[:len(event)-1:len(event)-1], `, "note": "`...), bytes.Repeat([]byte("x"), 20_000_000)...)
	}},
	{"no event_date", false, func(event []byte) []byte {
		return bytes.Replace(event, []byte(`"event_date"`), []byte(`"eventdate"`), 1)
	}},
	{"unknown action", true, func(event []byte) []byte {
		at := bytes.Index(event, []byte(`"action": "`)) + len(`"action": "`)
		end := at + bytes.IndexByte(event[at:], '"')
		return append(append(event[:at:at], newAction...), event[end:]...)
	}},
}

const newAction = "add_to_list"

// Poison puts bad messages among good ones, one in a hundred, while V3 reads; kills it on the way; and replays what was
// set aside with a V3 whose schema was mended.
func Poison(ctx context.Context, tools *Tools, dir, addr string, messages int, y *faults.Tally) error {
	w, err := NewWorld(tools, dir, addr)
	if err != nil {
		return err
	}
	defer w.Close()
	client, err := producer(addr)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := createTopic(ctx, client, 3); err != nil {
		return err
	}
	p := &poisoned{world: w, client: client, bad: map[place]int{}}
	reading, err := w.Start("v3")
	if err != nil {
		return err
	}
	for p.made < messages {
		if err := p.bring(ctx, min(500, messages-p.made)); err != nil {
			return err
		}
		if _, err := reading.Kill(); err != nil {
			return err
		}
		if reading, err = w.Start("v3"); err != nil {
			return err
		}
	}
	if _, err := reading.Drain(time.Minute); err != nil {
		return err
	}
	if last, err := w.Start("v3", "--available-now"); err != nil {
		return err
	} else if err := last.Wait(time.Minute); err != nil {
		return err
	}
	if err := p.judge(ctx, y, "set aside", p.good, func(int) bool { return true }); err != nil {
		return err
	}
	if err := tools.buildMended(ctx); err != nil {
		return err
	}
	for _, how := range []string{"replayed", "replayed again"} {
		if _, err := w.Command(ctx, "v3mended", "quarantine", "replay"); err != nil {
			return err
		}
		if err := p.judge(ctx, y, how, append(p.good, p.mended...), func(kind int) bool { return !poisons[kind].fixable }); err != nil {
			return err
		}
	}
	y.Note("%d messages, %d bad ones of %d kinds", p.made, len(p.bad), len(poisons))
	return nil
}

// poisoned is a topic with bad messages in it.
type poisoned struct {
	world        *World
	client       *kgo.Client
	made         int
	good, mended []int         // events; mended are those that a mended schema takes
	bad          map[place]int // kind of poison
}

func (p *poisoned) bring(ctx context.Context, n int) error {
	var records []*kgo.Record
	kinds := map[*kgo.Record]int{}
	for range n {
		r := &kgo.Record{Topic: Topic, Value: appendEvent(nil, p.made, Cutover+Day(p.made%20), time.Unix(int64(Cutover)*24*3600, 0))}
		switch {
		case p.made%100 == 50:
			kind := p.made / 100 % len(poisons)
			r.Value = poisons[kind].value(r.Value)
			kinds[r] = kind
			if poisons[kind].fixable {
				p.mended = append(p.mended, p.made)
			}
		default:
			p.good = append(p.good, p.made)
		}
		records = append(records, r)
		p.made++
	}
	for _, r := range p.client.ProduceSync(ctx, records...) {
		if r.Err != nil {
			return r.Err
		}
		if kind, bad := kinds[r.Record]; bad {
			p.bad[place{r.Record.Partition, r.Record.Offset}] = kind
		}
	}
	return nil
}

// judge holds the table against the events that it should have, and the quarantine against the bad messages of these kinds.
func (p *poisoned) judge(ctx context.Context, y *faults.Tally, how string, events []int, aside func(kind int) bool) error {
	there, err := readTable(ctx, p.world.Table())
	if err != nil {
		return err
	}
	text, err := p.world.Command(ctx, "v3", "quarantine", "list", "--json", "--limit", "0")
	if err != nil {
		return err
	}
	var list struct {
		Records []struct {
			Message struct {
				Topic     string
				Partition int32
				Offset    int64
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return fmt.Errorf("quarantine list: %w", err)
	}
	var want, got []string
	for _, n := range events {
		want = append(want, fmt.Sprint("event ", n))
	}
	for n, times := range there {
		for range times {
			got = append(got, fmt.Sprint("event ", n))
		}
	}
	for at, kind := range p.bad {
		if aside(kind) {
			want = append(want, fmt.Sprintf("%s, partition %d, offset %d is set aside", Topic, at.partition, at.offset))
		}
	}
	for _, r := range list.Records {
		got = append(got, fmt.Sprintf("%s, partition %d, offset %d is set aside", r.Message.Topic, r.Message.Partition, r.Message.Offset))
	}
	y.Rows(how, want, got)
	return nil
}

// buildMended builds V3 with a schema that knows newAction. The folder of the example is left alone: generated code is laid
// over its own while the binary is built.
func (t *Tools) buildMended(ctx context.Context) error {
	example := filepath.Join(readers.Root(), "examples", "actions", "v3")
	mended := filepath.Join(t.dir, "mended")
	if err := errors.Join(os.RemoveAll(mended), os.CopyFS(mended, os.DirFS(example))); err != nil {
		return err
	}
	name := filepath.Join(mended, "schemas", "action.schema.json")
	schema, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	text := strings.Replace(string(schema), `"checkout"`, `"checkout", "`+newAction+`"`, 1)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, t.Seamflow, "generate", filepath.Join(mended, "actions.yaml")).CombinedOutput(); err != nil {
		return fmt.Errorf("seamflow generate: %w\n%s", err, out)
	}
	overlay := map[string]map[string]string{"Replace": {}}
	err = fs.WalkDir(os.DirFS(filepath.Join(mended, "actions")), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".go") {
			overlay["Replace"][filepath.Join(example, "actions", name)] = filepath.Join(mended, "actions", name)
		}
		return err
	})
	if err != nil {
		return err
	}
	said, err := json.Marshal(overlay)
	if err != nil {
		return err
	}
	laid := filepath.Join(t.dir, "overlay.json")
	if err := os.WriteFile(laid, said, 0o644); err != nil {
		return err
	}
	return t.build(ctx, "examples", t.Binary("v3mended"), "./actions/v3", "-overlay", laid)
}
