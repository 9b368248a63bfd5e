// Command parquet is examples/online_orders from Parquet files:
//
//	python bench/parquet/data.py DATA/data OUT/data    # of the JSON files of a run of examples/online_orders/gen
//	cd bench && go run ./parquet run --available-now --data OUT
package main

import (
	"os"

	"github.com/seamflow/seamflow/bench/parquet/orders"
	"github.com/seamflow/seamflow/runtime/app"
)

func main() { os.Exit(app.Main(orders.Pipeline())) }
