package evolve

import (
	"encoding/xml"
	"slices"
	"strings"
	"unicode/utf8"
)

type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitFailure `xml:"failure"`
		Skipped *junitSkipped `xml:"skipped"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// junit is the report as JUnit's XML: a suite for each pipeline, a case for each finding, failed where it is as bad as FailOn.
func (r *Report) junit() []byte {
	all := junitSuites{Name: "seamflow review"}
	names := slices.Clone(r.Pipelines)
	if slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Pipeline == "" }) {
		names = append(names, "")
	}
	for _, name := range names {
		s := junitSuite{Name: or(name, AcceptFile)}
		for i := range r.Findings {
			if f := &r.Findings[i]; f.Pipeline == name {
				s.add(f, r)
			}
		}
		if len(s.Cases) == 0 {
			s.Cases = []junitCase{{Name: "no change", Class: name}}
		}
		s.Tests = len(s.Cases)
		all.Suites = append(all.Suites, s)
		all.Tests += s.Tests
		all.Failures += s.Failures
	}
	out, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil
	}
	return append([]byte(xml.Header), append(out, '\n')...)
}

func (s *junitSuite) add(f *Finding, r *Report) {
	c := junitCase{Name: printable(f.ID + " " + f.Path + ": " + f.Message), Class: f.Pipeline, File: printable(r.place(f.New.File)), Line: f.New.Line}
	text := printable(f.plain() + " Fingerprint " + f.Fingerprint + ".")
	switch {
	case f.Accepted != nil:
		c.Skipped = &junitSkipped{printable("accepted by " + f.Accepted.Owner + until(f.Accepted) + ": " + f.Accepted.Reason)}
		s.Skipped++
	case f.Counts() >= r.FailOn:
		c.Failure = &junitFailure{f.Verdict.String(), printable(f.Message), text}
		s.Failures++
	default:
		c.Out = text
	}
	s.Cases = append(s.Cases, c)
}

// printable leaves out what XML cannot hold.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == utf8.RuneError || r == 0xfffe || r == 0xffff {
			return '.'
		}
		return r
	}, text)
}
