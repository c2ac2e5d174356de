#!/usr/bin/env bash
# Gets the qasleaks program for the GitHub Action: from the archive of the release
# that the action is checked out at. action.yml runs this.
#
#   scripts/action-get.sh ACTION FOLDER
#
# ACTION is the checkout of the action; the program goes into FOLDER. A release commit,
# and no other, has .github/release-digests.txt, with the SHA-256 of each archive:
# whoever can replace a release's files cannot replace that commit. The archive is kept
# in the runner's tool cache, and checked each time. Where there is no digest, the
# output "build" is set, and the action builds the program from source.
#
# Runs with the bash 3.2 of macOS and the bash of Git for Windows. Needs curl, and tar or
# unzip.
set -euo pipefail

readonly action=$1 folder=$2
readonly digests=$action/.github/release-digests.txt

stop() {
	echo "::error title=qasleaks::$*"
	exit 1
}

build() {
	echo "$*: building qasleaks from source."
	echo "build=true" >>"$GITHUB_OUTPUT"
	exit 0
}

[ -f "$digests" ] || build "This commit of the action is not a release"

case $RUNNER_OS-$RUNNER_ARCH in
Linux-X64) platform=linux_amd64 ;;
Linux-ARM64) platform=linux_arm64 ;;
macOS-X64) platform=darwin_amd64 ;;
macOS-ARM64) platform=darwin_arm64 ;;
Windows-X64) platform=windows_amd64 ;;
Windows-ARM64) platform=windows_arm64 ;;
*) platform=$RUNNER_OS-$RUNNER_ARCH ;;
esac
line=$(grep -E "^[0-9a-f]{64}  qasleaks_[0-9A-Za-z.-]+_$platform\.(tar\.gz|zip)$" "$digests" || true)
[ -n "$line" ] || build "The release has no archive for $RUNNER_OS on $RUNNER_ARCH"
digest=${line%% *}
name=${line##* }
version=${name#qasleaks_}
version=${version%"_$platform".*}

# is_release FILE says whether a file has the digest.
is_release() {
	local sum
	if command -v sha256sum >/dev/null; then
		sum=$(sha256sum <"$1")
	else
		sum=$(shasum -a 256 <"$1")
	fi
	[ "${sum%% *}" = "$digest" ]
}

# Only tests set QASLEAKS_TEST_RELEASES. The digest is checked all the same.
url=https://github.com/qasleaks/qasleaks/releases/download/v$version/$name
protocol='=https'
case ${QASLEAKS_TEST_RELEASES:-} in
http://127.0.0.1:*) url=$QASLEAKS_TEST_RELEASES/v$version/$name protocol='=http' ;;
esac

# Other jobs can write to the tool cache, so that a copy is checked and unpacked.
readonly cached=${RUNNER_TOOL_CACHE:-$RUNNER_TEMP}/qasleaks/$version/$name
readonly archive=$RUNNER_TEMP/$name
if [ -f "$cached" ] && cp "$cached" "$archive" && is_release "$archive"; then
	echo "Took $name from the tool cache; its SHA-256 is the release's."
else
	if [ -f "$cached" ]; then
		echo "::warning title=qasleaks::$name in the tool cache does not have the SHA-256 of the release, and is replaced."
	fi
	curl -q --fail --silent --show-error --location --proto "$protocol" --proto-redir "$protocol" \
		--retry 3 --connect-timeout 20 --max-time 300 --output "$archive" "$url" ||
		stop "$url could not be downloaded. On a runner without network, put that file at $cached."
	is_release "$archive" ||
		stop "$url does not have the SHA-256 that this commit of the action expects, $digest: not run."
	echo "Downloaded $url; its SHA-256 is the release's."
	# Moved into place at once, for jobs that run at the same time.
	if ! { mkdir -p "${cached%/*}" && cp "$archive" "$cached.$$" && mv -f "$cached.$$" "$cached"; }; then
		echo "::warning title=qasleaks::$name could not be kept in the tool cache."
	fi
fi

mkdir -p "$folder"
case $name in
*.zip)
	program=qasleaks.exe
	unzip -q -o "$archive" $program -d "$folder"
	;;
*)
	program=qasleaks
	tar -xzf - -C "$folder" $program <"$archive"
	;;
esac
rm -f "$archive"
"$folder/$program" version
