#!/usr/bin/env bash
# Runs the program for Windows in Wine, and compares its reports with those on Linux,
# byte for byte but for paths and durations. Some minutes; not a part of .ci/run.
#
#   scripts/e2e-windows.sh [PACKAGE…]
#
# Scans the demo repository, its files only, the golden reports, an archive and standard
# input, and runs the tests of each PACKAGE (by default of those below) in Wine. There is no
# git in Wine, so staged changes are not scanned; the workflow "test" runs all tests on
# Windows. Needs go, git, and Debian's wine64 and gcc-mingw-w64-x86-64; if one is missing, it
# reports NOT RUN.
set -euo pipefail

# Tests of other packages run git, or programs for the shell.
packages=("$@")
[ $# -gt 0 ] || packages=(./rules ./scanner/odb/inflate ./scanner/decode ./scanner/unpack ./scanner/redact ./report/neutral ./internal/hint ./internal/nearest ./internal/keytest)

cd "$(dirname "$0")/.."
. scripts/not_run.sh
temporary=$(mktemp -d)
export WINEPREFIX=$temporary/wine WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
trap '"${wineserver:-true}" -k 2>/dev/null || true; rm -rf "$temporary"' EXIT

wine=$(command -v wine64 || command -v wine || ls /usr/lib/wine/wine64 2>/dev/null || true)
[ -n "$wine" ] || { not_run "Wine, which is not installed"; exit; }
command -v x86_64-w64-mingw32-gcc >/dev/null || { not_run "gcc-mingw-w64-x86-64, which is not installed"; exit; }

# Go takes random numbers from this library, which Wine 8 lacks.
cat >"$temporary/bcryptprimitives.c" <<'C'
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return RtlGenRandom(data, (ULONG)size); }
C
x86_64-w64-mingw32-gcc -shared -O1 -o "$temporary/bcryptprimitives.dll" "$temporary/bcryptprimitives.c" -ladvapi32
go build -o "$temporary/qasleaks" .
GOOS=windows GOARCH=amd64 go build -o "$temporary/qasleaks.exe" .
wineserver=$(command -v wineserver || ls /usr/lib/wine/wineserver64 /usr/lib/wine/wineserver 2>/dev/null | head -1)
# Started here, it does not hold the output of a test open.
mkdir "$WINEPREFIX"
"$wineserver" --persistent >/dev/null 2>&1
"$wine" wineboot --init >/dev/null 2>&1
mkdir -p "$WINEPREFIX/drive_c/windows/system32"
cp "$temporary/bcryptprimitives.dll" "$WINEPREFIX/drive_c/windows/system32/"

cd "$temporary"
./qasleaks demo --keep repo --quiet >/dev/null
cp -r "$OLDPWD/testdata/golden" golden
tar -czf repo.tar.gz -C repo --exclude .git .
key=$(./qasleaks scan repo --no-history --show-secrets --fail-on never --format json | sed -n 's/.*"value": "\(.*\)",*/\1/p' | head -1)
printf 'a first line\nconst key = "%s"\n' "$key" >input.txt

# same NAME ARGUMENTS… scans on both systems, and compares status and report.
failed=0
same() {
	local name=$1 linux=0 windows=0
	shift
	PATH=$temporary ./qasleaks scan "$@" --format json <input.txt >linux.json 2>linux.log || linux=$?
	"$wine" ./qasleaks.exe scan "$@" --format json <input.txt >windows.json 2>windows.log || windows=$?
	for system in linux windows; do
		# A key on disk was last seen when it was scanned. The note that git is missing
		# has a path and different words.
		sed -E -e 's/"seconds": [0-9.e-]+/"seconds": 0/' -e 's/("lastSeenAt": ")[^"]*/\1/' \
			-e 's/(git did not list them: )[^,]*",?$/\1"/' -e 's/("path": ")([^"]*[\\/])?(repo|golden)"/\1\3"/' "$system.json" >"$system.txt"
	done
	if [ "$linux" != "$windows" ] || ! diff linux.txt windows.txt >difference; then
		echo "$name: differs: status $linux on Linux, $windows in Wine"
		cat difference windows.log
		failed=1
		return
	fi
	echo "$name: status $windows and the same $(wc -c <windows.txt) bytes"
}

echo "== reports"
"$wine" ./qasleaks.exe version
same "files" --no-history repo
same "golden reports" golden
same "archive" repo.tar.gz
same "standard input" -
same "repository" repo

echo "== tests"
cd "$OLDPWD"
if ! GOOS=windows GOARCH=amd64 go test -short -exec "$wine" "${packages[@]}"; then failed=1; fi
exit $failed
