#!/usr/bin/env bash
# install.sh [FOLDER NAME] puts the pinned Python packages of FOLDER/requirements.txt into .cache/NAME; without arguments
# the engines beside this script into .cache/venv. A second run does nothing, and two at once wait for each other.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
requirements=${1:-$here}/requirements.txt
name=${2:-venv}
cache=$(cd "$here/../.." && pwd)/.cache
mkdir -p "$cache"

exec 9>"$cache/$name.lock"
flock 9

stamp=$({ cat "$requirements"; python3 --version; } | sha256sum | cut -d' ' -f1)
if [[ $(cat "$cache/$name/stamp" 2>/dev/null) == "$stamp" ]]; then
  exit 0
fi
rm -rf "${cache:?}/$name"
python3 -m venv "$cache/$name"
"$cache/$name/bin/pip" install --quiet --no-deps --requirement "$requirements"
"$cache/$name/bin/pip" check >/dev/null || { "$cache/$name/bin/pip" check; exit 1; }
echo "$stamp" >"$cache/$name/stamp"
