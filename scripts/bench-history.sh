#!/usr/bin/env bash
# Measures how long a scan of a repository's history takes, compared with git printing
# every object, and with other scanners where they are installed, each with the same
# single rule. Prints a table in Markdown.
#
#   scripts/bench-history.sh REPO
#
# RUNS=5 is the number of runs of qasleaks and git, which alternate; SLOW_RUNS=1 is the
# number of runs of each other scanner. Nothing is written to the repository.
set -euo pipefail

if [ $# -ne 1 ] || ! git -C "$1" rev-parse --git-dir >/dev/null; then
  echo "usage: $0 REPO" >&2
  exit 2
fi
repo=$(cd "$1" && pwd)
runs=${RUNS:-5}
slow_runs=${SLOW_RUNS:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$(dirname "$0")/.."
go build -o "$work/qasleaks" .

pattern='[A-Za-z0-9]{1,64}\.1[BCD][1-9A-HJ-NP-Za-km-z]{7}_[1-9A-HJ-NP-Za-km-z]{13}\.[A-Za-z0-9_-]{16,128}'
cat >"$work/rule.toml" <<TOML
[[rules]]
id = "qas-api-key"
description = "QA Sphere API key"
regex = '''$pattern'''
keywords = [".1b", ".1c", ".1d"]
TOML
cat >"$work/rule.yml" <<YAML
detectors:
  - name: qas-api-key
    keywords: [".1B", ".1C", ".1D"]
    regex:
      key: '($pattern)'
YAML

# The commands that are measured. Their exit statuses depend on what they find, and are
# ignored.
git_cat_file() { git -C "$repo" cat-file --batch-all-objects --unordered --batch --buffer; }
qasleaks() { "$work/qasleaks" scan --history-only --quiet "$repo"; }
gitleaks() { command gitleaks git --no-banner --config "$work/rule.toml" --log-level error "$repo"; }
betterleaks() { command betterleaks git --no-banner --config "$work/rule.toml" --log-level error "$repo"; }
trufflehog() {
  command trufflehog git "file://$repo" --no-update --no-verification --config "$work/rule.yml" --include-detectors=CustomRegex
}

# measure NAME appends the duration of one run, in seconds, to a file.
measure() {
  local TIMEFORMAT=%R
  { time "$1" >/dev/null 2>"$work/stderr" || true; } 2>>"$work/$1.times"
}

median() { sort -n "$work/$1.times" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

tools=(git_cat_file qasleaks)
for _ in $(seq "$runs"); do
  for tool in "${tools[@]}"; do
    measure "$tool"
  done
done
for tool in gitleaks betterleaks trufflehog; do
  if type -P "$tool" >/dev/null; then
    tools+=("$tool")
    for _ in $(seq "$slow_runs"); do
      measure "$tool"
    done
  else
    echo "$tool is not installed" >&2
  fi
done

ours=$(median qasleaks)
theirs=$(median git_cat_file)
git -C "$repo" count-objects -v | awk '/^count|^in-pack/ {n += $2} END {print n " objects, " cores " cores\n"}' \
  cores="$(getconf _NPROCESSORS_ONLN)"
echo "| program | seconds, median | relative to git cat-file | relative to qasleaks | all runs |"
echo "|---|---|---|---|---|"
for tool in "${tools[@]}"; do
  seconds=$(median "$tool")
  printf '| %s | %s | %s | %s | %s |\n' "${tool//_/ }" "$seconds" \
    "$(awk "BEGIN {printf \"%.2f\", $seconds / $theirs}")" \
    "$(awk "BEGIN {printf \"%.1f\", $seconds / $ours}")" \
    "$(tr '\n' ' ' <"$work/$tool.times")"
done

# Memory without mapped files, on Linux.
if [ -r /proc/self/status ]; then
  qasleaks >/dev/null 2>&1 &
  peak=0
  while kill -0 $! 2>/dev/null; do
    # The function runs in a subshell; the program is a child of that.
    for pid in $! $(pgrep -P $! || true); do
      now=$(awk '/^RssAnon/ {print $2}' "/proc/$pid/status" 2>/dev/null || true)
      [ "${now:-0}" -gt "$peak" ] && peak=$now
    done
    sleep 0.02
  done
  printf '\nqasleaks: at most %d MiB of memory without mapped files.\n' $((peak / 1024))
fi
