#!/usr/bin/env bash
# Tests verify/fakeapi, the server that verification is tested with, with QA Sphere's
# official client: the client must accept its users, projects and refusals as those of the
# real API.
#
#   scripts/e2e-verify.sh [CLIENT]    default: qas-cli from npm
#
# CLIENT is the program of the client (build/bin/qasphere.js of a checkout). Needs Go and
# Node.js. Nothing is checked if npm does not have the package.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
. "$here/scripts/not_run.sh"

client=${1:-}
if [ -z "$client" ]; then
	if ! command -v npm >/dev/null || ! npm install --prefix "$temporary" --ignore-scripts --no-audit --no-fund qas-cli@0.10.1 >"$temporary/npm.log" 2>&1; then
		grep -m 1 'E[0-9A-Z]*' "$temporary/npm.log" 2>/dev/null || true
		unavailable "the official client: qas-cli cannot be installed from npm; name an installed client"
		exit 0
	fi
	client=$temporary/node_modules/.bin/qasphere
fi
client=$(cd "$(dirname "$client")" && pwd)/$(basename "$client")

cd "$here"
QASLEAKS_E2E_CLIENT=$client go test -count=1 -run '^TestOfficialClient$' -v ./verify/fakeapi
