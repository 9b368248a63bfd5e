package deploy

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the texts and documents of testdata anew")

// golden holds a text against a file.
func golden(t *testing.T, name, text string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

// TestWhatPeopleAndProgramsRead shows the steps of a migration as they are printed.
func TestWhatPeopleAndProgramsRead(t *testing.T) {
	w := newWorld(t)
	show := func(name, spec string) {
		t.Helper()
		p := w.plan(spec)
		var text strings.Builder
		if err := p.Text(&text); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", strings.ReplaceAll(text.String(), w.dir, "/srv"))
		var doc bytes.Buffer
		e := json.NewEncoder(&doc)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		code := 0
		if p.Stops() {
			code = 1
		}
		if err := e.Encode(p.Document(code)); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", strings.ReplaceAll(doc.String(), w.dir, "/srv"))
	}
	v2 := actions(oldFiles, newKafka)
	w.deploy(actions(allFiles))
	w.read("actions", "files", "clicks_files", "1.json", "2.json")
	w.rows("actions", 1200, days("2024-01-01", "2024-03-20"))
	show("proved", v2)
	show("gap", edit(v2, ">= '2024-04-01'", "> '2024-04-01'"))
	w.rows("actions", 7, days("2024-03-31", "2024-04-01"))
	show("too_late", v2)
	w.deploy(v2)
	w.reached("actions", "live", "clicks_kafka", 5210, 4790)
	show("not_looked", actions(renamed))
	w.opt.Connect, w.opt.Topic = true, topicOf(topic{from: []int64{0, 0}, to: []int64{5211, 4790}, at: []int64{0, 0}})
	show("drained", actions(renamed))
}
