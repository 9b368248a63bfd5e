#!/usr/bin/env bash
# Puts the pinned jars of pom.xml into .cache/kafka-jars. A second run does nothing, and two at once wait for each other.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../.." && pwd)/.cache
mkdir -p "$cache"

exec 9>"$cache/kafka-jars.lock"
flock 9

stamp=$(sha256sum <"$here/pom.xml" | cut -d' ' -f1)
if [[ $(cat "$cache/kafka-jars/stamp" 2>/dev/null) == "$stamp" ]]; then
  exit 0
fi
rm -rf "$cache/kafka-jars"
mvn --quiet --batch-mode --file "$here/pom.xml" dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$cache/kafka-jars"
echo "$stamp" >"$cache/kafka-jars/stamp"
