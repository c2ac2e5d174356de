#!/bin/sh
# Measures the scan of many repositories: bench-targets.sh COUNT WORK REPOSITORY…
# WORK gets COUNT bare repositories, copies in turn of the bare repositories that are
# given, which share their packs by hard links. Each copy has a branch of its own. All are
# scanned, on one and on two processes, and by one that is killed and started again. With
# MACHINES="10 100" only the first shard is scanned, as one of so many machines does it.
set -eu
count=$1 work=$2
shift 2
qasleaks=${QASLEAKS:-qasleaks}
mkdir -p "$work/repos"
: >"$work/list"
n=0
while [ "$n" -lt "$count" ]; do
	for source in "$@"; do
		[ "$n" -lt "$count" ] || break
		n=$((n + 1))
		copy=$work/repos/$n.git
		echo "$copy" >>"$work/list"
		[ ! -d "$copy" ] || continue
		cp -al "$source" "$copy"
		cp --remove-destination "$source/HEAD" "$copy/HEAD"
		mkdir -p "$copy/refs/heads"
		git -C "$source" rev-parse HEAD >"$copy/refs/heads/copy-$n"
	done
done

# run NAME COMMAND… says how long a command takes, and the most memory of a process.
run() {
	name=$1
	shift
	status=0
	/usr/bin/time -f "$name: %e s, %U s of CPU and %S s of the system, %M KiB at most" "$@" || status=$?
	[ "$status" -le 3 ] || exit "$status"
}

# scan DIRECTORY FLAGS… scans the list, with reports in a directory.
scan() {
	reports=$work/$1
	shift
	run "$name" "$qasleaks" scan --targets "$work/list" --quiet --format json --output "$reports.json" --reports "$reports" "$@"
}

# named NAME COMMAND… runs a command that run names so.
named() {
	name=$1
	shift
	"$@"
}

# both NAME is two processes, side by side.
both() {
	begin=$(date +%s.%N)
	for shard in 1 2; do
		named "$1, process $shard of 2" scan two --output /dev/null --format jsonl --jobs 1 --shard $shard/2 &
	done
	wait
	echo "$1, 2 processes: $(echo "$(date +%s.%N) - $begin" | bc) s"
}
rm -rf "$work"/one* "$work"/two* "$work"/killed* "$work"/shard*
if [ -n "${MACHINES:-}" ]; then
	for machines in $MACHINES; do
		named "cold, one of $machines machines" scan "shard-$machines" --shard 1/"$machines"
		named "unchanged, one of $machines machines" scan "shard-$machines" --shard 1/"$machines"
		echo "repositories of that machine: $(($(ls "$work/shard-$machines" | wc -l) - 1))"
	done
	exit
fi
begin=$(date +%s)
named "cold, 1 process" scan one
half=$((($(date +%s) - begin + 1) / 2))
named "unchanged, 1 process" scan one
both cold
both unchanged
run "merge" "$qasleaks" merge "$work/two" --quiet --format json --output "$work/two.json"
"$qasleaks" scan --targets "$work/list" --quiet --format json --output /dev/null --reports "$work/killed" &
sleep "$half"
kill -9 $!
wait
echo "killed after $half s: $(($(ls "$work/killed" | wc -l) - 1)) reports"
named "resumed" scan killed
echo "objects and bytes: $(grep -m 2 -E '^    "(objects|bytes)"' "$work/one.json" | tr -d '\n')"
