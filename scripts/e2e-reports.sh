#!/usr/bin/env bash
# Has others read the reports: Microsoft's SARIF multitool, a browser with the
# accessibility checker axe, and git filter-repo, which purges a history with what
# the HTML report says. Takes under a minute.
#
#   scripts/e2e-reports.sh        SHOTS=DIR keeps pictures of the HTML reports
#
# Needs go and git. What else is not there is left out, and it says so: npm (which
# fetches the readers into a temporary folder), a Chromium, git-filter-repo.
set -euo pipefail

# Versions of the readers; all are used for nothing else.
readonly readers="@microsoft/sarif-multitool@5.7.0 playwright-core@1.65.1 axe-core@4.14.1"

here=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
cd "$temporary"

skip() { echo "left out: $*"; }

# shown ID prints the text of an element of the HTML report.
shown() {
	tr '\n' '\001' <"$temporary/demo.html" | sed -e "s/.*<code id=\"$1\">//" -e 's/<\/code>.*//' | tr '\001' '\n' |
		sed -e 's/&gt;/>/g' -e 's/&lt;/</g' -e "s/&#39;/'/g" -e 's/&#34;/"/g' -e 's/&#43;/+/g' -e 's/&amp;/\&/g'
}

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
	skip "JUnit in xmllint, which is not installed"
fi

if ! command -v npm >/dev/null; then
	skip "SARIF in the multitool and HTML in a browser: npm is not installed"
elif ! npm install --no-audit --no-fund --no-save --ignore-scripts --loglevel=error $readers >npm.log 2>&1; then
	skip "SARIF in the multitool and HTML in a browser: npm could not fetch them: $(tail -1 npm.log)"
else
	multitool=$(find node_modules/@microsoft -name Sarif.Multitool -type f | head -1)
	if [ -z "$multitool" ]; then
		skip "SARIF in the multitool, which has no build for this system"
	else
		echo "== SARIF in the multitool"
		chmod u+x "$multitool"
		DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$multitool" validate ./*.sarif --rule-kind "Sarif;Ghas" --output validation.json >multitool.log || true
		grep -q "Analysis completed successfully" multitool.log || { cat multitool.log; exit 1; }
		if grep -E ": (error|warning) " multitool.log; then
			exit 1
		fi
		echo "$(ls ./*.sarif | wc -l) files, no complaint"
	fi
	browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
	if [ -z "$browser" ]; then
		skip "HTML in a browser: no Chromium is installed"
	else
		echo "== HTML in $browser"
		golden=$here/testdata/golden
		CHROMIUM=$browser node "$here/scripts/reports.mjs" . demo.html "$golden"/report-{rich,verified,hostile,clean}.html
	fi
fi

if command -v git-filter-repo >/dev/null; then
	echo "== the purge that the HTML report tells of"
	git clone --quiet --mirror repo purge.git
	shown expressions >keys.txt
	(
		cd purge.git
		eval "$(shown replace)"
		eval "$(shown paths)"
	) >filter.log 2>&1 || { cat filter.log; exit 1; }
	./qasleaks scan purge.git --quiet --format github
else
	skip "the purge that the HTML report tells of: git-filter-repo is not installed"
fi
