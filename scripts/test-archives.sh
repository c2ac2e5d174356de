#!/usr/bin/env bash
# Makes the archives of a release for tests: a program built from this checkout for the
# system that it runs on, and stand-ins, which name their system, for the others.
#
#   scripts/test-archives.sh VERSION FOLDER
set -euo pipefail
readonly version=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
readonly folder
cd "$(dirname "$0")/.."
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

here=$(go env GOOS)_$(go env GOARCH)
for platform in linux_amd64 linux_arm64 darwin_amd64 darwin_arm64 windows_amd64 windows_arm64; do
	files=$temporary/$platform
	program=$files/qasleaks
	case $platform in windows_*) program=$files/qasleaks.exe ;; esac
	mkdir "$files"
	cp LICENSE README.md "$files"
	if [ "$platform" = "$here" ]; then
		go build -ldflags='-s -w' -o "$program" .
	else
		printf '#!/bin/sh\necho "stand-in for %s"\n' "$platform" >"$program"
		chmod 755 "$program"
	fi
	case $platform in
	windows_*)
		# git writes zip archives on every system.
		git -C "$files" init -q
		git -C "$files" add .
		git -C "$files" archive --format=zip -o "$folder/qasleaks_${version}_$platform.zip" "$(git -C "$files" write-tree)"
		;;
	*) tar -C "$files" -czf "$folder/qasleaks_${version}_$platform.tar.gz" LICENSE README.md qasleaks ;;
	esac
done
