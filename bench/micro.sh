#!/usr/bin/env bash
# The micro-benchmarks of the record path, by benchstat: micro.sh [BASE [PATTERN]] compares with a git revision, in
# alternated runs; without one it prints what they take.
set -euo pipefail
repo=$(cd "$(dirname "$0")/.." && pwd)
base=${1:-}
pattern=${2:-.}
count=${COUNT:-6}
work=$(mktemp -d)
trap 'git -C "$repo" worktree remove --force "$work/base" 2>/dev/null || true; rm -rf "$work"' EXIT
(cd "$repo/tools/go" && GOBIN=$work go install golang.org/x/perf/cmd/benchstat)

# build FOLDER NAME makes a test binary of each package that has benchmarks.
build() {
  mkdir -p "$work/$2.bin"
  (cd "$1" && for pkg in $(grep -rl --include='*_test.go' '^func Benchmark' runtime | xargs -n1 dirname | sort -u); do
    go test -c -o "$work/$2.bin/${pkg//\//.}.test" "./$pkg"
  done)
}

# round FOLDER NAME runs each once.
round() {
  for test in "$work/$2.bin"/*.test; do
    pkg=$(basename "$test" .test)
    (cd "$1/${pkg//.//}" && "$test" -test.run '^$' -test.bench "$pattern" -test.benchmem) >>"$work/$2.txt"
  done
}

build "$repo" head
if [[ -n $base ]]; then
  git -C "$repo" worktree add --quiet --detach "$work/base" "$base"
  build "$work/base" base
fi
for ((i = 0; i < count; i++)); do
  if [[ -n $base ]]; then round "$work/base" base; fi
  round "$repo" head
done
"$work/benchstat" ${base:+"$work/base.txt"} "$work/head.txt"
