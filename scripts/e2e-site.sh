#!/usr/bin/env bash
# Builds pages with bundlers and frameworks, serves them over TLS on a loopback address, and
# scans them with "qasleaks site". Keys are in the entry, in a lazy script three imports
# deep, only in a source map, in inline data and in a service worker: all must be found. What
# headless Chromium loads must be read.
#
#   scripts/e2e-site.sh [NAME…]    default: vite
#
# NAME is one of vite, webpack, parcel, next, nuxt, angular, sveltekit. Each takes 10 to 60
# seconds. Needs Go. Parts that need another tool are reported as NOT RUN if it is missing:
# npm (which installs the bundlers into a temporary directory), and Chromium.
set -euo pipefail

# Versions of the packages, and of the library that controls the browser.
readonly playwright="playwright-core@1.65.1"
readonly vite="vite@8.3.8"
readonly webpack="webpack@5.112.2 webpack-cli@7.3.1"
readonly parcel="parcel@2.16.4"
readonly next="next@16.4.6 react@19.3.1 react-dom@19.3.1"
readonly nuxt="nuxt@4.1.3 vue@3 vue-router@4"
readonly angular="@angular/core@^20 @angular/common@^20 @angular/compiler@^20 @angular/platform-browser@^20 @angular/build@^20 @angular/cli@^20 @angular/compiler-cli@^20 typescript@~5.9 rxjs zone.js tslib"
readonly sveltekit="@sveltejs/kit@2 @sveltejs/adapter-static@3 @sveltejs/vite-plugin-svelte@6 svelte@5 vite@7"

here=$(cd "$(dirname "$0")/.." && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
. "$here/scripts/not_run.sh"
cd "$temporary"
export NEXT_TELEMETRY_DISABLED=1 NUXT_TELEMETRY_DISABLED=1 NG_CLI_ANALYTICS=false PARCEL_WORKERS=2 CI=${CI:-}

npm_install() {
	mkdir -p "$1"
	npm install --prefix "$1" --no-audit --no-fund --no-save --prefer-offline --loglevel=error ${@:2} >"$1.log" 2>&1
}

(cd "$here" && go build -o "$temporary/qasleaks" . && go build -o "$temporary/siteserver" ./scripts/siteserver)
if ! command -v npm >/dev/null || ! npm_install tools --ignore-scripts $playwright; then
	not_run "the builds: there is no npm, or nothing can be installed from it"
	exit
fi
{ read -r entry; read -r lazy; read -r mapped; read -r inline; read -r worker; } < <(./siteserver keys 5)

# app DIRECTORY writes the modules that all pages have: main.js, and three lazy ones.
app() {
	mkdir -p "$1"
	cat >"$1/main.js" <<JS
// Only in the source map: $mapped
const api = (token) => fetch("/api/public/v0/project", { headers: { Authorization: "ApiKey " + token } });
export async function start() {
  await api("$entry").catch(() => {});
  const { one } = await import("./one.js");
  await one(api);
}
JS
	echo 'export async function one(api) { document.title = "1"; return (await import("./two.js")).two(api); }' >"$1/one.js"
	echo 'export async function two(api) { document.title = "2"; return (await import("./three.js")).three(api); }' >"$1/two.js"
	echo "export async function three(api) { await api(\"$lazy\").catch(() => {}); document.title = \"3\"; }" >"$1/three.js"
}

readonly register='if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js");'
service_worker() { echo "self.addEventListener(\"install\", () => { self.token = \"$worker\"; });"; }

# html SCRIPT prints a page with inline data.
html() {
	echo "<!doctype html><html lang=\"en\"><head><title>Acme</title></head><body><script id=\"state\" type=\"application/json\">{\"token\":\"$inline\"}</script>$1</body></html>"
}

# Each of these builds NAME into NAME/dist.

build_vite() {
	npm_install vite --ignore-scripts $vite || return 3
	app vite/src
	mkdir vite/public
	service_worker >vite/public/sw.js
	echo "import { start } from \"./main.js\"; $register start();" >vite/src/index.js
	html '<script type="module" src="/src/index.js"></script>' >vite/index.html
	echo 'export default { build: { sourcemap: "hidden" } };' >vite/vite.config.mjs # maps are named in headers
	(cd vite && node_modules/.bin/vite build)
}

build_webpack() {
	npm_install webpack --ignore-scripts $webpack || return 3
	app webpack/src
	mkdir webpack/dist
	service_worker >webpack/dist/sw.js
	echo "import { start } from \"./main.js\"; $register start();" >webpack/src/index.js
	cat >webpack/webpack.config.cjs <<'JS'
module.exports = { mode: "production", devtool: "source-map", output: { publicPath: "/static/", path: __dirname + "/dist/static", filename: "[name].[contenthash].js", chunkFilename: "js/[id].[contenthash:8].js" } };
JS
	(cd webpack && node_modules/.bin/webpack && cd dist && html "<script src=\"/static/$(cd static && ls main.*.js)\"></script>" >index.html)
}

build_parcel() {
	npm_install parcel $parcel || return 3
	app parcel/src
	service_worker >parcel/src/sw.js
	echo 'import { start } from "./main.js"; navigator.serviceWorker.register(new URL("sw.js", import.meta.url), { type: "module" }); start();' >parcel/src/index.js
	html '<script type="module" src="index.js"></script>' >parcel/src/index.html
	(cd parcel && node_modules/.bin/parcel build src/index.html --public-url / --no-cache)
}

build_next() {
	npm_install next --ignore-scripts $next || return 3
	mkdir -p next/app next/public
	app next/app/src
	service_worker >next/public/sw.js
	echo 'module.exports = { output: "export", distDir: "dist", productionBrowserSourceMaps: true, turbopack: { root: __dirname } };' >next/next.config.js
	echo 'export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }' >next/app/layout.js
	cat >next/app/client.js <<JS
"use client";
import { useEffect } from "react";
import { start } from "./src/main.js";
export default function Client({ token }) {
  useEffect(() => { $register start(); }, []);
  return <p>{token.length}</p>;
}
JS
	echo "import Client from \"./client.js\"; export default function Page() { return <Client token=\"$inline\" />; }" >next/app/page.js
	(cd next && node_modules/.bin/next build)
}

build_nuxt() {
	npm_install nuxt $nuxt || return 3
	mkdir -p nuxt/app nuxt/public
	app nuxt/app/src
	service_worker >nuxt/public/sw.js
	echo 'export default defineNuxtConfig({ sourcemap: { client: true }, experimental: { payloadExtraction: false }, compatibilityDate: "2025-10-01" });' >nuxt/nuxt.config.ts
	cat >nuxt/app/app.vue <<VUE
<script setup>
const state = useState("state", () => import.meta.server ? atob("$(printf %s "$inline" | base64 -w0)") : "");
onMounted(async () => { $register (await import("./src/main.js")).start(); });
</script>
<template><p>{{ state.length }}</p></template>
VUE
	echo '{"private":true,"type":"module"}' >nuxt/package.json
	(cd nuxt && node_modules/.bin/nuxt generate && cp -rL .output/public dist.new && rm -rf dist && mv dist.new dist)
}

build_angular() {
	npm_install angular --ignore-scripts $angular || return 3
	mkdir -p angular/public
	app angular/src
	service_worker >angular/public/sw.js
	cat >angular/angular.json <<'JSON'
{"version":1,"projects":{"app":{"projectType":"application","root":"","sourceRoot":"src","architect":{"build":{"builder":"@angular/build:application","options":{"outputPath":{"base":"dist","browser":""},"index":"src/index.html","browser":"src/app.ts","tsConfig":"tsconfig.json","assets":[{"glob":"**/*","input":"public"}],"sourceMap":true,"outputHashing":"all","optimization":true,"polyfills":["zone.js"]}}}}}}
JSON
	echo '{"compilerOptions":{"target":"ES2022","module":"ES2022","moduleResolution":"bundler","experimentalDecorators":true,"allowJs":true,"skipLibCheck":true},"files":["src/app.ts"]}' >angular/tsconfig.json
	html '<app-root></app-root>' >angular/src/index.html
	cat >angular/src/app.ts <<TS
import { Component } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { start } from "./main.js";
@Component({ selector: "app-root", template: "<p>Projects</p>" })
class App { constructor() { $register start(); } }
bootstrapApplication(App);
TS
	echo '{"private":true}' >angular/package.json
	(cd angular && node_modules/.bin/ng build)
}

build_sveltekit() {
	npm_install sveltekit --ignore-scripts $sveltekit || return 3
	mkdir -p sveltekit/src/routes
	app sveltekit/src/lib
	service_worker >sveltekit/src/service-worker.js
	echo '{"private":true,"type":"module"}' >sveltekit/package.json
	echo 'import adapter from "@sveltejs/adapter-static"; export default { kit: { adapter: adapter({ pages: "dist" }) } };' >sveltekit/svelte.config.js
	echo 'import { sveltekit } from "@sveltejs/kit/vite"; export default { plugins: [sveltekit()], build: { sourcemap: true } };' >sveltekit/vite.config.js
	echo '<!doctype html><html lang="en"><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>' >sveltekit/src/app.html
	echo "export const prerender = true; export const load = () => ({ token: \"$inline\" });" >sveltekit/src/routes/+page.server.js
	echo '<script>import { onMount } from "svelte"; import { start } from "$lib/main.js"; let { data } = $props(); onMount(start);</script><p>{data.token.length}</p>' >sveltekit/src/routes/+page.svelte
	(cd sveltekit && node_modules/.bin/vite build)
}

built=()
for name in ${*:-vite}; do
	echo "== $name"
	begin=$SECONDS
	status=0
	("build_$name") >"$name-build.log" 2>&1 || status=$?
	case $status in
	0) built+=("$name") ;;
	3) not_run "$name, which cannot be installed from npm" ;;
	*) tail -50 "$name-build.log"; exit 1 ;;
	esac
	echo "built in $((SECONDS - begin)) s"
done

browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[ -n "$browser" ] || not_run "the pages in a browser: Chromium is not installed"
KEYS="entry=$entry lazy=$lazy mapped=$mapped inline=$inline worker=$worker" CHROMIUM=$browser node "$here/scripts/site.mjs" tools ./qasleaks ./siteserver "${built[@]}"
