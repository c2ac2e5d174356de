#!/usr/bin/env bash
# Measures what qasleaks, gitleaks, betterleaks, titus and trufflehog find in the
# laboratory's corpus (internal/lab), and prints tables in Markdown. Other tools run
# with their default rules, and again with the rules for QA Sphere keys that
# "qasleaks export" writes. A tool that is not installed is skipped.
#
#   scripts/accuracy.sh [SEED]
#
# A key counts as found by another tool if the tool reports anything in the key's file,
# and as found by qasleaks if the report names the key. Other tools read archives and
# encodings as deep as qasleaks does, or as deep as they can.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
corpus=$work/corpus found=$work/found
mkdir "$found"
go build -o "$work/qasleaks" .
go test ./internal/lab -run '^TestCorpus$' -args -out "$corpus" -seed "${1:-1}" >/dev/null

for tool in gitleaks betterleaks titus trufflehog; do
  "$work/qasleaks" export "$tool" --output "$work/$tool" 2>/dev/null
done

# paths prints the files of the corpus that have results in a SARIF log.
paths() { grep -o '"uri": *"[^"]*"' "$1" 2>/dev/null | cut -d'"' -f4 | sed "s|^file://||; s|^$corpus/||" | sort -u || true; }

# Each tool has a function files_NAME that scans the files of the corpus and writes SARIF
# to a file, and a function history_NAME that does so for one repository.
out=$work/out
qasleaks() { "$work/qasleaks" scan --quiet --fail-on never --format sarif --output "$1" "$2" || true; }
leaks() { # TOOL KIND TO TARGET ARGUMENTS...
  local tool=$1 kind=$2 to=$3 target=$4
  shift 4
  "$tool" "$kind" --no-banner --log-level error --max-archive-depth 8 --max-decode-depth 8 --report-format sarif --report-path "$to" "$@" "$target" || true
}
titus() { # TO TARGET ARGUMENTS...
  local to=$1 target=$2
  shift 2
  command titus scan "$target" --extract all --format sarif --output :memory: --quiet "$@" >"$to" || true
}
hog() { # KIND TO TARGET ARGUMENTS...
  local kind=$1 to=$2 target=$3
  shift 3
  trufflehog "$kind" "$target" --no-update --no-verification --json "$@" 2>/dev/null |
    sed -n 's/.*"file":"\([^"]*\)".*/"uri": "\1"/p; /"SourceMetadata"/s/.*/"uri": "it"/p' >"$to" || true
}

# measure NAME runs both functions of a tool and stores what it found.
measure() {
  local name=$1
  "files_$name" "$out.sarif" >/dev/null 2>&1
  paths "$out.sarif" >"$found/$name.files"
  : >"$found/$name.histories"
  for repo in "$corpus"/histories/*; do
    rm -f "$out.history"
    "history_$name" "$out.history" "$repo" >/dev/null 2>&1
    [ -n "$(paths "$out.history")" ] && basename "$repo" >>"$found/$name.histories"
  done
  true
}
files_qasleaks() {
  qasleaks "$1.files" "$corpus/files"
  sed 's|"uri": "|"uri": "files/|' "$1.files" >"$1"
  # A note about a decoy is no alarm.
  { "$work/qasleaks" scan --quiet --fail-on never --format jsonl "$corpus/decoys" || true; } |
    grep -E '^\{"finding":\{"rule":"[^"]*","severity":"(warning|error)"' | grep -o '"path":"[^"]*"' |
    sed 's|"path":"|"uri": "decoys/|' >>"$1" || true
}
history_qasleaks() { qasleaks "$1" "$2"; }
for tool in gitleaks betterleaks; do
  eval "files_$tool() { leaks $tool dir \"\$1\" '$corpus'; }
        history_$tool() { leaks $tool git \"\$1\" \"\$2\"; }
        files_${tool}_with_rule() { leaks $tool dir \"\$1\" '$corpus' --config '$work/$tool'; }
        history_${tool}_with_rule() { leaks $tool git \"\$1\" \"\$2\" --config '$work/$tool'; }"
done
files_titus() { titus "$1" "$corpus"; }
history_titus() { titus "$1" "$2" --git; }
files_titus_with_rule() { titus "$1" "$corpus" --rules "$work/titus"; }
history_titus_with_rule() { titus "$1" "$2" --git --rules "$work/titus"; }
files_trufflehog() { hog filesystem "$1" "$corpus"; }
history_trufflehog() { hog git "$1" "file://$2"; }
files_trufflehog_with_rule() { hog filesystem "$1" "$corpus" --config "$work/trufflehog"; }
history_trufflehog_with_rule() { hog git "$1" "file://$2" --config "$work/trufflehog"; }

measure qasleaks
for tool in gitleaks betterleaks titus trufflehog; do
  if type -P "$tool" >/dev/null; then
    measure "$tool"
    measure "${tool}_with_rule"
  else
    echo "$tool is not installed" >&2
  fi
done
cd "$root"
go test ./internal/lab -count 1 -run '^TestAccuracy$' -v -args -corpus "$corpus" -found "$found" | sed -n '/^|/p; /^#/p; s/^$//p'
