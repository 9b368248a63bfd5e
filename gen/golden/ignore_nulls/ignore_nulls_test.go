package ignore_nulls

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/gen/golden/roundtrip"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

var (
	all, some = allLeavesFold(), someColumnsFold()

	way = roundtrip.Way[Customer, AllLeaves]{Decode: (*Customer).DecodeJSON, Flow: wholeFlow, NewRows: newAllLeavesRows, Schema: allLeavesSchema()}
)

func TestAnyRowSurvives(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rows := []AllLeaves{roundtrip.Random[AllLeaves](2).Draw(r, "row")}
		way.Stored(t, rows)
		roundtrip.Parts(t, all, true, rows)
	})
	rapid.Check(t, func(r *rapid.T) {
		roundtrip.Parts(t, some, true, []SomeColumns{roundtrip.Random[SomeColumns](2).Draw(r, "row")})
	})
}

// row decodes a customer; the fields that every record has are given.
func row(t *testing.T, fields string) AllLeaves {
	t.Helper()
	rows, _ := way.JSON(t, `{"id": 1, "ref": {"system": "s", "no": null}, "at": "2024-05-14T03:12:06Z", "limits": {}, "name": {"first": null, "last": null},
	  "version": null, "deleted": null, "email": null, "tags": null`+fields+`}`)
	return rows[0]
}

func back(t *testing.T, r AllLeaves) AllLeaves {
	t.Helper()
	var got AllLeaves
	if err := allLeavesReadParts(allLeavesAppendParts(nil, &r), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestStructsOfNothing: a struct whose leaves are all NULL is NULL, one that has a value is not, and an empty list is one.
func TestStructsOfNothing(t *testing.T) {
	null := back(t, row(t, `, "address": null`))
	if null.Address.Valid || null.Name.First.Valid || null.Ref.System != "s" || null.Tags.Valid {
		t.Errorf("%+v", null)
	}
	whole := back(t, row(t, `, "address": {"street": null, "country": "FR", "geo": {"lat": 1, "lon": 2, "trail": []}, "since": {"day": null, "by": null}}`))
	if a := whole.Address; !a.Valid || a.V.Country != CountryFr || !a.V.Geo.Valid || a.V.Geo.V.Lon != 2 || a.V.Street.Valid {
		t.Errorf("%+v", a)
	}
	if a := back(t, row(t, `, "address": {"street": null, "country": "DE", "geo": null, "since": {"day": null, "by": null}}`)).Address; !a.Valid || a.V.Geo.Valid {
		t.Errorf("%+v", a)
	}
	r := row(t, `, "address": null`)
	r.Tags = value.Some([]value.Opt[string]{})
	if got := back(t, r); !got.Tags.Valid || len(got.Tags.V) != 0 {
		t.Errorf("an empty list is not a value: %+v", got.Tags)
	}
}

// TestALeafIsMergedByItself puts the leaves of two events together, as the rules of merge do with the parts.
func TestALeafIsMergedByItself(t *testing.T) {
	rules := merge.NewRules(all.Parts)
	reg := &merge.Registers{}
	seq := func(n byte) []byte { return []byte{n} }
	event := func(n byte, fields string) merge.Event {
		r := row(t, fields)
		return merge.Event{Seq: seq(n), Upsert: true, Row: allLeavesAppendParts(nil, &r)}
	}
	first := rules.Apply(reg, nil, event(1, `, "email": "e", "address": {"street": "s", "country": "FR", "geo": null, "since": {"day": "2020-01-01", "by": null}}`))
	second := rules.Apply(reg, first.Row, event(3, `, "address": {"street": null, "country": "DE", "geo": {"lat": 1, "lon": 2, "trail": [3]}, "since": {"day": null, "by": null}}`))
	late := rules.Apply(reg, second.Row, event(2, `, "email": "late", "address": {"street": "late", "country": "FR", "geo": null, "since": {"day": null, "by": null}}`))
	var got AllLeaves
	if err := allLeavesReadParts(late.Row, &got); err != nil {
		t.Fatal(err)
	}
	if a := got.Address.V; got.Email.V != "late" || a.Street.V != "late" || a.Country != CountryDe || a.Geo.V.Trail[0] != 3 || !a.Since.Day.Valid {
		t.Errorf("%+v", got)
	}
}

func TestWhatIgnoresNull(t *testing.T) {
	if got, want := roundtrip.Flags(all.Parts), "k"+strings.Repeat(" ti", 17); got != want {
		t.Errorf("all leaves are %s, want %s", got, want)
	}
	if got, want := roundtrip.Flags(some.Parts), "k k ti t"+strings.Repeat(" ti", 7)+" t"; got != want {
		t.Errorf("those of some columns are %s, want %s", got, want)
	}
	if c := allLeavesContract(); c.Kind != contract.SCD1 || len(c.IgnoreNulls) != 9 || c.TombstoneRetention != 30*24*time.Hour {
		t.Errorf("%+v", c)
	}
	if c := someColumnsContract(); cmp.Diff([]string{"email", "address"}, c.IgnoreNulls) != "" || c.OnTie != "fail" || cmp.Diff([]string{"id", "ref", "email", "tags", "address"}, c.Flows[0].Columns) != "" {
		t.Errorf("%+v", c)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	roundtrip.SteadyParts(t, all, row(t, `, "address": {"street": "s", "country": "FR", "geo": {"lat": 1, "lon": 2, "trail": [1, 2]}, "since": {"day": null, "by": null}}`))
}
