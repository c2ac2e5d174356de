#!/usr/bin/env bash
# Loads the output of "qasleaks export" into other tools: they must find a key, and ignore
# the documented examples. Also runs the expressions in Hyperscan, Rust's regex crate,
# PCRE2 and Node.js. Takes about a minute.
#
#   scripts/e2e-export.sh
#
# Needs Go. gitleaks comes from the Go module proxy, secretlint from npm, Hyperscan and
# ripgrep from Debian, with CI=true. Parts whose tool is missing are reported as NOT RUN.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/not_run.sh

readonly gitleaks=v8.30.1 secretlint=12.0.0
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

fail() {
	echo "$*"
	exit 1
}

echo "== engines"
if [ "${CI:-}" = true ] && { [ ! -e /usr/include/hs/hs.h ] || ! command -v rg >/dev/null; }; then
	sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get update -q >/dev/null
	$sudo apt-get install -y -q --no-install-recommends libhyperscan-dev ripgrep >/dev/null
fi
# Without CI=true the tests skip missing engines.
QASLEAKS_ALL_ENGINES=${CI:-} go test ./internal/export -run '^(TestEngines|TestHyperscan)$' -count 1

go build -o "$temporary/qasleaks" .
export PATH=$temporary:$PATH
mkdir "$temporary/repo"
# A synthetic key, from the demo, and the examples of the documentation.
qasleaks demo --keep "$temporary/demo" --quiet >/dev/null
key=$(qasleaks scan "$temporary/demo" --no-history --show-secrets --fail-on never --format json | sed -n 's/.*"value": "\(.*\)",*/\1/p' | head -1)
[ -n "$key" ] || fail "the demo has no key"
cd "$temporary/repo"
echo "const key = '$key'" >leak.js
printf 'QAS_TOKEN=%s.%s.%s\nApiKey %s.%s.%s\n' tst0000001 1CKCEtest_JYyckc3zYtest dhhjYY3BYEoQH41e62itest t123 ak456 abc789xyz >examples.txt

# finds TOOL expects the key in the file report, and no example.
finds() {
	grep -q 'leak\.js' report || fail "$1 does not find the key"
	if grep -q 'examples\.txt' report; then fail "$1 finds the documented examples"; fi
	echo "$1: passed"
}

echo "== gitleaks $gitleaks"
if GOBIN=$temporary go install "github.com/zricethezav/gitleaks/v8@$gitleaks" >log 2>&1; then
	qasleaks export gitleaks --output .gitleaks.toml
	gitleaks dir --no-banner --redact --report-format csv --report-path report --exit-code 0 . >log 2>&1 || fail "$(cat log)"
	grep 'qas-api-key' report >ours || true
	mv ours report
	finds gitleaks
	rm -f .gitleaks.toml
	# GitLab's analyzer runs gitleaks with the content of the passthrough. Its own rules are
	# replaced by those of gitleaks here.
	qasleaks export gitlab --output ../gitlab
	sed -n "/^value = '''/,/^'''/p" ../gitlab | sed "1d; \$d; s|^path = .*|useDefault = true|" >../inside
	gitleaks dir --no-banner --redact --config ../inside --report-format csv --report-path report --exit-code 0 . >log 2>&1 || fail "$(cat log)"
	grep 'qas-api-key' report >ours || true
	mv ours report
	finds "gitleaks with GitLab's"
else
	not_run "gitleaks, which could not be built"
fi

echo "== secretlint $secretlint"
if command -v npm >/dev/null && npm install --prefix "$temporary/npm" --no-audit --no-fund --loglevel=error "secretlint@$secretlint" "@secretlint/secretlint-rule-pattern@$secretlint" >log 2>&1; then
	qasleaks export secretlint --output .secretlintrc.json
	status=0
	"$temporary/npm/node_modules/.bin/secretlint" --maskSecrets --no-color --format unix leak.js examples.txt >report 2>log || status=$?
	[ "$status" = 1 ] || fail "secretlint ends with $status: $(cat log)"
	finds secretlint
else
	not_run "secretlint, which npm could not fetch"
fi

echo "== ripgrep"
if command -v rg >/dev/null; then
	rm -f report examples.txt
	qasleaks export ripgrep --output ../search
	bash ../search >../report
	mv ../report report
	finds ripgrep
else
	not_run "ripgrep, which is not installed"
fi
