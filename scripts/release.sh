#!/usr/bin/env bash
# Makes a release: the release commit, which adds .github/release-digests.txt with the
# SHA-256 of each archive, its tag, and the commit that removes the digests again.
#
#   scripts/release.sh VERSION          builds and shows everything, and pushes nothing
#   scripts/release.sh VERSION --push   pushes both commits and the tag
#   scripts/release.sh VERSION --check  of a checkout of the tag: builds the archives
#                                       again, and compares them with the digests
#
# The program is built from the parent of the release commit, so that its digest can be
# in that commit. The tag starts .github/workflows/release.yml, which runs --check, so that
# a release is only published if two machines built the same. CONTRIBUTING.md describes
# the other steps. Needs git, go, and the time to build for six platforms; works in a clone.
set -euo pipefail

readonly goreleaser=v2.16.0
readonly digests=.github/release-digests.txt

stop() {
	echo "release: $*" >&2
	exit 1
}

if [ $# -lt 1 ] || [ $# -gt 2 ]; then stop "usage: scripts/release.sh VERSION [--push|--check]"; fi
readonly version=$1 mode=${2:-}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-(alpha|beta|rc)\.[0-9]+)?$ ]] ||
	stop "$version is not a version such as 1.2.3 or 1.2.3-rc.1"
case $mode in '' | --push | --check) ;; *) stop "unknown option $mode: expected --push or --check" ;; esac
readonly tag=v$version

cd "$(dirname "$0")/.."
here=$PWD
temporary=$(mktemp -d)
trap 'chmod -R u+w "$temporary"; rm -rf "$temporary"' EXIT
clone=$temporary/qasleaks

# archives COMMIT builds the archives of a commit as the version, in the clone, and
# prints their digests.
archives() {
	local program about
	git -C "$clone" checkout -q --detach "$1"
	git -C "$clone" tag --force "$tag" >/dev/null
	# Which Go built goreleaser matters, too: the archives are compressed by its library.
	program=$(command -v goreleaser || true)
	about=$([ -z "$program" ] || "$program" --version)
	if [[ $about != *"${goreleaser#v}"* || $about != *"$(go env GOVERSION)"* ]]; then
		GOBIN=$temporary/bin GOFLAGS='' go install "github.com/goreleaser/goreleaser/v2@$goreleaser" >&2
		program=$temporary/bin/goreleaser
	fi
	# The tokens are of other steps; their names have to be there.
	(cd "$clone" && GOFLAGS='' HOMEBREW_TOKEN='' SCOOP_TOKEN='' GORELEASER_CURRENT_TAG=$tag \
		"$program" release --clean --skip=publish,docker,sbom,nfpm,announce >"$temporary/log" 2>&1) ||
		{ cat "$temporary/log" >&2; stop "goreleaser ended with an error"; }
	(cd "$clone/dist" && for archive in qasleaks_"$version"_*.tar.gz qasleaks_"$version"_*.zip; do
		[ ! -e "$archive" ] || printf '%s  %s\n' "$({ sha256sum "$archive" || shasum -a 256 "$archive"; } 2>/dev/null | cut -c1-64)" "$archive"
	done) | LC_ALL=C sort -k2 >"$temporary/digests"
	[ "$(wc -l <"$temporary/digests")" -eq 6 ] || stop "expected 6 archives, got: $(cut -c67- "$temporary/digests" | tr '\n' ' ')"
	cat "$temporary/digests"
}

if [ "$mode" = --check ]; then
	changed=$(git diff --name-status HEAD^ HEAD)
	[ "$changed" = "A	$digests" ] || stop "a release commit adds $digests and nothing else, but this one has: $changed"
	header=$(head -1 "$digests")
	parent=$(git rev-parse HEAD^)
	[[ $header == "# qasleaks $tag, built from commit $parent with go"*" and goreleaser $goreleaser." ]] ||
		stop "$digests is not of $tag and its commit: $header"
	GOTOOLCHAIN=$(sed -n '1s/.* with \(go[0-9.]*\) and .*/\1/p' "$digests")
	export GOTOOLCHAIN
	git clone -q "$here" "$clone"
	archives "$parent" >"$temporary/built"
	grep -v '^#' "$digests" | diff - "$temporary/built" ||
		stop "the archives that were built here (>) are not those of the release commit (<)"
	echo "The archives have the digests of the release commit."
	exit
fi

[ -z "$(git status --porcelain)" ] || stop "the checkout has changes"
[ "$(git symbolic-ref --short HEAD)" = main ] || stop "releases are made from main"
git fetch -q origin main --tags
[ "$(git rev-parse HEAD)" = "$(git rev-parse origin/main)" ] || stop "main is not origin/main: pull or push first"
[ ! -e "$digests" ] || stop "$digests is there: the last release was not finished"
! git rev-parse -q --verify "refs/tags/$tag" >/dev/null || stop "$tag exists"
[[ $version == *-* ]] || grep -qF "## [$version]" CHANGELOG.md || stop "CHANGELOG.md has no section for $version"

commit=$(git rev-parse HEAD)
git clone -q "$here" "$clone"
git -C "$clone" remote set-url origin "$(git remote get-url origin)"
echo "Building $tag from ${commit:0:10} …"
{
	echo "# qasleaks $tag, built from commit $commit with $(go env GOVERSION) and goreleaser $goreleaser."
	echo "# scripts/release.sh wrote this; the GitHub Action runs no archive with another SHA-256."
	archives "$commit"
} >"$temporary/file"

in_clone() { git -C "$clone" "$@"; }
in_clone checkout -q main
in_clone tag --delete "$tag" >/dev/null
cp "$temporary/file" "$clone/$digests"
in_clone add "$digests"
in_clone commit -q -m "Release $tag" -m "The digests of its archives, which the GitHub Action checks."
in_clone tag --annotate "$tag" -m "qasleaks $tag"
in_clone rm -q "$digests"
in_clone commit -q -m "Begin development after $tag" -m "No archive is of the commits from here on."
in_clone log --stat --format='%n%h %D%n    %s' "$commit.."
echo
cat "$temporary/file"
echo
if [ "$mode" = --push ]; then
	in_clone push -q --atomic origin main "$tag"
	echo "Pushed. The workflow \"release\" publishes it; then: git pull --tags"
else
	echo "Nothing was pushed. To release: scripts/release.sh $version --push"
fi
