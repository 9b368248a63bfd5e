// Command nightly_dump is the compiled pipeline; see nightly_dump.yaml.
package main

import (
	"os"

	"github.com/seamflow/seamflow/examples/nightly_dump/customers"
	"github.com/seamflow/seamflow/runtime/app"
)

//go:generate go tool seamflow generate nightly_dump.yaml

func main() { os.Exit(app.Main(customers.Pipeline())) }
