// Command parquetpath is a pipeline of Parquet files, for TestNoReflectionOnTheRecordPath to follow its calls.
package main

import (
	"os"

	"github.com/seamflow/seamflow/gen/golden/parquet_files"
	"github.com/seamflow/seamflow/runtime/app"
)

func main() { os.Exit(app.Main(parquet_files.Pipeline())) }
