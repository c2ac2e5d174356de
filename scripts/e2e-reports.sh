#!/usr/bin/env bash
# Checks the reports with other tools: Microsoft's SARIF multitool, a browser with the
# accessibility checker axe, and xmllint. Takes under a minute.
#
#   scripts/e2e-reports.sh        SHOTS=DIR keeps screenshots of the HTML reports
#
# Needs Go and git. Parts that need another tool are reported as NOT RUN if it is missing:
# npm (which installs the multitool, axe and a library that controls the browser into a
# temporary directory), Chromium, xmllint.
set -euo pipefail

readonly packages="@microsoft/sarif-multitool@5.7.0 playwright-core@1.65.1 axe-core@4.14.1"

here=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
. "$here/scripts/not_run.sh"
cd "$temporary"

echo "== reports of the demo"
(cd "$here" && go build -o "$temporary/qasleaks" .)
./qasleaks demo --keep repo --quiet >/dev/null
git -C repo remote add origin https://example.com/checkout-tests.git
./qasleaks scan repo --fail-on never --quiet \
	--format sarif --output demo.sarif --format html --output demo.html --format junit --output demo.xml
./qasleaks scan repo --fail-on never --quiet --sarif-for-github --format sarif --output demo.github.sarif
cp "$here"/testdata/golden/*.sarif .

if command -v xmllint >/dev/null; then
	xmllint --noout demo.xml "$here"/testdata/golden/*.junit.xml
else
	not_run "xmllint, which is not installed"
fi

if ! command -v npm >/dev/null; then
	not_run "the SARIF multitool and the browser: npm is not installed"
elif ! npm install --no-audit --no-fund --no-save --ignore-scripts --loglevel=error $packages >npm.log 2>&1; then
	not_run "the SARIF multitool and the browser: npm cannot install their packages: $(tail -1 npm.log)"
else
	multitool=$(find node_modules/@microsoft -name Sarif.Multitool -type f | head -1)
	if [ -z "$multitool" ]; then
		unavailable "the SARIF multitool, which has no build for this system"
	else
		echo "== SARIF in the multitool"
		chmod u+x "$multitool"
		DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$multitool" validate ./*.sarif --rule-kind "Sarif;Ghas" --output validation.json >multitool.log || true
		grep -q "Analysis completed successfully" multitool.log || { cat multitool.log; exit 1; }
		if grep -E ": (error|warning) " multitool.log; then
			exit 1
		fi
		echo "$(ls ./*.sarif | wc -l) files, no errors or warnings"
	fi
	browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
	if [ -z "$browser" ]; then
		not_run "HTML in a browser: Chromium is not installed"
	else
		echo "== HTML in $browser"
		golden=$here/testdata/golden
		CHROMIUM=$browser node "$here/scripts/reports.mjs" . demo.html "$golden"/report-{rich,hostile,clean}.html
	fi
fi
