#!/usr/bin/env bash
# Builds pages with Vite, webpack, esbuild and Next.js, the key coming in through the
# environment, and shows that the key the scan reports as delivered to clients is the
# one that the page sends in a real browser. Without the key there is nothing to report.
# Takes about a minute, most of it Next.js.
#
#   scripts/e2e-bundles.sh
#
# Needs go. What else is not there is told as NOT RUN: npm (which fetches the bundlers
# into a temporary folder), a Chromium, Next.js for this system.
set -euo pipefail

# Versions of the bundlers, and of what drives the browser; used for nothing else.
readonly bundlers="vite@8.3.8 webpack@5.112.2 webpack-cli@7.3.1 esbuild@0.28.2 playwright-core@1.65.1"
readonly next="next@16.4.6 react@19.3.1 react-dom@19.3.1"

here=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
cd "$temporary"
export NEXT_TELEMETRY_DISABLED=1

npm_install() {
	npm install --prefix "$1" --ignore-scripts --no-audit --no-fund --no-save --prefer-offline --loglevel=error ${@:2} >"$1.log" 2>&1
}

(cd "$here" && go build -o "$temporary/qasleaks" .)
if ! command -v npm >/dev/null || ! npm_install tools $bundlers; then
	echo "NOT RUN: the bundlers cannot be installed from npm here"
	exit
fi
bin=$temporary/tools/node_modules/.bin

# A key as the demo has it, made anew each time.
./qasleaks demo --keep demo --quiet >/dev/null
key=$(./qasleaks scan demo --no-history --show-secrets --fail-on never --format json | sed -n 's/.*"value": "\(.*\)",*/\1/p' | head -1)
[ -n "$key" ] || { echo "the demo has no key"; exit 1; }
rm -r demo

# app NAME VARIABLE makes a page that asks the API with the key in a variable.
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

# logged NAME COMMAND… runs a build, and shows what it said only if it fails.
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

# build makes all but Next.js with the key in QAS_TOKEN, into the folders dist.
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

# Next.js is fetched and built while the others are looked at.
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
	if ./qasleaks scan --quiet --rule client-env-prefix --fail-on warning $name >habit.log 2>&1; then
		echo "$name: nothing is said of the variable that the bundler inlines"
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
3) echo "NOT RUN: Next.js cannot be installed from npm here" ;;
*) cat next.log; exit 1 ;;
esac

browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[ -n "$browser" ] || echo "NOT RUN: the pages in a browser: no Chromium is installed"
QAS_TOKEN=$key CHROMIUM=$browser node "$here/scripts/bundles.mjs" tools ./qasleaks $built
