#!/usr/bin/env bash
# Commits and pushes through the hooks as users set them up: installed by qasleaks, and
# with pre-commit (each kind of hook, and the mirror repository), husky and lefthook. Takes
# about a minute.
#
#   scripts/e2e-precommit.sh
#
# Needs Go and git. pre-commit must be installed, or be available from PyPI; husky and
# lefthook come from npm. Parts whose tool is missing are reported as NOT RUN.
set -euo pipefail

readonly managers="husky@9.1.7 lefthook@2.2.2"

here=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
trap 'chmod -R u+w "$temporary"; rm -rf "$temporary"' EXIT
. "$here/scripts/not_run.sh"
cd "$temporary"

fail() {
	echo "$*"
	cat log
	exit 1
}

# refused WHAT COMMAND… expects a command to fail because of a key. passed WHAT COMMAND…
# expects it to succeed.
refused() {
	local what=$1
	shift
	if "$@" >log 2>&1; then fail "$what: passed"; fi
	grep -q 'Found 1 key' log || fail "$what: refused for another reason"
	echo "$what: refused"
}
passed() {
	local what=$1
	shift
	"$@" >log 2>&1 || fail "$what: refused"
	echo "$what: passed"
}

# Do not use the configuration of this machine, but use Go's build cache.
export GOCACHE GOMODCACHE GOFLAGS
GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE) GOFLAGS="$(go env GOFLAGS) -modcacherw"
(cd "$here" && go build -o "$temporary/bin/qasleaks" .)
export HOME=$temporary/home PRE_COMMIT_HOME=$temporary/pre-commit GIT_CONFIG_NOSYSTEM=1
export PATH=$temporary/bin:$PATH
mkdir home
git config --global user.name Someone
git config --global user.email someone@example.com
git config --global init.defaultBranch main
git config --global --add safe.directory '*'

# A synthetic key, from the demo.
qasleaks demo --keep demo --quiet >/dev/null
key=$(qasleaks scan demo --no-history --show-secrets --fail-on never --format json | sed -n 's/.*"value": "\(.*\)",*/\1/p' | head -1)
[ -n "$key" ] || { echo "the demo has no key"; exit 1; }

# try_hooks BRANCH commits and pushes in the repository of the working directory.
try_hooks() {
	echo 'const key = process.env.QAS_TOKEN' >a.js
	git add .
	passed "$1, clean" git commit -m 'Begin'
	grep -q 'no keys in ' log || fail "$1, clean: the output does not say what was read"
	echo "const key = '$key'" >a.js
	refused "$1, a staged key" git commit -am 'Leak'
	git checkout -q HEAD -- a.js
	refused "$1, a key in the message" git commit --allow-empty -m "Use $key"
	echo "const key = '$key'" >a.js
	git commit -qanm 'Leak all the same'
	git rm -q a.js
	git commit -qnm 'Remove'
	refused "$1, a key in history" git push origin "HEAD:$1"
	git reset -q --hard HEAD~2
	passed "$1, a clean push" git push origin "HEAD:$1"
}

# repository NAME creates a repository with a remote, and makes it the working directory.
repository() {
	cd "$temporary"
	git init -q --bare "$1.git"
	git init -q "$1"
	cd "$1"
	git remote add origin "$temporary/$1.git"
}

echo "== hooks installed by qasleaks"
repository own
qasleaks hook install
try_hooks own

precommit=$(command -v pre-commit || true)
if [ -z "$precommit" ] && python3 -m venv "$temporary/venv" 2>/dev/null && "$temporary/venv/bin/pip" install -q pre-commit 2>/dev/null; then
	precommit=$temporary/venv/bin/pre-commit
fi
if [ -z "$precommit" ]; then
	not_run "the pre-commit framework, which is not installed"
else
	echo "== $("$precommit" --version)"
	repository framework
	revision=$(git -C "$here" rev-parse HEAD)
	cat >.pre-commit-config.yaml <<YAML
repos:
  - repo: file://$here
    rev: $revision
    hooks: [{id: qasleaks}, {id: qasleaks-message}, {id: qasleaks-push}]
YAML
	"$precommit" install -t pre-commit -t commit-msg -t pre-push >/dev/null
	try_hooks framework
	passed "all files, clean" "$precommit" run --all-files
	echo "const key = '$key'" >b.js
	git add b.js
	git commit -qnm 'Leak'
	refused "all files" "$precommit" run --all-files
	refused "a range" "$precommit" run --from-ref HEAD~1 --to-ref HEAD
	refused "try-repo" "$precommit" try-repo "$here" qasleaks --all-files

	# framework NAME REPO REVISION ID… commits and pushes through other hooks.
	framework() {
		local name=$1 repo=$2 revision=$3
		shift 3
		echo "== $*"
		repository "$name"
		printf 'repos: [{repo: "file://%s", rev: %s, hooks: [%s]}]\n' "$repo" "$revision" "$(printf '{id: %s}, ' "$@")" >.pre-commit-config.yaml
		"$precommit" install -t pre-commit -t commit-msg -t pre-push >/dev/null
		try_hooks "$name"
	}
	framework system "$here" "$revision" qasleaks-system qasleaks-message-system qasleaks-push-system

	# No daemon is needed: this docker runs the program of the PATH as the image would, with
	# no more of the environment than the hook names.
	mkdir "$temporary/docker"
	cat >"$temporary/docker/docker" <<SH
#!/bin/bash
passed=()
while [ \$# -gt 0 ]; do
	case \$1 in
	run | --rm | --tty) shift ;;
	-u | -v | --workdir) shift 2 ;;
	--env=*)
		name=\${1#--env=}
		[ -z "\${!name+set}" ] || passed+=("\$name=\${!name}")
		shift
		;;
	ghcr.io/qasleaks/qasleaks:v1)
		shift
		exec env -i PATH=/usr/bin:/bin HOME="\$HOME" "\${passed[@]}" "$temporary/bin/qasleaks" "\$@"
		;;
	*)
		echo "docker: unexpected \$1"
		exit 125
		;;
	esac
done
SH
	chmod +x "$temporary/docker/docker"
	PATH=$temporary/docker:$PATH framework docker "$here" "$revision" qasleaks-docker qasleaks-message-docker qasleaks-push-docker

	# The mirror repository, whose hooks come from wheels. What builds it comes from Debian.
	if ! ls /usr/share/python-wheels/{setuptools,wheel}-*.whl >/dev/null 2>&1; then
		unavailable "the mirror repository: Debian's setuptools and wheel are not in /usr/share/python-wheels"
	else
		mirrored=$(sed -n 's/.*qasleaks==\(.*\)"\]/\1/p' "$here/deploy/pre-commit-mirror/pyproject.toml")
		"$here/scripts/test-archives.sh" "$mirrored" "$temporary/archives"
		(cd "$here" && go run scripts/packages/*.go -version "$mirrored" -archives "$temporary/archives" -wheels "$temporary/wheels")
		cp -r "$here/deploy/pre-commit-mirror" "$temporary/mirror"
		git -C "$temporary/mirror" init -q
		git -C "$temporary/mirror" add .
		git -C "$temporary/mirror" commit -qm "Mirror"
		rm "$temporary/bin/qasleaks" # only the wheel has the program
		PIP_NO_INDEX=1 PIP_FIND_LINKS="$temporary/wheels /usr/share/python-wheels" \
			framework mirror "$temporary/mirror" "$(git -C "$temporary/mirror" rev-parse HEAD)" qasleaks qasleaks-message qasleaks-push
		(cd "$here" && go build -o "$temporary/bin/qasleaks" .)
	fi
fi

if ! command -v npm >/dev/null || ! npm install --prefix "$temporary/managers" --no-audit --no-fund --loglevel=error $managers >log 2>&1; then
	not_run "husky and lefthook, which cannot be installed from npm"
	exit
fi
export PATH=$temporary/managers/node_modules/.bin:$PATH

echo "== husky"
repository husky
husky
echo 'qasleaks hook run pre-commit' >.husky/pre-commit
echo 'qasleaks hook run commit-msg "$1"' >.husky/commit-msg
echo 'qasleaks hook run pre-push "$@"' >.husky/pre-push
try_hooks husky

echo "== lefthook"
repository lefthook
cat >lefthook.yml <<'YAML'
pre-commit:
  jobs:
    - run: qasleaks hook run pre-commit
commit-msg:
  jobs:
    - run: qasleaks hook run commit-msg {1}
pre-push:
  jobs:
    - run: qasleaks hook run pre-push {1} {2}
      use_stdin: true
YAML
lefthook install >/dev/null
try_hooks lefthook
