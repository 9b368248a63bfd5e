package jsonr

import "testing"

// decode reads {"id": …, "in": {"x": …}} as generated decoders do: id and x are required.
func decodeWithin(r *Reader) (id, x string, null bool, err error) {
	seen, seenX := false, false
	for r.Object(); r.Next(); {
		switch string(r.Key()) {
		case "id":
			if null = r.Lacks(); !null {
				id = r.String()
			}
			seen = true
		case "in":
			for r.Object(); r.Next(); {
				if string(r.Key()) != "x" {
					r.Rescue()
					continue
				}
				x, seenX = r.String(), true
			}
			if !seenX {
				r.Missing("x")
			}
		default:
			r.Rescue()
		}
	}
	if !seen {
		r.Missing("id")
	}
	return id, x, null, r.End()
}

func TestValueWithinARecord(t *testing.T) {
	const before, behind = `{"a":[1,{"after":`, `}],"z":tru`
	for name, c := range map[string]struct{ value, err, rescued string }{
		"good":               {value: `{"id":"1","in":{"x":"2"}}`},
		"wrong kind":         {value: `{"id":1}`, err: "a[1].after.id, at byte 23: expected a string, found the number 1"},
		"missing":            {value: `{"in":{"x":""}}`, err: "a[1].after.id, at byte 31: the field is required and missing"},
		"missing within":     {value: `{"id":"","in":{}}`, err: "a[1].after.in.x, at byte 32: the field is required and missing"},
		"null":               {value: `{"id":null}`, err: "a[1].after.id, at byte 23: expected a string, found null"},
		"more than a value":  {value: `{"id":""} 1`, err: "a[1].after, at byte 27: expected nothing after the value, found the number 1"},
		"cut":                {value: `{"id":""`, err: "a[1].after.id, at byte 25: expected a comma or the object's end, found the end of the record"},
		"rescued are within": {value: `{"id":"","b":1,"in":{"x":"","c":2}}`, rescued: `{"b":1,"in.c":2}`},
	} {
		var r Reader
		r.ResetAt([]byte(before+c.value+behind), len(before), len(before)+len(c.value))
		_, _, _, err := decodeWithin(&r)
		if got := ""; err != nil {
			if got = err.Error(); got != c.err {
				t.Errorf("%s: %s; want %s", name, got, c.err)
			}
		} else if c.err != "" || r.Rescued() != c.rescued {
			t.Errorf("%s: no error, rescued %s", name, r.Rescued())
		}
	}
}

// TestRelaxed takes what is missing or null of the record itself, and nothing else.
func TestRelaxed(t *testing.T) {
	for record, want := range map[string]string{
		`{}`:                      "",
		`{"id":null}`:             "",
		`{"id":7}`:                "id, at byte 6: expected a string, found the number 7",
		`{"id":nul}`:              "id, at byte 6: expected a value, found nul",
		`{"in":{}}`:               "in.x, at byte 7: the field is required and missing",
		`{"in":{"x":null}}`:       "in.x, at byte 11: expected a string, found null",
		`{"id":"1","in":{"x":""}`: "in, at byte 23: expected a comma or the object's end, found the end of the record",
	} {
		var r Reader
		r.Reset([]byte(record))
		r.Relax()
		_, _, null, err := decodeWithin(&r)
		if got := ""; err != nil {
			if got = err.Error(); got != want {
				t.Errorf("%s: %s; want %s", record, got, want)
			}
		} else if want != "" || null != (record == `{"id":null}`) {
			t.Errorf("%s: %v, null %v; want %s", record, err, null, want)
		}
		if r.Reset([]byte(`{}`)); r.Relaxed() {
			t.Error("Reset leaves the reader relaxed")
		}
	}
}

func TestText(t *testing.T) {
	for record, want := range map[string]string{`"a\n"`: "a\n", ` true `: "true", `false`: "false", `-1.50e2`: "-1.50e2", `0`: "0"} {
		var r Reader
		r.Reset([]byte(record))
		if got := r.Text(); got != want || r.End() != nil {
			t.Errorf("%s: %q, %v", record, got, r.End())
		}
	}
	for _, record := range []string{``, `null`, `{}`, `[]`, `tru`, `01`, `x`} {
		var r Reader
		r.Reset([]byte(record))
		if got := r.Text(); r.End() == nil {
			t.Errorf("%s: %q", record, got)
		}
	}
}
