package evolve

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/runtime/contract"
)

// AcceptFile is the name of the file that holds what is known and wanted, in the folder that review runs in.
const AcceptFile = "seamflow.accept.yaml"

// Acceptance says of one finding that it is known and wanted.
type Acceptance struct {
	Fingerprint string
	Reason      string
	Owner       string
	Until       time.Time // the last day; the zero time is for ever
	Pos         diag.Pos
}

var isFingerprint = regexp.MustCompile(`^[0-9a-f]{12}$`)

// ParseAccept reads an AcceptFile. What is wrong with it is reported, each with its position.
func ParseAccept(name string, src []byte) ([]Acceptance, []diag.Diagnostic) {
	a := acceptParser{name: name}
	var doc yaml.Node
	d := yaml.NewDecoder(strings.NewReader(string(src)))
	if err := d.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		a.fail(&yaml.Node{Line: 1, Column: 1}, strings.TrimPrefix(err.Error(), "yaml: "))
		return nil, a.list.Sorted()
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		a.fail(&doc, "it is more than one document")
	}
	root := doc.Content[0]
	entries := a.member(root, "accept")
	switch {
	case entries == nil || len(root.Content) != 2:
		a.fail(root, "it is not one list below accept")
	case entries.Kind == yaml.ScalarNode && entries.Tag == "!!null":
	case entries.Kind != yaml.SequenceNode:
		a.fail(entries, "accept is a list")
	default:
		for _, n := range entries.Content {
			a.entry(n)
		}
	}
	return a.out, a.list.Sorted()
}

type acceptParser struct {
	name string
	out  []Acceptance
	list diag.List
}

func (a *acceptParser) pos(n *yaml.Node) diag.Pos {
	return diag.Pos{File: a.name, Line: n.Line, Col: n.Column}
}

func (a *acceptParser) fail(n *yaml.Node, message string) {
	a.list.Add(diag.Diagnostic{ID: "SF0852", Pos: a.pos(n), Message: message, Hint: "an entry is {fingerprint: 3f2a91c0d4e7, reason: why, owner: who, until: 2026-06-30}; until may be left out"})
}

func (a *acceptParser) member(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func (a *acceptParser) entry(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		a.fail(n, "an entry is a mapping")
		return
	}
	out := Acceptance{Pos: a.pos(n)}
	before := a.list.Len()
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if seen[key.Value] {
			a.fail(key, key.Value+" is there twice")
		}
		seen[key.Value] = true
		if value.Kind != yaml.ScalarNode || value.Tag == "!!null" || strings.TrimSpace(value.Value) == "" {
			a.fail(value, key.Value+" is a text")
			continue
		}
		switch key.Value {
		case "fingerprint":
			out.Fingerprint, out.Pos = value.Value, a.pos(value)
			if !isFingerprint.MatchString(value.Value) {
				a.fail(value, "a fingerprint is 12 hexadecimal digits, as review prints them")
			}
		case "reason":
			out.Reason = value.Value
		case "owner":
			out.Owner = value.Value
		case "until":
			t, err := time.Parse(time.DateOnly, value.Value)
			if err != nil {
				a.fail(value, "until is a date such as 2026-06-30")
			}
			out.Until = t
		default:
			a.fail(key, "there is no "+key.Value+" here"+hintOf(key.Value))
		}
	}
	for _, key := range []string{"fingerprint", "reason", "owner"} {
		if !seen[key] {
			a.fail(n, "the entry has no "+key)
		}
	}
	for _, o := range a.out {
		if o.Fingerprint == out.Fingerprint && out.Fingerprint != "" {
			a.list.Add(diag.Diagnostic{ID: "SF0852", Pos: out.Pos, Message: "the fingerprint is there twice", Hint: "take one of the entries out", Related: []diag.Related{{Pos: o.Pos, Message: "here too"}}})
		}
	}
	if a.list.Len() == before {
		a.out = append(a.out, out)
	}
}

func hintOf(key string) string {
	if near := diag.DidYouMean(key, []string{"fingerprint", "reason", "owner", "until"}); near != "" {
		return "; " + near
	}
	return ""
}

// Accept marks the findings that are accepted on a day, and adds what is wrong with the entries: those that have expired, and
// those that no finding has.
func Accept(findings []Finding, entries []Acceptance, today time.Time) []Finding {
	own := len(findings)
	for i := range entries {
		e := &entries[i]
		expired := !e.Until.IsZero() && today.After(e.Until.AddDate(0, 0, 1).Add(-time.Nanosecond))
		used := false
		for j := range findings[:own] {
			if findings[j].Fingerprint == e.Fingerprint {
				used = true
				if !expired {
					findings[j].Accepted = e
				}
			}
		}
		f := Finding{Verdict: contract.Note, Path: AcceptFile + "." + e.Fingerprint, New: e.Pos}
		switch {
		case !used:
			f.ID, f.Title, f.Message = "SF0851", "an acceptance of nothing", "no finding has the fingerprint "+e.Fingerprint+", which "+e.Owner+" accepted: "+e.Reason
			f.Why, f.Fix = "left there, it would accept the same change when it comes again", "take the entry out"
		case expired:
			f.ID, f.Title, f.Message = "SF0850", "an acceptance that has expired", fmt.Sprintf("what %s accepted until %s counts again: %s", e.Owner, e.Until.Format(time.DateOnly), e.Reason)
			f.Why, f.Fix = "what was acceptable then may not be now", "look at the finding once more; give the entry a later date, or take it out"
		default:
			continue
		}
		f.Fingerprint = fingerprint(f.ID, e.Fingerprint)
		findings = append(findings, f)
	}
	Sort(findings)
	return findings
}
