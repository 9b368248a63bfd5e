// Command avropath is a pipeline of Avro messages, for TestNoReflectionOnTheRecordPath to follow its calls.
package main

import (
	"os"

	"github.com/seamflow/seamflow/gen/golden/avro_messages"
	"github.com/seamflow/seamflow/runtime/app"
)

func main() { os.Exit(app.Main(avro_messages.Pipeline())) }
