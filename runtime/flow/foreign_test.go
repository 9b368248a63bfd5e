package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/delta"
)

// foreignCommit makes the next version of table t as another engine would.
func (w *world) foreignCommit(operation string, actions ...string) {
	w.t.Helper()
	dir := filepath.Join(w.dir, "tables/t")
	tab, err := delta.Open(contextOf(w), w.fs, dir)
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	text := `{"commitInfo":{"timestamp":1,"operation":"` + operation + `","engineInfo":"Apache-Spark/4"}}` + "\n" + strings.Join(actions, "\n")
	name := filepath.Join(dir, "_delta_log", fmt.Sprintf("%020d.json", tab.Version()+1))
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		w.t.Fatalf("%v", err)
	}
}

func (w *world) onlyFile() *delta.File {
	w.t.Helper()
	tab, err := delta.Open(contextOf(w), w.fs, filepath.Join(w.dir, "tables/t"))
	if err != nil || len(tab.Files()) != 1 {
		w.t.Fatalf("want one file: %v", err)
	}
	return tab.Files()[0]
}

// TestForeignCommitWhileARunIsAtWork is noticed at the next batch, which is not applied.
func TestForeignCommitWhileARunIsAtWork(t *testing.T) {
	for _, kind := range []string{"row", "append"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			s := spec{kind: kind, live: []string{"f"}, maxFiles: 1}
			w.put("f/1.json", ev("a", 1, "", "x"))
			w.put("f/2.json", ev("b", 1, "", "x"))
			opt, once := w.options(), false
			opt.Observer = onCommit{&w.log, func() {
				if !once {
					once = true
					w.foreignCommit("DELETE", `{"remove":{"path":"`+w.onlyFile().Path+`","deletionTimestamp":1,"dataChange":true}}`)
				}
			}}
			_, err := s.pipeline().Run(t.Context(), opt)
			var foreign *ForeignError
			if !errors.As(err, &foreign) || ExitCode(err) != ExitData || foreign.Operation != "DELETE" || !strings.Contains(err.Error(), "reset t") {
				t.Fatalf("got %v: want a ForeignError", err)
			}
			wantRows(t, w, "t")
		})
	}
}

// TestCancelledLookAtTheHistory: a version that was not looked at must not pass for one that was.
func TestCancelledLookAtTheHistory(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(s)
	w.foreignCommit("DELETE", `{"remove":{"path":"`+w.onlyFile().Path+`","deletionTimestamp":1,"dataChange":true}}`)
	opened, err := s.pipeline().only(t.Context(), w.options(), s.runner())
	if err != nil {
		t.Fatal(err)
	}
	defer opened.close()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := opened.checkHistory(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v: the table was not looked at", err)
	}
}

// TestForeignOptimizeIsFollowed: rows that were moved are found again.
func TestForeignOptimizeIsFollowed(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 1, "", "x"))
	w.run(s)
	f := w.onlyFile()
	data, err := os.ReadFile(filepath.Join(w.dir, "tables/t", f.Path))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "tables/t/moved.parquet"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	w.foreignCommit("OPTIMIZE", `{"remove":{"path":"`+f.Path+`","deletionTimestamp":1,"dataChange":false}}`,
		fmt.Sprintf(`{"add":{"path":"moved.parquet","partitionValues":{},"size":%d,"modificationTime":1,"dataChange":false}}`, len(data)))
	os.Remove(filepath.Join(w.dir, "tables/t", f.Path))
	w.put("f/2.json", ev("a", 2, "", "y"), ev("b", 2, "d", ""))
	w.run(s)
	wantRows(t, w, "t", "a 2 y")
}

// TestForeignCommitBetweenTwoBatches that changes nothing does not end a run before everything is read.
func TestForeignCommitBetweenTwoBatches(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, maxFiles: 1}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.put("f/2.json", ev("b", 1, "", "x"))
	w.put("f/3.json", ev("a", 2, "", "y"))
	opt, once := w.options(), false
	opt.Observer = onCommit{&w.log, func() {
		if !once {
			once = true
			w.foreignCommit("VACUUM END")
		}
	}}
	if _, err := s.pipeline().Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "t", "a 2 y", "b 1 x")
}
