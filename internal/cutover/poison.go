package cutover

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/registry/registrytest"
)

// poison is a kind of bad message. One that is fixable becomes a row once the cause is mended, which is not in the message.
type poison struct {
	name    string
	fixable bool
	value   func(event []byte) []byte
}

// The last is wrong by the schema alone: a kind of action that the shop has thought of since.
var plain = []poison{
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

// The ids of schemas in the registry: the second is registered late.
const (
	knownSchema = 1 + iota
	lateSchema
)

var framed = []poison{
	{"unknown schema id", true, func(event []byte) []byte { return registrytest.Frame(lateSchema, event) }},
	{"no frame", false, func(event []byte) []byte { return event }},
	{"broken JSON in a frame", false, func(event []byte) []byte { return registrytest.Frame(knownSchema, event[:len(event)/2]) }},
	{"a frame cut short", false, func(event []byte) []byte { return registrytest.Frame(knownSchema, nil)[:3] }},
	{"NULL payload", false, func([]byte) []byte { return nil }},
}

// Poison puts bad messages among good ones, one in a hundred, while V3 reads, and is killed now and then; and replays what
// was set aside with a V3 whose schema was mended.
func Poison(ctx context.Context, tools *Tools, dir, addr string, messages int, y *faults.Tally) error {
	err := tools.buildVariant(ctx, mendedV3, filepath.Join("schemas", "action.schema.json"), `"checkout"`, `"checkout", "`+newAction+`"`)
	if err != nil {
		return err
	}
	p := &poisoned{kinds: plain, good: func(event []byte) []byte { return event }, version: "v3", mended: mendedV3, mend: func() {}}
	return p.run(ctx, tools, dir, addr, messages, y)
}

// PoisonFramed is Poison with a V3 whose messages have schemas in a registry, one of which is registered late.
func PoisonFramed(ctx context.Context, tools *Tools, dir, addr string, messages int, y *faults.Tally) error {
	registry := registrytest.New()
	defer registry.Close()
	schema := registrytest.Schema{Schema: "{}", Type: "JSON"}
	registry.Register("actions", schema)
	if err := tools.buildVariant(ctx, framedV3, "actions.yaml", "format: json}", `format: json, schema_registry: "`+registry.URL+`"}`); err != nil {
		return err
	}
	p := &poisoned{
		kinds: framed, good: func(event []byte) []byte { return registrytest.Frame(knownSchema, event) },
		version: framedV3, mended: framedV3, mend: func() { registry.Register("actions", schema) },
	}
	return p.run(ctx, tools, dir, addr, messages, y)
}

// Variants of V3.
const (
	mendedV3 = "v3mended"
	framedV3 = "v3framed"
)

// poisoned is a topic with bad messages in it.
type poisoned struct {
	kinds   []poison
	good    func(event []byte) []byte // the message of an event
	version string                    // that reads
	mended  string                    // that replays, after mend
	mend    func()

	world  *World
	client *kgo.Client
	made   int
	rows   []int         // events that should be in the table
	later  []int         // those that join them once the cause is mended
	bad    map[place]int // kind of poison
}

func (p *poisoned) run(ctx context.Context, tools *Tools, dir, addr string, messages int, y *faults.Tally) (err error) {
	if p.world, p.client, err = withTopic(ctx, tools, dir, addr, 3); err != nil {
		return err
	}
	defer p.world.Close()
	defer p.client.Close()
	p.bad = map[place]int{}
	if err := p.read(ctx, messages); err != nil {
		return err
	}
	if err := p.judge(ctx, y, "set aside", func(poison) bool { return true }); err != nil {
		return err
	}
	p.mend()
	p.rows = append(p.rows, p.later...)
	for _, how := range []string{"replayed", "replayed again"} {
		if _, err := p.world.Command(ctx, p.mended, "quarantine", "replay"); err != nil {
			return err
		}
		if err := p.judge(ctx, y, how, func(k poison) bool { return !k.fixable }); err != nil {
			return err
		}
	}
	y.Note("%d messages, %d bad ones of %d kinds", p.made, len(p.bad), len(p.kinds))
	return nil
}

// read has the messages read by processes that are killed, and by one that reads to the end.
func (p *poisoned) read(ctx context.Context, messages int) error {
	for p.made < messages {
		reading, err := p.world.Start(p.version)
		if err != nil {
			return err
		}
		if err := p.bring(ctx, min(500, messages-p.made)); err != nil {
			return err
		}
		if _, err := reading.Kill(); err != nil {
			return err
		}
	}
	last, err := p.world.Start(p.version, "--available-now")
	if err != nil {
		return err
	}
	return last.Wait(time.Minute)
}

func (p *poisoned) bring(ctx context.Context, n int) error {
	var records []*kgo.Record
	kinds := map[*kgo.Record]int{}
	for range n {
		event := appendEvent(nil, p.made, Cutover+Day(p.made%20), time.Unix(int64(Cutover)*24*3600, 0))
		r := &kgo.Record{Topic: Topic}
		if p.made%100 == 50 {
			kind := p.made / 100 % len(p.kinds)
			r.Value = p.kinds[kind].value(event)
			kinds[r] = kind
			if p.kinds[kind].fixable {
				p.later = append(p.later, p.made)
			}
		} else {
			r.Value = p.good(event)
			p.rows = append(p.rows, p.made)
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

// judge holds the table against the events that it should have, and the quarantine against the bad messages of the kinds
// that are to be there.
func (p *poisoned) judge(ctx context.Context, y *faults.Tally, how string, aside func(poison) bool) error {
	there, err := readTable(ctx, p.world.Table())
	if err != nil {
		return err
	}
	text, err := p.world.Command(ctx, p.version, "quarantine", "list", "--json", "--limit", "0")
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
	for _, n := range p.rows {
		want = append(want, fmt.Sprint("event ", n))
	}
	for n, times := range there {
		for range times {
			got = append(got, fmt.Sprint("event ", n))
		}
	}
	for at, kind := range p.bad {
		if aside(p.kinds[kind]) {
			want = append(want, fmt.Sprintf("%s, partition %d, offset %d is set aside", Topic, at.partition, at.offset))
		}
	}
	for _, r := range list.Records {
		got = append(got, fmt.Sprintf("%s, partition %d, offset %d is set aside", r.Message.Topic, r.Message.Partition, r.Message.Offset))
	}
	y.Rows(how, want, got)
	return nil
}

// buildVariant builds a V3 of which one file was edited. The folder of the example is left alone: generated code is laid over
// its own while the binary is built.
func (t *Tools) buildVariant(ctx context.Context, name, file, before, after string) error {
	example := filepath.Join(readers.Root(), "examples", "actions", "v3")
	variant := filepath.Join(t.dir, "of-"+name)
	if err := errors.Join(os.RemoveAll(variant), os.CopyFS(variant, os.DirFS(example))); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(variant, file))
	if err != nil {
		return err
	}
	edited := strings.Replace(string(text), before, after, 1)
	if edited == string(text) {
		return fmt.Errorf("%s of V3 does not hold %s", file, before)
	}
	if err := os.WriteFile(filepath.Join(variant, file), []byte(edited), 0o644); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, t.Seamflow, "generate", filepath.Join(variant, "actions.yaml")).CombinedOutput(); err != nil {
		return fmt.Errorf("seamflow generate: %w\n%s", err, out)
	}
	laid, err := overlay(filepath.Join(example, "actions"), filepath.Join(variant, "actions"))
	if err != nil {
		return err
	}
	list := filepath.Join(variant, "overlay.json")
	if err := os.WriteFile(list, laid, 0o644); err != nil {
		return err
	}
	return t.build(ctx, "examples", t.Binary(name), "./actions/v3", "-overlay", list)
}

// overlay is what `go build -overlay` takes, for the files of one folder in the place of those of another.
func overlay(of, by string) ([]byte, error) {
	entries, err := os.ReadDir(by)
	if err != nil {
		return nil, err
	}
	instead := map[string]string{}
	for _, e := range entries {
		instead[filepath.Join(of, e.Name())] = filepath.Join(by, e.Name())
	}
	return json.Marshal(map[string]map[string]string{"Replace": instead})
}
