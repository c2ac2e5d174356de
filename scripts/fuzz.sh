#!/usr/bin/env bash
# Runs every fuzz target, or those whose name matches a regular expression, one after the
# other on one core.
#
#   scripts/fuzz.sh 30s [REGEXP]
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
while IFS=: read -r file target; do
	printf '== %s %s\n' "$(dirname "$file")" "$target"
	# Go may report the end of the time as a failure of a target that reads files
	# (go.dev/issue/75804): only a failing input counts.
	if ! out=$(go test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$1" -fuzzminimizetime 10x -parallel 1 2>&1); then
		if [ "$(grep -c 'context deadline exceeded' <<<"$out")" = 0 ] || grep -q 'Failing input' <<<"$out"; then
			status=1
		fi
		printf '%s\n' "$out"
	fi
	grep -o 'execs: [0-9]*.*' <<<"$out" | tail -1
done < <(grep -roE --include='*_test.go' '^func Fuzz\w+' . | sed 's|^\./||; s/func //' | grep -E ":${2:-}" | sort)
exit $status
