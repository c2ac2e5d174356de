#!/usr/bin/env bash
# Pushes to a real Gitea, on 127.0.0.1, whose hook pre-receive runs qasleaks.
#
#   scripts/e2e-gitea.sh
#
# Needs Go, git, curl and a C compiler. Gitea is built from its Go module, which takes about
# ten minutes of CPU; GITEA=PROGRAM uses one that was built before. PORT is where it listens.
set -euo pipefail

readonly version=v1.26.0 # newer ones need modules that the Go module proxy does not have

here=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; chmod -R u+w "$temporary"; rm -rf "$temporary"' EXIT
. "$here/scripts/not_run.sh"
cd "$temporary"

fail() {
	echo "$*"
	cat log
	exit 1
}

echo "== build"
(cd "$here" && go build -o "$temporary/bin/qasleaks" .)
if ! module=$(go mod download -json "code.gitea.io/gitea@$version" | sed -n 's/.*"Dir": "\(.*\)",*/\1/p') || [ -z "$module" ]; then
	unavailable "Gitea, which the Go module proxy does not have"
	exit 0
fi
if [ -z "${GITEA:-}" ]; then
	if ! command -v gcc >/dev/null; then
		not_run "Gitea, which needs a C compiler"
		exit 0
	fi
	# A module that requires Gitea, with the versions and replacements of its own go.mod.
	mkdir build
	sed 's/^module .*/module example.com\/build/' "$module/go.mod" >build/go.mod
	cp "$module/go.sum" build
	chmod u+w build/*
	(cd build && go mod edit -require="code.gitea.io/gitea@$version" &&
		go build -mod=mod -ldflags '-s -w' -tags 'sqlite sqlite_unlock_notify' -o ../gitea code.gitea.io/gitea)
	GITEA=$temporary/gitea
fi

echo "== start"
export HOME=$temporary/home GIT_CONFIG_NOSYSTEM=1 PATH=$temporary/bin:$PATH
export GITEA_WORK_DIR=$temporary/work
mkdir -p home work/custom/conf
port=${PORT:-3999} password=A-b-$RANDOM-$RANDOM
url=http://127.0.0.1:$port
cat >work/custom/conf/app.ini <<INI
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
RUN_MODE = prod
RUN_USER = $(id -un)
WORK_PATH = $temporary/work
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = $port
ROOT_URL = $url/
DISABLE_SSH = true
OFFLINE_MODE = true
STATIC_ROOT_PATH = $module
[database]
DB_TYPE = sqlite3
PATH = $temporary/work/gitea.db
[repository]
ROOT = $temporary/work/repositories
[security]
INSTALL_LOCK = true
[log]
MODE = console
LEVEL = Warn
[indexer]
ISSUE_INDEXER_TYPE = db
INI
run() { "$GITEA" --config work/custom/conf/app.ini "$@"; }
run migrate >log 2>&1 || fail "Gitea does not start"
run admin user create --username dev --password "$password" --email dev@example.com --admin --must-change-password=false >log 2>&1 || fail "no user"
"$GITEA" --config work/custom/conf/app.ini web >server.log 2>&1 &
server=$!
for _ in $(seq 100); do
	curl -fs "$url/api/healthz" >/dev/null && break
	sleep 0.5
done
api() { curl -sS -u "dev:$password" -H 'Content-Type: application/json' "$@"; }
api -d '{"name":"repo"}' "$url/api/v1/user/repos" >log
hooks=work/repositories/dev/repo.git/hooks/pre-receive.d
[ -d "$hooks" ] || fail "no repository"

# hook FLAGS… installs the hook on the server.
hook() {
	printf '#!/bin/sh\nexec %s hook run pre-receive %s\n' "$temporary/bin/qasleaks" "$*" >"$hooks/qasleaks"
	chmod +x "$hooks/qasleaks"
}
hook --time-limit 30s

git config --global user.name Someone
git config --global user.email someone@example.com
qasleaks demo --keep demo --quiet >/dev/null
key=$(qasleaks scan demo --no-history --show-secrets --fail-on never --format json | sed -n 's/.*"value": "\(.*\)",*/\1/p' | head -1)
[ -n "$key" ] || { echo "the demo has no key"; exit 1; }
git init -q -b main clone
cd clone
git remote add origin "http://dev:$password@127.0.0.1:$port/dev/repo.git"

# accepted WHAT COMMAND… and rejected WHAT COMMAND… expect how a push ends. What the hook
# says has to fit on 80 columns.
accepted() {
	local what=$1
	shift
	"$@" >../log 2>&1 || { cd ..; fail "$what: rejected"; }
	narrow
	echo "$what: accepted"
}
rejected() {
	local what=$1
	shift
	if "$@" >../log 2>&1; then cd ..; fail "$what: accepted"; fi
	grep -q '^remote: qasleaks: the push is rejected' ../log || { cd ..; fail "$what: rejected for another reason"; }
	narrow
	echo "$what: rejected"
}
narrow() {
	# Without a terminal, git adds spaces to each line.
	if grep '^remote:' ../log | sed 's/ *$//' | grep -E '^.{81}'; then cd ..; fail "a line is too long"; fi
	if grep -F "${key##*.}" ../log; then cd ..; fail "the token is shown"; fi
}
said() { grep -q "$1" ../log || { cd ..; fail "it does not say $1"; }; }

echo "== push"
echo 'const key = process.env.QAS_TOKEN' >a.js
git add .
git commit -qm 'Begin'
accepted "a clean branch" git push origin main
said 'qasleaks: no keys found in 3 objects of the push'
echo "const key = '$key'" >b.js
git add .
git commit -qm 'Leak'
rejected "a key" git push origin main
said 'in b.js:1 of commit'
git rm -q b.js
git commit -qm 'Remove'
rejected "a key that a later commit removed" git push origin main
rejected "a new branch with the key in its history" git push origin main:other
git tag -a -m "Key $key" v1 origin/main
rejected "a tag with the key in its message" git push origin v1
git reset -q --hard origin/main
git commit -q --allow-empty -m "Use $key"
rejected "a key in a message" git push origin main
git reset -q --hard origin/main
git tag v2
accepted "a tag" git push origin v2
accepted "a new branch of known commits" git push origin main:other
accepted "a deletion" git push origin :other
git commit -q --amend -m 'Begin again'
accepted "a forced push" git push -f origin main
printf 'const key = %s\n' "'$key'" >c.js
status=$(api -o ../log -w '%{http_code}' -d "{\"content\":\"$(base64 -w0 c.js)\",\"message\":\"Add\"}" "$url/api/v1/repos/dev/repo/contents/c.js")
[ "$status" != 201 ] || { cd ..; fail "a key that is added in the browser: accepted"; }
echo "a key that is added in the browser: rejected"
git add .
git commit -qm 'Leak'
rejected "a skip that the server does not allow" git push -o qasleaks.skip=known origin main
said 'this server does not allow qasleaks.skip'
(cd .. && hook --allow-skip "$temporary/skips.jsonl")
rejected "without the skip" git push origin main
accepted "a skip that the server allows" git push -o qasleaks.skip='a revoked key' origin main
grep -q '"user":"dev".*"reason":"a revoked key"' ../skips.jsonl || { cd ..; fail "the log of skipped pushes: $(cat skips.jsonl)"; }
(cd .. && hook --time-limit 1ns)
git commit -q --allow-empty -m 'Late'
rejected "a push that takes too long" git push origin main
said 'it was not scanned within 1ns'
echo "passed with Gitea $version"
