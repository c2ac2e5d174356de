#!/usr/bin/env bash
# Builds the container image and scans in it, with docker or buildah. Where neither can fetch
# its base image, it checks the Dockerfile with a linter, and runs its steps in a folder that
# has the git of this system. Under a minute.
#
#   scripts/e2e-image.sh
#
# Needs Go and git; for the linter npm, and for the folder root and unshare, of Linux. Parts
# that lack theirs are reported as NOT RUN.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/not_run.sh
here=$PWD
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

fail() {
	echo "FAILED: $*"
	tail -40 "$temporary/log"
	exit 1
}

platform=linux/$(go env GOARCH)
mkdir -p "$temporary/context/$platform"
CGO_ENABLED=0 GOOS=linux go build -o "$temporary/context/$platform/qasleaks" .
"$temporary/context/$platform/qasleaks" demo --keep "$temporary/repo" --quiet >/dev/null
chmod -R a+rX "$temporary"

# in_image COMMAND… scans the demo, which belongs to another user than the image has. The
# image's own command needs no git that trusts the repository; staged changes do.
in_image() {
	ends 1 'Found 4 keys' "$@" $command
	ends 0 'No file is staged' "$@" scan --staged .
}

# ends STATUS TEXT COMMAND… runs a command, which has to end with a status and say a text.
ends() {
	local want=$1 text=$2 status=0
	shift 2
	"$@" >"$temporary/log" 2>&1 || status=$?
	[ "$status" = "$want" ] || fail "$* ended with $status, want $want"
	grep -qi "$text" "$temporary/log" || fail "$* does not say: $text"
	tail -1 "$temporary/log"
}

builder=
if docker info >/dev/null 2>&1; then builder=docker; elif command -v buildah >/dev/null && command -v podman >/dev/null; then builder=podman; fi
if [ -n "$builder" ] && "$builder" build -q -t qasleaks-e2e --build-arg "TARGETPLATFORM=$platform" -f Dockerfile "$temporary/context" >"$temporary/log" 2>&1; then
	echo "== image"
	command=''
	in_image "$builder" run --rm -v "$temporary/repo:/work" qasleaks-e2e
	exit
fi
echo "No image can be built here: the Dockerfile is checked, and its steps are run."

echo "== dockerfilelint"
if command -v npm >/dev/null && npm install --prefix "$temporary" --ignore-scripts --no-audit --no-fund --loglevel=error dockerfilelint@1.8.0 >"$temporary/npm.log" 2>&1; then
	"$temporary/node_modules/.bin/dockerfilelint" Dockerfile >"$temporary/log" || fail "the Dockerfile has faults"
else
	not_run "dockerfilelint, which cannot be installed from npm"
fi

echo "== steps of the Dockerfile"
if [ "$(id -u)" != 0 ] || ! command -v unshare >/dev/null; then
	unavailable "the steps of the Dockerfile, which need root and unshare"
	exit
fi
# word NAME prints what an instruction has, a list without its brackets.
word() { sed -n "s/^$1 //p" Dockerfile | tr -d '[],"'; }
image=$temporary/image
mkdir -p "$image/dev" "$image/etc" "$image/tmp" "$image$(word WORKDIR)"
chmod 1777 "$image/tmp"
mknod -m 666 "$image/dev/null" c 1 3
# RUN: git and its configuration. COPY: the program.
cp --parents -L /usr/bin/git "$image"
ldd /usr/bin/git | grep -o '/[^ ]*' | sort -u | xargs -I{} cp --parents -L {} "$image"
grep -q 'apk add .*\bgit\b' Dockerfile || fail "the image has no git"
HOME=/ GIT_CONFIG_SYSTEM=$image/etc/gitconfig sh -c "$(sed -n 's/^RUN .*&& //p' Dockerfile)"
from=$(word COPY | cut -d' ' -f1)
install -D -m 755 "$temporary/context/${from/\$TARGETPLATFORM/$platform}" "$image$(word COPY | cut -d' ' -f2)"
cp -r "$temporary/repo/." "$image$(word WORKDIR)"
chown -R 12345 "$image$(word WORKDIR)"
command=$(word CMD)
in_image env -i PATH=/usr/local/bin:/usr/bin HOME=/ unshare --root="$image" --wd="$(word WORKDIR)" \
	--setuid="$(id -u "$(word USER)")" --setgid="$(id -g "$(word USER)")" "$(word ENTRYPOINT)"
