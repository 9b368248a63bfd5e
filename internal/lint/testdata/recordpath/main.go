// Command recordpath is a pipeline of every type, for TestNoReflectionOnTheRecordPath to follow its calls.
package main

import (
	"os"

	"github.com/seamflow/seamflow/gen/golden/all_types"
	"github.com/seamflow/seamflow/runtime/app"
)

func main() { os.Exit(app.Main(all_types.Pipeline())) }
