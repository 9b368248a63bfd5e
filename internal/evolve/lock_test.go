package evolve_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/seamflow/seamflow/internal/evolve"
	"github.com/seamflow/seamflow/internal/lock"
)

// viaLocks compares the two sides of a case by what their lock files hold.
func viaLocks(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	var sides [2]*evolve.Side
	for i, name := range []string{"old", "new"} {
		sides[i] = locked(t, side(t, archive(a, name), "spec.yaml"))
	}
	return findings(evolve.Compare(sides[0], sides[1]))
}

// locked writes a side into a lock file and reads it back.
func locked(t testing.TB, s *evolve.Side) *evolve.Side {
	t.Helper()
	file := new(lock.File)
	file.PinFacts(s.Facts)
	file.Set(s.Facts)
	again, diags := lock.Parse("seamflow.lock", file.Format())
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	facts, diags := again.Facts(s.Facts.Pipeline)
	if len(diags) > 0 || facts == nil {
		t.Fatal(diags)
	}
	return &evolve.Side{Facts: facts}
}

var places = regexp.MustCompile(` \S*/\S+:\d+:\d+ \(was [^)]*\)|  ?\(was [^)]*\)`)

// withoutPlaces gives findings without their places, which decide their order too, sorted.
func withoutPlaces(text string) []string {
	out := strings.Split(strings.ReplaceAll(places.ReplaceAllString(text, ""), "\n  ", ": "), "\n")
	slices.Sort(out)
	return out
}
