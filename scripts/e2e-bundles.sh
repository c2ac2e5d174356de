#!/usr/bin/env bash
# Builds pages with Vite, webpack, esbuild and Next.js, with a key from the environment.
# Checks that the scan reports it as a key in client-side code, and that it is the key that
# the page sends in a browser. Without the key, nothing may be reported. Takes about a
# minute, most of it for Next.js.
#
#   scripts/e2e-bundles.sh
#
# Needs Go. Parts that need another tool are reported as NOT RUN if it is missing: npm
# (which installs the bundlers into a temporary directory), Chromium, Next.js for this
# system.
set -euo pipefail

# Versions of the bundlers, and of the library that controls the browser.
readonly bundlers="vite@8.3.8 webpack@5.112.2 webpack-cli@7.3.1 esbuild@0.28.2 playwright-core@1.65.1"
readonly next="next@16.4.6 react@19.3.1 react-dom@19.3.1"

here=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
. "$here/scripts/not_run.sh"
cd "$temporary"
export NEXT_TELEMETRY_DISABLED=1

npm_install() {
	npm install --prefix "$1" --ignore-scripts --no-audit --no-fund --no-save --prefer-offline --loglevel=error ${@:2} >"$1.log" 2>&1
}

(cd "$here" && go build -o "$temporary/qasleaks" .)
if ! command -v npm >/dev/null || ! npm_install tools $bundlers; then
	not_run "the bundlers, which cannot be installed from npm"
	exit
fi
bin=$temporary/tools/node_modules/.bin

# A synthetic key, from the demo.
./qasleaks demo --keep demo --quiet >/dev/null
key=$(./qasleaks scan demo --no-history --show-secrets --fail-on never --format json | sed -n 's/.*"value": "\(.*\)",*/\1/p' | head -1)
[ -n "$key" ] || { echo "the demo has no key"; exit 1; }
rm -r demo

# app NAME VARIABLE creates a page that sends the key in a variable to the API.
app() {
	mkdir -p "$1/src"
	cat >"$1/src/api.js" <<JS
export async function projects() {
  return fetch("/api/public/v0/project", { headers: { Authorization: "ApiKey " + $2 } });
}
JS
	echo 'import("./api.js").then((api) => api.projects());' >"$1/src/index.js"
	echo '<!doctype html><html lang="en"><head><title>Acme</title></head><body><script type="module" src="/src/index.js"></script></body></html>' >"$1/index.html"
}

# logged NAME COMMAND… runs a command, and prints its output only if it fails.
logged() {
	"${@:2}" >"$1.log" 2>&1 || { cat "$1.log"; exit 1; }
}

app vite import.meta.env.VITE_QAS_TOKEN
app webpack process.env.QAS_TOKEN
app esbuild process.env.QAS_TOKEN
cat >webpack/webpack.config.cjs <<JS
const { EnvironmentPlugin } = require("$temporary/tools/node_modules/webpack");
const shared = { mode: "production", devtool: "source-map", plugins: [new EnvironmentPlugin({ QAS_TOKEN: "" })] };
module.exports = [
  { ...shared, output: { filename: "main.js", chunkFilename: "[contenthash].js" } },
  { ...shared, target: "node", entry: "./src/server.js", output: { filename: "server.js", path: require("path").resolve("server") } },
];
JS
echo 'import { readFileSync } from "fs"; import { projects } from "./api.js"; projects().then(() => console.log(readFileSync("/dev/null")));' |
	tee webpack/src/server.js >esbuild/src/server.js

# build builds the pages of all bundlers except Next.js into dist, with the key in
# QAS_TOKEN.
build() {
	(cd vite && VITE_QAS_TOKEN=$QAS_TOKEN logged ../vite "$bin/vite" build --sourcemap)
	(cd webpack && logged ../webpack "$bin/webpack")
	local define=--define:process.env.QAS_TOKEN="\"$QAS_TOKEN\""
	(cd esbuild && logged ../esbuild "$bin/esbuild" src/index.js --bundle --minify --outfile=dist/main.js "$define")
	(cd esbuild && logged ../esbuild "$bin/esbuild" src/server.js --bundle --platform=node --outfile=server/server.js "$define")
	for name in webpack esbuild; do
		echo '<!doctype html><html lang="en"><head><title>Acme</title></head><body><script src="/main.js"></script></body></html>' >$name/dist/index.html
	done
}

# Next.js is installed and built in the background.
next_build() {
	mkdir -p next/app
	echo 'module.exports = { output: "export", turbopack: { root: __dirname } };' >next/next.config.js
	echo 'export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }' >next/app/layout.js
	cat >next/app/page.js <<'JS'
"use client";
import { useEffect } from "react";
export default function Page() {
  useEffect(() => {
    fetch("/api/public/v0/project", { headers: { Authorization: "ApiKey " + process.env.NEXT_PUBLIC_QAS_TOKEN } });
  }, []);
  return <p>Projects</p>;
}
JS
	npm_install next $next || return 3
	cd next && NEXT_PUBLIC_QAS_TOKEN=$key node_modules/.bin/next build >../next.log 2>&1
}
next_build &
next_job=$!

echo "== builds without the key"
QAS_TOKEN= build
logged without ./qasleaks scan --rule qas-client-embedded-key --rule qas-api-key vite webpack esbuild
for name in vite webpack; do
	if ./qasleaks scan --quiet --rule client-env-prefix --fail-on warning $name >lint.log 2>&1; then
		echo "$name: the variable that the bundler inlines is not reported"
		exit 1
	fi
done
rm -r ./*/dist ./*/server

echo "== builds with the key"
QAS_TOKEN=$key build
built="vite webpack esbuild"
status=0
wait "$next_job" || status=$?
case $status in
0) built="$built next" ;;
3) not_run "Next.js, which cannot be installed from npm" ;;
*) cat next.log; exit 1 ;;
esac

browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[ -n "$browser" ] || not_run "the pages in a browser: Chromium is not installed"
QAS_TOKEN=$key CHROMIUM=$browser node "$here/scripts/bundles.mjs" tools ./qasleaks $built
