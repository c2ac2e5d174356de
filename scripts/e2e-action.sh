#!/usr/bin/env bash
# Checks the GitHub Action and the workflows with actionlint, a validator of action.yml,
# gitlab-ci-local, zizmor, and act, which runs workflows with the action on this machine and
# prints how long the action took. Takes under a minute once the program is built.
#
#   scripts/e2e-action.sh
#
# Needs Go and git. Parts that need another tool are reported as NOT RUN if it is missing:
# actionlint and act (which .ci/run installs), npm, zizmor.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/not_run.sh

export PATH="$PATH:$(go env GOPATH)/bin"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# The pipelines in docs/ci.md: workflows of GitHub have "on:", the one of GitLab a job
# "qasleaks:".
awk -v dir="$temporary" '/^```yml$/ { n++; shown = 1; next } /^```$/ { shown = 0 } shown { print > (dir "/" n ".yml") }' docs/ci.md

if command -v actionlint >/dev/null; then
	echo "== actionlint"
	actionlint
	actionlint deploy/github/*.yml
	grep -lx 'on:.*' "$temporary"/*.yml | xargs actionlint
else
	not_run "actionlint, which is not installed"
fi

readonly validator="@action-validator/cli@0.6.0 @action-validator/core@0.6.0"
if command -v npm >/dev/null && npm install --prefix "$temporary" --ignore-scripts --no-audit --no-fund --loglevel=error $validator >"$temporary/npm.log" 2>&1; then
	echo "== action-validator"
	for file in action.yml .github/workflows/*.yml; do
		# Its schema is older than the permission "attestations", which actionlint knows.
		checked="$temporary/$(basename "$file")"
		grep -v '^ *attestations: write' "$file" >"$checked"
		node "$temporary/node_modules/@action-validator/cli/cli.mjs" "$checked" || { echo "$file is not valid"; exit 1; }
	done
else
	not_run "action-validator, which cannot be installed from npm"
fi

if command -v npm >/dev/null && npm install --prefix "$temporary" --ignore-scripts --no-audit --no-fund --loglevel=error gitlab-ci-local@4.61.1 >"$temporary/npm.log" 2>&1; then
	echo "== gitlab-ci-local"
	mkdir "$temporary/gitlab"
	cp "$(grep -lx 'qasleaks:' "$temporary"/*.yml)" "$temporary/gitlab/.gitlab-ci.yml"
	git init -q -b main "$temporary/gitlab"
	git -C "$temporary/gitlab" remote add origin https://gitlab.example.com/acme/tests.git
	if ! (cd "$temporary/gitlab" && ../node_modules/.bin/gitlab-ci-local --list >../gitlab.log 2>&1) || ! grep -q '^qasleaks ' "$temporary/gitlab.log"; then
		cat "$temporary/gitlab.log"
		exit 1
	fi
else
	not_run "gitlab-ci-local, which cannot be installed from npm"
fi

if command -v zizmor >/dev/null; then
	echo "== zizmor"
	zizmor --offline .
else
	unavailable "zizmor, which is not installed (only PyPI has it: pip install zizmor)"
fi

if command -v act >/dev/null; then
	echo "== act (with stand-ins for the actions setup-go, checkout and upload-sarif)"
	QASLEAKS_E2E_ACT=$(command -v act) go test -count=1 -run '^Test(Action|Organisation)InRunner$' -v ./internal/e2e |
		grep -E '^ *--- |^(ok|FAIL|PASS)|workflow_test.go:'
else
	not_run "act, which is not installed"
fi
