// Command debezium is the compiled pipeline; see customers.yaml.
package main

import (
	"os"

	"github.com/seamflow/seamflow/examples/debezium/customers"
	"github.com/seamflow/seamflow/runtime/app"
)

//go:generate go tool seamflow generate customers.yaml

func main() { os.Exit(app.Main(customers.Pipeline())) }
