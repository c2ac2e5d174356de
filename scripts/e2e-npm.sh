#!/usr/bin/env bash
# Publishes the npm packages to a registry on this machine and installs them from there,
# as users do: into a clean project, with husky and lint-staged. About a minute.
#
#   scripts/e2e-npm.sh [ARCHIVES]
#
# ARCHIVES is a folder of release archives of version 1.2.3; by default they are made by
# scripts/test-archives.sh. Needs go, git, node and npm, which fetches verdaccio (the
# registry), husky and lint-staged; if they are missing, it reports NOT RUN.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
readonly here version=1.2.3
temporary=$(mktemp -d)
server=
finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$temporary"
}
trap finish EXIT

. "$here/scripts/not_run.sh"

command -v npm >/dev/null || { not_run "npm, which is not installed"; exit; }

fail() {
	echo "FAILED: $*"
	[ ! -e "$temporary/log" ] || cat "$temporary/log"
	exit 1
}

# expect STATUS TEXT COMMAND… runs a command, which has to end with a status and say a text.
expect() {
	local want=$1 text=$2 status=0
	shift 2
	"$@" >"$temporary/log" 2>&1 </dev/null || status=$?
	[ "$status" = "$want" ] || fail "$* ended with $status, want $want"
	grep -qF -- "$text" "$temporary/log" || fail "$* does not say: $text"
}

echo "== packages"
archives=${1:-$temporary/archives}
[ -n "${1:-}" ] || "$here/scripts/test-archives.sh" $version "$archives"
(cd "$here" && go run scripts/packages/*.go -version $version -archives "$archives" -npm "$temporary/npm")
own=$(node -p '`${process.platform}-${process.arch}`')

# verdaccio 6.8 is the newest that runs on Node 20; its own node-fetch cannot be had.
mkdir "$temporary/registry"
cat >"$temporary/registry/package.json" <<'JSON'
{"private": true, "dependencies": {"verdaccio": "6.8.0"}, "overrides": {"node-fetch": "2.7.0"}}
JSON
if ! npm install --prefix "$temporary/registry" --no-audit --no-fund --loglevel=error >"$temporary/log" 2>&1; then
	not_run "verdaccio, which npm cannot fetch here: $(tail -1 "$temporary/log")"
	exit
fi
cat >"$temporary/registry/config.yaml" <<YAML
storage: $temporary/registry/storage
uplinks:
  npmjs: {url: "$(npm config get registry)"}
packages:
  "qasleaks": {access: \$all, publish: \$all}
  "@qasleaks/*": {access: \$all, publish: \$all}
  "**": {access: \$all, proxy: npmjs}
max_body_size: 100mb
log: {type: file, path: $temporary/registry/log, level: warn}
YAML
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
registry=http://127.0.0.1:$port
"$temporary/registry/node_modules/.bin/verdaccio" --config "$temporary/registry/config.yaml" --listen "127.0.0.1:$port" >"$temporary/log" 2>&1 &
server=$!
for _ in $(seq 300); do
	if node -e "fetch('$registry/-/ping').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"; then break; fi
	kill -0 "$server" 2>/dev/null || fail "verdaccio ended"
	sleep 0.2
done

# Away from the configuration and the cache of this machine.
export HOME=$temporary/home GIT_CONFIG_NOSYSTEM=1
mkdir "$HOME"
cat >"$HOME/.npmrc" <<NPMRC
registry=$registry
//127.0.0.1:$port/:_authToken=none
audit=false
fund=false
update-notifier=false
NPMRC
git config --global user.name Someone
git config --global user.email someone@example.com
git config --global init.defaultBranch main

for package in "$temporary"/npm/@qasleaks/* "$temporary/npm/qasleaks"; do
	(cd "$package" && npm publish >"$temporary/log" 2>&1) || fail "npm publish of $package"
done

echo "== a clean project"
mkdir "$temporary/project"
cd "$temporary/project"
git init -q
npm init -y >/dev/null
# lint-staged 15 is for Node 18 and newer.
npm install --save-dev qasleaks husky@9 lint-staged@15 >"$temporary/log" 2>&1 || fail "npm install"
[ "$(ls node_modules/@qasleaks)" = "$own" ] || fail "installed for other systems: $(ls node_modules/@qasleaks)"
grep -q '"hasInstallScript"' package-lock.json && fail "a package has an install script"
expect 0 "qasleaks " npx qasleaks version
echo node_modules >.gitignore
echo 'const key = process.env.QAS_TOKEN' >a.js
expect 0 "No keys found" npx qasleaks scan .
expect 2 "unknown flag" npx qasleaks scan --no-such-flag .
npx qasleaks demo --keep "$temporary/demo" --quiet >/dev/null
expect 1 "Found 4 keys" npx qasleaks scan "$temporary/demo"

echo "== husky and lint-staged"
npx husky
echo 'npx lint-staged' >.husky/pre-commit
echo 'npx --no-install qasleaks hook run commit-msg "$1"' >.husky/commit-msg
echo 'module.exports = { "*": () => "qasleaks hook run pre-commit" }' >lint-staged.config.js
git add .
expect 0 "" git commit -m "Begin"
key=$(npx qasleaks scan "$temporary/demo" --no-history --show-secrets --fail-on never --format json | sed -n 's/.*"value": "\(.*\)",*/\1/p' | head -1)
[ -n "$key" ] || fail "the demo has no key"
echo "const key = '$key'" >a.js
expect 1 "Found 1 key" git commit -am "Leak"
git reset -q --hard
expect 1 "Found 1 key" git commit --allow-empty -m "Use $key"

echo "== signals"
# wait_for COMMAND… tries for some seconds.
wait_for() {
	for _ in $(seq 100); do
		if "$@" >/dev/null 2>&1; then return; fi
		sleep 0.1
	done
	fail "waited in vain for: $*"
}
launcher=$temporary/project/node_modules/qasleaks/bin/qasleaks.js
program=$temporary/project/node_modules/@qasleaks/$own/bin/qasleaks
children() { pgrep -f "^$program scan -"; }
for signal in INT TERM; do
	mkfifo "$temporary/input.$signal"
	(trap - INT && exec node "$launcher" scan - <"$temporary/input.$signal" >"$temporary/log" 2>&1) &
	node=$!
	exec 3>"$temporary/input.$signal" # which stays open, so that the scan waits
	wait_for children
	sleep 0.5
	node -e "process.kill($node, 'SIG$signal')"
	status=0
	wait "$node" || status=$?
	exec 3>&-
	[ "$status" = 130 ] || fail "after SIG$signal it ended with $status, want 130"
	children >/dev/null && fail "the program still runs after SIG$signal"
done

echo "== wrong platforms"
cat >"$temporary/platform.js" <<'JS'
Object.defineProperty(process, 'platform', { value: process.env.PLATFORM })
JS
PLATFORM=freebsd expect 2 "the npm package has no program for freebsd-" node -r "$temporary/platform.js" "$launcher" version
PLATFORM=sunos expect 2 "docs/install.md" node -r "$temporary/platform.js" "$launcher" version
rm -r "node_modules/@qasleaks"
expect 2 "the package @qasleaks/$own, which holds the program for this system, is not installed" node "$launcher" scan .
mkdir "$temporary/omitted"
cd "$temporary/omitted"
npm init -y >/dev/null
npm install --omit=optional qasleaks >"$temporary/log" 2>&1 || fail "npm install --omit=optional"
expect 2 "without --omit=optional" npx qasleaks version

echo "== npx without a project"
mkdir "$temporary/empty"
cd "$temporary/empty"
expect 0 "qasleaks " npx --yes qasleaks@$version version
