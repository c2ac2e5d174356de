#!/usr/bin/env bash
# Redacts real reports and opens them: the HTML report, the blob report and the traces of
# Playwright, a HAR file, JUnit and JSON results, and results of Allure. Takes a minute.
#
#   scripts/e2e-redact.sh
#
# Needs Go, npm, which installs Playwright and Allure into a temporary directory, and
# Chromium; unzip, jq and xmllint.
set -euo pipefail

readonly packages="@playwright/test@1.65.1 allure@3.18.0 allure-playwright@3.12.2"

here=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
. "$here/scripts/not_run.sh"
cd "$temporary"

fail() {
	echo "$*"
	exit 1
}

for tool in npm unzip jq xmllint; do
	if ! command -v $tool >/dev/null; then
		not_run "$tool, which is not installed"
		exit 0
	fi
done
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
export CHROMIUM
if [ -z "$CHROMIUM" ]; then
	not_run "reports in a browser: Chromium is not installed"
	exit 0
fi
echo '{"private": true}' >package.json
if ! npm install --no-audit --no-fund --no-save --ignore-scripts --loglevel=error $packages >npm.log 2>&1; then
	not_run "reports in a browser: npm cannot install their packages: $(tail -1 npm.log)"
	exit 0
fi

echo "== tests that write reports"
(cd "$here" && go build -o "$temporary/qasleaks" .)
./qasleaks demo --keep demo --quiet >/dev/null
KEY=$(./qasleaks scan demo --no-history --show-secrets --fail-on never --format json | sed -n 's/.*"value": "\(.*\)",*/\1/p' | head -1)
[ -n "$KEY" ] || fail "the demo has no key"
export KEY
token=${KEY##*.}
cp "$here"/scripts/redact/* .
# One of the two tests fails: its report quotes the key.
npx --no-install playwright test >run.log 2>&1 || true
grep -q '1 failed' run.log && grep -q '1 passed' run.log || fail "the tests did not run: $(sed "s/$token/TOKEN/g" run.log)"

echo "== redact"
reports="playwright-report test-results blob-report allure-results har results.xml results.json run.log"
found=$(grep -rlaF "$token" $reports | wc -l)
[ "$found" -ge 8 ] || fail "only $found reports have the key"
status=0
./qasleaks redact --in-place $reports 2>masked.log || status=$?
[ $status = 1 ] || fail "status $status: $(cat masked.log)"
tail -2 masked.log
./qasleaks redact --in-place --quiet $reports || fail "a second time, it masks more"
./qasleaks scan --no-history --all-files --quiet --fail-on warning $reports || fail "a scan still finds a key"
if grep -rlaF "$token" $reports; then fail "the token is in these files"; fi

echo "== readers"
archives=$(find $reports -name '*.zip')
for archive in $archives; do
	unzip -tqq "$archive" || fail "$archive is damaged"
	if unzip -p "$archive" | grep -qaF "$token"; then fail "the token is in $archive"; fi
done
xmllint --noout results.xml
jq -e .suites results.json >/dev/null
jq -e .log.entries har/*.har >/dev/null
PLAYWRIGHT_HTML_OPEN=never npx --no-install playwright merge-reports --reporter json blob-report >merged.json
jq -e '.stats.unexpected == 1 and .stats.expected == 1' merged.json >/dev/null || fail "the blob report has other tests"
npx --no-install allure generate allure-results --output allure-report >allure.log 2>&1 || fail "$(cat allure.log)"
if grep -rlaF "$token" allure-report merged.json; then fail "the token is in these files"; fi
node open.mjs "${KEY%.*}."
