// Command planted is a record path with reflection planted at known places; TestReflectionIsFound must find each.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

type order struct{ id string }

// DecodeJSON is a root that hides its use behind an interface and a closure.
func (o *order) DecodeJSON(b []byte) error {
	var d decoder = loud{}
	run := func() { d.decode(b) }
	run()
	return nil
}

type decoder interface{ decode([]byte) }

type loud struct{}

func (loud) decode(b []byte) { fmt.Println(string(b)) }

// DecodeCSV is a root that calls another banned function by value.
func (o *order) DecodeCSV(b []byte) error {
	parse := time.Parse
	_, err := parse("", string(b))
	return err
}

// Append is a root that is clean.
func (o *order) Append(b []byte) { o.id = string(b) }

func planted(o *order) error { return json.Unmarshal(nil, o) }

func main() {
	o := new(order)
	for _, f := range []func([]byte) error{o.DecodeJSON, o.DecodeCSV} {
		if f(nil) != nil {
			os.Exit(1)
		}
	}
	o.Append(nil)
	if planted(o) != nil {
		os.Exit(1)
	}
}
