#!/usr/bin/env bash
# Reads a topic into a Delta table with Spark Structured Streaming: run.sh BROKERS TOPIC OUT MESSAGES
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../../.." && pwd)
jars="$repo/.cache/spark-kafka-jars"
if [[ ! -d $jars ]]; then
  "$repo/tools/python/install.sh"
  "$repo/tools/spark/install.sh"
  mvn --quiet --batch-mode --file "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$jars"
fi
cd "$repo"
exec .cache/venv/bin/python "$here/stream.py" "$@"
