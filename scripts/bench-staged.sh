#!/usr/bin/env bash
# Measures how long a scan of staged changes takes, compared with git diff --cached
# --raw, in a repository with many tracked files. Prints medians.
#
#   scripts/bench-staged.sh
#
# FILES=50000 is the number of tracked files, STAGED=20 the number of staged ones, and
# RUNS=21 the number of runs, which alternate.
set -euo pipefail

files=${FILES:-50000} staged=${STAGED:-20} runs=${RUNS:-21}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$(dirname "$0")/.." && go build -o "$work/qasleaks" .)

git init -q "$work/repo"
cd "$work/repo"
seq "$files" | awk '{d = "d" int($1 / 100); if (d != last) {system("mkdir -p " d); last = d}
  f = d "/f" $1 ".js"; print "export const n = " $1 > f; close(f)}'
git add .
git -c user.name=a -c user.email=a@example.com commit -qm Begin
for i in $(seq "$staged"); do
	n=$((i % (files / 100)))
	echo "const changed = $i" >>"d$n/f$((n * 100 + 1)).js"
done
git add .

measure() {
	local TIMEFORMAT=%R
	{ time "${@:2}" >/dev/null; } 2>>"$work/$1.times"
}
for _ in $(seq "$runs"); do
	measure git git diff --cached --raw
	measure qasleaks "$work/qasleaks" scan --staged --quiet
done
median() { sort -n "$work/$1.times" | awk '{v[NR] = $1} END {print 1000 * v[int((NR + 1) / 2)]}'; }
git=$(median git)
ours=$(median qasleaks)
echo "$files tracked files, $staged staged, $(getconf _NPROCESSORS_ONLN) cores, medians of $runs runs"
echo "git diff --cached --raw: $git ms; qasleaks scan --staged: $ours ms; allowed: $(awk "BEGIN {print 3 * $git + 20}") ms"
