#!/usr/bin/env bash
# Plants synthetic keys in copies of git repositories, in every way in which git
# can remember one, and checks that qasleaks finds each and says truly where it
# is: path, commits, refs, reflogs. Also tells how long the scan took, next to git
# merely reading every object.
#
#   scripts/e2e-history.sh [REPO…]    default: the repository it is in
#
# Needs git and go. A repository is any directory that git can clone; it is only
# read. Copies are made below $TMPDIR (think of their size) and removed.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
[ $# -gt 0 ] || set -- "$here"

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
# The test is the program, too: it runs itself as qasleaks.
(cd "$here" && go test -c -o "$temporary/planted.test" .)

status=0
for repo in "$@"; do
	echo "== $repo"
	repo=$(cd "$repo" && pwd)
	(
		cd "$here"
		QASLEAKS_E2E_REPO=$repo TMPDIR=$temporary \
			"$temporary/planted.test" -test.run '^TestPlanted$' -test.v -test.timeout 60m
	) || status=1
done
exit $status
