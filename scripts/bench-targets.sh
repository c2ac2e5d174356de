#!/bin/sh
# Measures the scan of many repositories: bench-targets.sh COUNT WORK REPOSITORY…
# WORK gets COUNT bare repositories, copies in turn of the bare repositories that are
# given, which share their packs by hard links. Each copy has a branch of its own.
set -eu
count=$1 work=$2
shift 2
qasleaks=${QASLEAKS:-qasleaks}
mkdir -p "$work/repos"
n=0
while [ "$n" -lt "$count" ]; do
	for source in "$@"; do
		[ "$n" -lt "$count" ] || break
		n=$((n + 1))
		copy=$work/repos/$n.git
		[ ! -d "$copy" ] || continue
		cp -al "$source" "$copy"
		cp --remove-destination "$source/HEAD" "$copy/HEAD"
		mkdir -p "$copy/refs/heads"
		git -C "$source" rev-parse HEAD >"$copy/refs/heads/copy-$n"
	done
done
ls -d "$work"/repos/*.git >"$work/list"

# run NAME COMMAND… says how long a command takes, and the most memory of a process.
run() {
	name=$1
	shift
	status=0
	/usr/bin/time -f "$name: %e s, %M KiB at most" "$@" || status=$?
	[ "$status" -le 3 ] || exit "$status"
}
rm -rf "$work/one" "$work/two"
run "cold, 1 process" "$qasleaks" scan --targets "$work/list" --quiet --format json --output "$work/one.json" --reports "$work/one"
run "unchanged, 1 process" "$qasleaks" scan --targets "$work/list" --quiet --format json --output /dev/null --reports "$work/one"
begin=$(date +%s.%N)
for shard in 1 2; do
	"$qasleaks" scan --targets "$work/list" --quiet --format json --output /dev/null --reports "$work/two" --jobs 1 --shard $shard/2 &
done
for _ in 1 2; do wait; done
echo "cold, 2 processes: $(echo "$(date +%s.%N) - $begin" | bc) s"
run "merge" "$qasleaks" merge "$work/two" --quiet --format json --output "$work/two.json"
