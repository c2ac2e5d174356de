#!/usr/bin/env bash
# Runs the program for Windows in Wine, and compares its reports with those on Linux,
# byte for byte but for paths and durations. Some minutes; not a part of .ci/run.
#
#   scripts/e2e-windows.sh [PACKAGE…]
#
# Scans the demo repository, its files only, the golden reports, an archive, standard input
# and staged changes, and runs the tests of each PACKAGE (by default of those below) in Wine.
# Tests that run git or a shell are left out; the workflow "test" runs all tests on Windows.
# Needs go, git, and Debian's wine64 and gcc-mingw-w64-x86-64; if one is missing, it reports
# NOT RUN.
set -euo pipefail

# Tests of other packages run git or programs for the shell, or remove folders, which Wine 8
# refuses to Go.
packages=("$@")
[ $# -gt 0 ] || packages=(./rules ./scanner/odb/inflate ./scanner/decode ./scanner/unpack ./scanner/redact ./scanner/delivery ./report ./report/neutral ./internal/cmdline ./internal/export ./internal/hint ./internal/nearest ./internal/keytest)

cd "$(dirname "$0")/.."
. scripts/not_run.sh
temporary=$(mktemp -d)
export WINEPREFIX=$temporary/wine WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
calls=$temporary/calls
trap 'rm -rf "$calls"; "${wineserver:-true}" -k 2>/dev/null || true; rm -rf "$temporary"' EXIT

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
# Programs in Wine cannot read from a program of this system. This git.exe leaves its
# folder, arguments and input in a file for answer_git, and prints what git said.
cat >"$temporary/git.c" <<'C'
#include <windows.h>
#include <direct.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
static void copy(const char *name, FILE *from, FILE *to) {
	int c;
	if (!from) from = fopen(name, "rb");
	if (!to) to = fopen(name, "wb");
	while ((c = getc(from)) != EOF) putc(c, to);
	fflush(to);
}
int main(int argc, char **argv) {
	char name[6][400], dir[400];
	int i, status = 128;
	FILE *f;
	const char *kinds[] = {"input", "words", "call", "output", "errors", "status"};
	for (i = 0; i < 6; i++) sprintf(name[i], CALLS "/%lu.%s", GetCurrentProcessId(), kinds[i]);
	_setmode(0, _O_BINARY), _setmode(1, _O_BINARY), _setmode(2, _O_BINARY);
	copy(name[0], stdin, NULL);
	f = fopen(name[1], "wb");
	fprintf(f, "%s%c", _getcwd(dir, sizeof dir), 0);
	for (i = 1; i < argc; i++) fprintf(f, "%s%c", argv[i], 0);
	fclose(f);
	rename(name[1], name[2]);
	while (!(f = fopen(name[5], "r"))) Sleep(10);
	fscanf(f, "%d", &status);
	copy(name[3], NULL, stdout);
	copy(name[4], NULL, stderr);
	return status;
}
C
mkdir "$calls" "$temporary/git"
x86_64-w64-mingw32-gcc -O1 -DCALLS="\"Z:$calls\"" -o "$temporary/git/git.exe" "$temporary/git.c"

# answer_git runs git for git.exe, until its folder is gone. Paths of Wine begin with "Z:".
answer_git() {
	local call base words
	while [ -d "$calls" ]; do
		for call in "$calls"/*.call; do
			[ -e "$call" ] || continue
			base=${call%.call}
			mapfile -d '' words < <(tr '\\' / <"$call" | sed -z 's|Z:||')
			local status=0
			(cd "${words[0]}" && git "${words[@]:1}") <"$base.input" >"$base.lines" 2>"$base.errors" || status=$?
			sed 's|^/|Z:/|' <"$base.lines" >"$base.output"
			rm "$call"
			echo $status >"$base.number"
			mv "$base.number" "$base.status"
		done
		sleep 0.02
	done
}
answer_git &
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
cp -r repo staged
printf "const key = '%s'\n" "$key" >staged/new.js
git -C staged add new.js
printf 'a first line\nconst key = "%s"\n' "$key" >input.txt

# same NAME ARGUMENTS… scans on both systems, and compares status and report.
failed=0
same() {
	local name=$1 linux=0 windows=0
	shift
	./qasleaks scan "$@" --format json <input.txt >linux.json 2>linux.log || linux=$?
	WINEPATH="Z:$temporary/git" "$wine" ./qasleaks.exe scan "$@" --format json <input.txt >windows.json 2>windows.log || windows=$?
	for system in linux windows; do
		# A key on disk was last seen when it was scanned.
		sed -E -e 's/"seconds": [0-9.e-]+/"seconds": 0/' -e 's/("lastSeenAt": ")[^"]*/\1/' \
			-e 's/("path": ")([^"]*[\\/])?(repo|staged|golden)"/\1\3"/' "$system.json" >"$system.txt"
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
same "staged changes" --staged staged

echo "== tests"
cd "$OLDPWD"
if ! GOOS=windows GOARCH=amd64 go test -short -skip '^Test(Tools|GitStorage.*)$' -exec "$wine" "${packages[@]}"; then failed=1; fi
exit $failed
