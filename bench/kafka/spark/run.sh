#!/usr/bin/env bash
# Reads a topic into a Delta table with Spark Structured Streaming: run.sh BROKERS TOPIC OUT MESSAGES
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../../.." && pwd)
"$repo/tools/python/install.sh"
"$repo/tools/maven/install.sh" "$repo/tools/spark" spark-jars
"$repo/tools/maven/install.sh" "$here" spark-kafka-jars
cd "$repo"
exec .cache/venv/bin/python "$here/stream.py" "$@"
