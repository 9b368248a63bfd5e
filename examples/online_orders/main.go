// Command online_orders is the compiled pipeline; see online_orders.yaml.
package main

import (
	"os"

	"github.com/seamflow/seamflow/examples/online_orders/orders"
	"github.com/seamflow/seamflow/runtime/app"
)

//go:generate go tool seamflow generate online_orders.yaml

func main() { os.Exit(app.Main(orders.Pipeline())) }
