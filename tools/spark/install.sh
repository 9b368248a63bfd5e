#!/usr/bin/env bash
# Puts the pinned jars of pom.xml into .cache/spark-jars. A second run does nothing, and two at once wait for each other.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../.." && pwd)/.cache
mkdir -p "$cache"

exec 9>"$cache/spark-jars.lock"
flock 9

stamp=$(sha256sum <"$here/pom.xml" | cut -d' ' -f1)
if [[ $(cat "$cache/spark-jars/stamp" 2>/dev/null) == "$stamp" ]]; then
  exit 0
fi
rm -rf "$cache/spark-jars"
mvn --quiet --batch-mode --file "$here/pom.xml" dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$cache/spark-jars"
echo "$stamp" >"$cache/spark-jars/stamp"
