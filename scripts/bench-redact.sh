#!/usr/bin/env bash
# Measures how long qasleaks redact takes, compared with a scan of the same content: of a
# directory in place (a copy of it, so that keys are masked only once), and of its text files
# as one stream. Prints a table in Markdown. On a machine that does something else, compare the
# CPU time.
#
#   scripts/bench-redact.sh DIR
#
# RUNS=5 is the number of runs of each, which alternate. A first run is not counted: it
# reads the files into the page cache, and masks the keys of the directory.
set -euo pipefail

if [ $# -ne 1 ] || [ ! -d "$1" ]; then
  echo "usage: $0 DIR" >&2
  exit 2
fi
dir=$(cd "$1" && pwd)
runs=${RUNS:-5}
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$(dirname "$0")/.."
go build -o "$work/qasleaks" .
cp -R "$dir" "$work/copy"
chmod -R u+w "$work/copy"
find "$dir" -type f -print0 | { xargs -0 grep -IZl '' || true; } | xargs -0 cat >"$work/stream"

# The commands that are measured. Their exit statuses depend on what they find, and are
# ignored.
scan_files() { "$work/qasleaks" scan --no-history --all-files --quiet "$work/copy"; }
redact_files() { "$work/qasleaks" redact --in-place --quiet "$work/copy"; }
scan_stream() { "$work/qasleaks" scan --quiet - <"$work/stream"; }
redact_stream() { "$work/qasleaks" redact --quiet <"$work/stream"; }

# measure NAME appends the duration of one run and its CPU time, in seconds, to a file.
measure() {
  local TIMEFORMAT='%R %U %S'
  { time "$1" >/dev/null 2>"$work/stderr" || true; } 2>>"$work/$1.times"
}

# median NAME EXPRESSION prints the median of an expression of awk.
median() { awk "{print $2}" "$work/$1.times" | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

for _ in $(seq 0 "$runs"); do
  for command in redact_files scan_files redact_stream scan_stream; do
    measure "$command"
  done
done
for command in redact_files scan_files redact_stream scan_stream; do
  sed -i.all 1d "$work/$command.times"
done

echo "| content | MB | | scan | redact | scan / redact |"
echo "|---|---|---|---|---|---|"
for kind in files stream; do
  path=$work/stream
  [ "$kind" = stream ] || path=$work/copy
  for what in "time \$1" "CPU \$2+\$3"; do
    awk -v kind="$kind" -v mb="$(du -sm "$path" | cut -f1)" -v what="${what% *}" \
      -v scan="$(median "scan_$kind" "${what#* }")" -v redact="$(median "redact_$kind" "${what#* }")" \
      'BEGIN {printf "| %s | %d | %s | %.2f s | %.2f s | %.2f |\n", kind, mb, what, scan, redact, scan / redact}'
  done
done
