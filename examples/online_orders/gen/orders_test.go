package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestPlanIsKept reads back what was made: as many records as asked for, about as many repeats, late and broken ones.
func TestPlanIsKept(t *testing.T) {
	dir := t.TempDir()
	p := Plan{Rows: 20_000, Keys: 3_000, FileRows: 6_000, Duplicates: 0.05, Late: 0.1, Incomplete: 0.2, Broken: 0.01, Legacy: 0.25, Seed: 7}
	if err := p.Write(dir); err != nil {
		t.Fatal(err)
	}
	var rows, repeats, incomplete, broken int
	keys, seen := map[string]bool{}, map[string]bool{}
	names, _ := filepath.Glob(filepath.Join(dir, "data", "*", "*.json"))
	if len(names) != 1+3 { // 5,000 of the old system, 15,000 of the new one
		t.Errorf("%d files", len(names))
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); rows++ {
			var o struct{ ID, Status, LastUpdateTime string }
			if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
				t.Fatal(err)
			}
			keys[o.ID] = true
			if seen[lines.Text()] {
				repeats++
			}
			seen[lines.Text()] = true
			if o.Status != "complete" {
				incomplete++
			}
			if o.LastUpdateTime == "2024-05- 14T03:12:64" {
				broken++
			}
		}
	}
	near := func(what string, got int, share float64) {
		if want := share * 20_000; float64(got) < 0.8*want || float64(got) > 1.2*want {
			t.Errorf("%d %s, about %.0f were asked for", got, what, want)
		}
	}
	if rows != 20_000 {
		t.Errorf("%d rows", rows)
	}
	near("repeats", repeats, 0.05)
	near("incomplete", incomplete, 0.2)
	near("broken", broken, 0.01)
	if len(keys) < 2_900 || len(keys) > 3_000 {
		t.Errorf("%d keys", len(keys))
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	p := Plan{Rows: 500, FileRows: 100, Duplicates: 0.1, Late: 0.1, Legacy: 0.2, Seed: 3}
	for _, dir := range []string{a, b} {
		if err := p.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	names, _ := filepath.Glob(filepath.Join(a, "data", "*", "*.json"))
	for _, name := range names {
		rel, _ := filepath.Rel(a, name)
		one, _ := os.ReadFile(name)
		two, err := os.ReadFile(filepath.Join(b, rel))
		if err != nil || !bytes.Equal(one, two) {
			t.Errorf("%s differs (%v)", rel, err)
		}
	}
	p.Seed++
	if err := p.Write(b); err != nil {
		t.Fatal(err)
	}
	one, _ := os.ReadFile(names[0])
	rel, _ := filepath.Rel(a, names[0])
	if two, _ := os.ReadFile(filepath.Join(b, rel)); bytes.Equal(one, two) {
		t.Error("another seed gives the same bytes")
	}
}
