// Command v3 is the compiled pipeline; see actions.yaml.
package main

import (
	"os"

	"github.com/seamflow/seamflow/examples/actions/v3/actions"
	"github.com/seamflow/seamflow/runtime/app"
)

//go:generate go tool seamflow generate actions.yaml

func main() { os.Exit(app.Main(actions.Pipeline())) }
