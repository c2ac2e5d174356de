#!/usr/bin/env bash
# Measures how long a scan of a directory's files takes, compared with ripgrep counting
# one literal in them, and with other scanners where they are installed. Prints a table
# in Markdown.
#
#   scripts/bench-files.sh DIR
#
# RUNS=5 is the number of runs of qasleaks and ripgrep, which alternate; SLOW_RUNS=1 is
# the number of runs of each other scanner. A first run of qasleaks and ripgrep is not
# counted: it brings the files into the page cache. Nothing is written to the directory.
set -euo pipefail

if [ $# -ne 1 ] || [ ! -d "$1" ]; then
  echo "usage: $0 DIR" >&2
  exit 2
fi
if ! type -P rg >/dev/null; then
  echo "$0: ripgrep (rg) is not installed; the time is compared with it" >&2
  exit 2
fi
dir=$(cd "$1" && pwd)
runs=${RUNS:-5}
slow_runs=${SLOW_RUNS:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$(dirname "$0")/.."
go build -o "$work/qasleaks" .

# The commands that are measured. Their exit statuses depend on what they find, and are
# ignored.
ripgrep() { rg -uuu -c -F qasphere "$dir"; }
qasleaks() { "$work/qasleaks" scan --no-history --all-files --quiet "$dir"; }
gitleaks() { command gitleaks dir --no-banner --log-level error "$dir"; }
betterleaks() { command betterleaks dir --no-banner --log-level error "$dir"; }
titus() { command titus scan "$dir" --output :memory: --quiet; }
trufflehog() { command trufflehog filesystem "$dir" --no-update --no-verification; }

# measure NAME appends the duration of one run, in seconds, to a file.
measure() {
  local TIMEFORMAT=%R
  { time "$1" >/dev/null 2>"$work/stderr" || true; } 2>>"$work/$1.times"
}

median() { sort -n "$work/$1.times" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

tools=(ripgrep qasleaks)
for tool in "${tools[@]}"; do
  measure "$tool"
  rm "$work/$tool.times"
done
for _ in $(seq "$runs"); do
  for tool in "${tools[@]}"; do
    measure "$tool"
  done
done
for tool in gitleaks betterleaks titus trufflehog; do
  if [ "$slow_runs" -eq 0 ]; then
    continue
  elif type -P "$tool" >/dev/null; then
    tools+=("$tool")
    for _ in $(seq "$slow_runs"); do
      measure "$tool"
    done
  else
    echo "$tool is not installed" >&2
  fi
done

ours=$(median qasleaks)
theirs=$(median ripgrep)
printf '%s files, %s MB, %s cores\n\n' "$(find "$dir" -type f | wc -l | tr -d ' ')" \
  "$(find "$dir" -type f -printf '%s\n' | awk '{n += $1} END {printf "%d", n / 1e6}')" "$(getconf _NPROCESSORS_ONLN)"
echo "| program | seconds, median | relative to ripgrep | relative to qasleaks | all runs |"
echo "|---|---|---|---|---|"
for tool in "${tools[@]}"; do
  seconds=$(median "$tool")
  printf '| %s | %s | %s | %s | %s |\n' "$tool" "$seconds" \
    "$(awk "BEGIN {printf \"%.2f\", $seconds / $theirs}")" \
    "$(awk "BEGIN {printf \"%.1f\", $seconds / $ours}")" \
    "$(tr '\n' ' ' <"$work/$tool.times")"
done
