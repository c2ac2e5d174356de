#!/usr/bin/env bash
# Plants synthetic keys in copies of git repositories, in every place where git can keep
# one, and checks that qasleaks finds each key and reports its path, commits, refs and
# reflogs correctly. Prints the time of the scan, and the time in which git reads every
# object.
#
#   scripts/e2e-history.sh [REPO…]    default: this repository
#
# Needs Go and git. REPO is any directory that git can clone. It is only read: copies are
# made below $TMPDIR, which needs the space for them, and removed.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
[ $# -gt 0 ] || set -- "$here"

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
# The test binary also acts as the program: it runs itself as qasleaks.
(cd "$here" && go test -c -o "$temporary/planted.test" ./internal/e2e)

status=0
for repo in "$@"; do
	echo "== $repo"
	repo=$(cd "$repo" && pwd)
	(
		cd "$here/internal/e2e" # the test builds the program
		QASLEAKS_E2E_REPO=$repo TMPDIR=$temporary \
			"$temporary/planted.test" -test.run '^TestPlanted$' -test.v -test.timeout 60m
	) || status=1
done
exit $status
