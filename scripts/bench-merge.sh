#!/bin/sh
# Measures the merge of many occurrences: bench-merge.sh REPOSITORIES KEYS WORK [FORMAT…]
# WORK gets as many bare repositories with 1,000 occurrences each, of so many keys together,
# which are scanned. Their reports are merged into each format (default: json).
set -eu
repositories=$1 keys=$2 work=$3
shift 3
[ $# -gt 0 ] || set -- json
qasleaks=${QASLEAKS:-qasleaks}
mkdir -p "$work/repos"
rm -rf "$work/demo"
"$qasleaks" demo --keep "$work/demo" --quiet >/dev/null
# A key of another tenant is another key.
rest=$(git -C "$work/demo" grep -hoE '\.1[BCD][A-Za-z0-9]{7}_[A-Za-z0-9]{13}\.[A-Za-z0-9]{16,}' | head -n 1)
r=0
while [ "$r" -lt "$repositories" ]; do
	[ -d "$work/repos/$r.git" ] || {
		rm -rf "$work/tree"
		git init -q "$work/tree"
		awk -v r="$r" -v keys="$keys" -v rest="$rest" -v dir="$work/tree" 'BEGIN {
			for (i = 0; i < 1000; i++)
				printf "# settings %d\nQAS_TOKEN=%s%07d%s\n", i, "abc", (r * 1000 + i) % keys, rest >(dir "/" int(i / 50) ".env")
		}'
		git -C "$work/tree" add .
		git -C "$work/tree" -c user.name=Bench -c user.email=bench@example.com commit -q -m "Repository $r"
		git clone -q --bare "$work/tree" "$work/repos/$r.git"
	}
	echo "$work/repos/$r.git"
	r=$((r + 1))
done >"$work/list"

# run NAME COMMAND… says how long a command takes, and the most memory of it.
run() {
	name=$1
	shift
	status=0
	/usr/bin/time -f "$name: %e s, %U s of CPU and %S s of the system, %M KiB at most" "$@" || status=$?
	[ "$status" -le 3 ] || exit "$status"
}
rm -rf "$work/reports"
run "scan" "$qasleaks" scan --targets "$work/list" --reports "$work/reports" --quiet --format concise --output "$work/out"
du -sm "$work/reports"
for format; do
	run "merge to $format" "$qasleaks" merge "$work/reports" --quiet --format "$format" --output "$work/out.$format"
	ls -l "$work/out.$format"
done
