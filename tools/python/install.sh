#!/usr/bin/env bash
# Puts the pinned Python engines into .cache/venv. A second run does nothing, and two at once wait for each other.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../.." && pwd)/.cache
mkdir -p "$cache"

exec 9>"$cache/venv.lock"
flock 9

stamp=$({ cat "$here/requirements.txt"; python3 --version; } | sha256sum | cut -d' ' -f1)
if [[ $(cat "$cache/venv/stamp" 2>/dev/null) == "$stamp" ]]; then
  exit 0
fi
rm -rf "$cache/venv"
python3 -m venv "$cache/venv"
"$cache/venv/bin/pip" install --quiet --no-deps --requirement "$here/requirements.txt"
"$cache/venv/bin/pip" check >/dev/null || { "$cache/venv/bin/pip" check; exit 1; }
echo "$stamp" >"$cache/venv/stamp"
