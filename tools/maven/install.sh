#!/usr/bin/env bash
# install.sh FOLDER NAME puts the pinned jars of FOLDER/pom.xml into .cache/NAME. A second run does nothing, and two at once
# wait for each other.
set -euo pipefail
pom="$1/pom.xml"
name=$2
cache=$(cd "$(dirname "$0")/../.." && pwd)/.cache
mkdir -p "$cache"

exec 9>"$cache/$name.lock"
flock 9

stamp=$(sha256sum <"$pom" | cut -d' ' -f1)
if [[ $(cat "$cache/$name/stamp" 2>/dev/null) == "$stamp" ]]; then
  exit 0
fi
rm -rf "${cache:?}/$name"
mvn --quiet --batch-mode --file "$pom" dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$cache/$name"
echo "$stamp" >"$cache/$name/stamp"
