#!/usr/bin/env bash
# Builds a snapshot of a release with goreleaser, and installs and runs what it makes: the
# archive, the deb and rpm packages, and the wheel. Some minutes; not a part of .ci/run.
#
#   scripts/e2e-packages.sh [--all]
#
# Builds for this system only, unless --all is given. Needs go, git and goreleaser, which
# is built if it is missing. Parts whose tool (dpkg, rpm, pip) is missing are reported as
# NOT RUN. Packages are installed below a temporary folder.
set -euo pipefail

readonly goreleaser=v2.16.0
here=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
trap 'chmod -R u+w "$temporary"; rm -rf "$temporary"' EXIT
. "$here/scripts/not_run.sh"

fail() {
	echo "FAILED: $*"
	exit 1
}

# runs PROGRAM says that a program is the one that was built.
runs() {
	"$1" version | grep -q '^qasleaks v1\.2\.3 ' || fail "$1 is $("$1" version)"
	"$1" demo >"$temporary/demo" 2>&1 || fail "$1 does not scan the demo"
	grep -q 'Found 4 keys' "$temporary/demo" || fail "$1 does not report the demo"
	echo "$1 runs"
}

program=$(command -v goreleaser || true)
if [ -z "$program" ]; then
	if ! GOBIN=$temporary/bin go install "github.com/goreleaser/goreleaser/v2@$goreleaser"; then
		not_run "goreleaser, which cannot be built here"
		exit
	fi
	program=$temporary/bin/goreleaser
fi

# In a clone with a tag, so that the program has the version of a release.
git clone -q "$here" "$temporary/clone"
cd "$temporary/clone"
git tag --force v1.2.3 >/dev/null
export GOFLAGS='' HOMEBREW_TOKEN='' SCOOP_TOKEN='' GORELEASER_CURRENT_TAG=v1.2.3
echo "== goreleaser check"
"$program" check
system=$(go env GOARCH)
if [ "${1:-}" != --all ]; then
	sed -i.bak -e "s/goos: \[linux, darwin, windows\]/goos: [$(go env GOOS)]/" -e "s/goarch: \[amd64, arm64\]/goarch: [$system]/" .goreleaser.yaml
	rm .goreleaser.yaml.bak
	git -c user.name=Test -c user.email=test@example.com commit -qam "Build for this system only"
	git tag --force v1.2.3 >/dev/null
fi
echo "== goreleaser release"
"$program" release --clean --skip=publish,docker,sbom,announce,homebrew,scoop >"$temporary/log" 2>&1 || { cat "$temporary/log"; exit 1; }
cd dist
ls -l ./qasleaks_*
sha256sum --check --quiet checksums.txt

echo "== archive"
mkdir "$temporary/archive"
tar -xzf "qasleaks_1.2.3_linux_$system.tar.gz" -C "$temporary/archive"
runs "$temporary/archive/qasleaks"
[ -s "$temporary/archive/LICENSE" ] || fail "the archive has no licence"

if command -v dpkg >/dev/null; then
	echo "== deb"
	dpkg --info "qasleaks_1.2.3_linux_$system.deb" | grep -E ' (Package|Version|Recommends|Homepage):'
	mkdir -p "$temporary/deb/var/lib/dpkg/updates" "$temporary/deb/var/lib/dpkg/info"
	touch "$temporary/deb/var/lib/dpkg/status"
	dpkg --root="$temporary/deb" --force-not-root --force-script-chrootless --log=/dev/null --install "qasleaks_1.2.3_linux_$system.deb" >/dev/null
	runs "$temporary/deb/usr/bin/qasleaks"
	dpkg --root="$temporary/deb" --force-not-root --log=/dev/null --remove qasleaks >/dev/null
	[ ! -e "$temporary/deb/usr/bin/qasleaks" ] || fail "the removed deb left its program"
else
	not_run "the deb package: dpkg is not installed"
fi
if command -v rpm >/dev/null && [ "$(id -u)" = 0 ]; then
	echo "== rpm"
	mkdir "$temporary/rpm"
	rpm --root "$temporary/rpm" --initdb
	rpm --root "$temporary/rpm" --install --nodeps --ignorearch "qasleaks_1.2.3_linux_$system.rpm"
	rpm --root "$temporary/rpm" --query --info qasleaks | grep -E '^(Name|Version|License|URL) '
	rpm --root "$temporary/rpm" --verify --nodeps qasleaks
	runs "$temporary/rpm/usr/bin/qasleaks"
else
	not_run "the rpm package: rpm is not installed, or this is not root, which rpm --root needs"
fi

if ! command -v pip >/dev/null || ! python3 -m venv "$temporary/venv" 2>/dev/null; then
	not_run "the wheel: pip is not installed"
else
	echo "== wheel"
	if [ "${1:-}" != --all ]; then
		"$here/scripts/test-archives.sh" 1.2.3 "$temporary/archives"
		cp "qasleaks_1.2.3_linux_$system.tar.gz" "$temporary/archives"
	else
		cp -r . "$temporary/archives"
	fi
	(cd "$here" && go run scripts/packages/*.go -version 1.2.3 -archives "$temporary/archives" -wheels "$temporary/wheels")
	"$temporary/venv/bin/pip" install -q --disable-pip-version-check --no-index --find-links "$temporary/wheels" qasleaks
	runs "$temporary/venv/bin/qasleaks"
	"$temporary/venv/bin/pip" uninstall -q -y qasleaks
	[ ! -e "$temporary/venv/bin/qasleaks" ] || fail "the removed wheel left its program"
fi
