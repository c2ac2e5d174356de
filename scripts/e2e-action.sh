#!/usr/bin/env bash
# Checks the GitHub Action and the workflows with the tools that others made for it:
# actionlint, a validator of action.yml, zizmor, and act, which runs workflows that
# use the action on this machine.
#
#   scripts/e2e-action.sh
#
# Needs go and git. What else is not there is told as NOT RUN: actionlint and act
# (go install, at the versions .ci/run names), npm, zizmor. Under a minute, and
# half a minute more to build the program for the first time.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH="$PATH:$(go env GOPATH)/bin"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# The pipelines that docs/ci.md shows: 1.yml for GitHub, 2.yml for GitLab.
awk -v dir="$temporary" '/^```yml$/ { n++; shown = 1; next } /^```$/ { shown = 0 } shown { print > (dir "/" n ".yml") }' docs/ci.md

if command -v actionlint >/dev/null; then
	echo "== actionlint"
	actionlint
	actionlint "$temporary/1.yml"
else
	echo "NOT RUN: actionlint is not installed"
fi

readonly validator="@action-validator/cli@0.6.0 @action-validator/core@0.6.0"
if command -v npm >/dev/null && npm install --prefix "$temporary" --ignore-scripts --no-audit --no-fund --loglevel=error $validator >"$temporary/npm.log" 2>&1; then
	echo "== action-validator"
	for file in action.yml .github/workflows/*.yml; do
		node "$temporary/node_modules/@action-validator/cli/cli.mjs" "$file" || { echo "$file is not valid"; exit 1; }
	done
else
	echo "NOT RUN: action-validator cannot be installed from npm here"
fi

if command -v npm >/dev/null && npm install --prefix "$temporary" --ignore-scripts --no-audit --no-fund --loglevel=error gitlab-ci-local@4.61.1 >"$temporary/npm.log" 2>&1; then
	echo "== gitlab-ci-local"
	mkdir "$temporary/gitlab"
	cp "$temporary/2.yml" "$temporary/gitlab/.gitlab-ci.yml"
	git init -q -b main "$temporary/gitlab"
	git -C "$temporary/gitlab" remote add origin https://gitlab.example.com/acme/tests.git
	if ! (cd "$temporary/gitlab" && ../node_modules/.bin/gitlab-ci-local --list >../gitlab.log 2>&1) || ! grep -q '^qasleaks ' "$temporary/gitlab.log"; then
		cat "$temporary/gitlab.log"
		exit 1
	fi
else
	echo "NOT RUN: gitlab-ci-local cannot be installed from npm here"
fi

if command -v zizmor >/dev/null; then
	echo "== zizmor"
	zizmor --offline .
else
	echo "NOT RUN: zizmor is not installed (pip install zizmor, where PyPI can be reached)"
fi

if command -v act >/dev/null; then
	echo "== act (setup-go, checkout and upload-sarif are stood in for: they cannot be fetched here)"
	QASLEAKS_E2E_ACT=$(command -v act) go test -count=1 -run '^TestActionInRunner$' -v . |
		grep -E '^ *--- |^(ok|FAIL|PASS)|action_test.go:'
else
	echo "NOT RUN: act is not installed"
fi
