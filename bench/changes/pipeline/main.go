// Command pipeline is the compiled pipeline; see changes.yaml.
package main

import (
	"os"

	"github.com/seamflow/seamflow/bench/changes/orders"
	"github.com/seamflow/seamflow/runtime/app"
)

func main() { os.Exit(app.Main(orders.Pipeline())) }
