#!/usr/bin/env bash
# Drives verify/fakeapi, the server that verification is tested against, with QA
# Sphere's official client: what the client takes for a valid key, a project or a
# refusal, the server gives as the real one would.
#
#   scripts/e2e-verify.sh [CLIENT]    default: qas-cli from npm
#
# CLIENT is the client's program (build/bin/qasphere.js of a checkout). Needs go and
# node. Where npm has no such package, it says so and checks nothing.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

client=${1:-}
if [ -z "$client" ]; then
	if ! command -v npm >/dev/null || ! npm install --prefix "$temporary" --ignore-scripts --no-audit --no-fund qas-cli@0.10.1 >"$temporary/npm.log" 2>&1; then
		grep -m 1 'E[0-9A-Z]*' "$temporary/npm.log" 2>/dev/null || true
		echo "NOT RUN: qas-cli cannot be installed from npm here; name a client that is there"
		exit 0
	fi
	client=$temporary/node_modules/.bin/qasphere
fi
client=$(cd "$(dirname "$client")" && pwd)/$(basename "$client")

cd "$here"
QASLEAKS_E2E_CLIENT=$client go test -count=1 -run '^TestOfficialClient$' -v ./verify/fakeapi
