// Compares the key that a scan of built pages reports with the key that each page sends in
// a browser: node bundles.mjs MODULES QASLEAKS DIRECTORY…
// MODULES is a directory with node_modules that contain playwright-core. Each DIRECTORY has
// a page in "dist" or "out", and may also have a build for a server. QAS_TOKEN is the key in
// the builds, and CHROMIUM the browser; without it, only the scan is checked. Keys are only
// in memory and never printed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize, resolve } from "node:path";

const [modules, qasleaks, ...folders] = process.argv.slice(2);
const key = process.env.QAS_TOKEN;
const rule = "qas-client-embedded-key";
const fingerprintOf = (value) =>
  createHash("sha256").update(value.slice(0, value.lastIndexOf("."))).digest("hex").slice(0, 16);
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

let failures = 0;
const fail = (where, what) => { failures++; console.error(`${where}: ${what}`); };

// scan returns the only key found in a directory. Lint findings are ignored.
function scan(folder) {
  const args = ["scan", folder, "--fail-on", "never", "--quiet", "--show-secrets", "--format", "json"];
  const report = JSON.parse(execFileSync(qasleaks, args, { encoding: "utf8", maxBuffer: 1 << 28 }));
  const findings = report.findings.filter((finding) => finding.severity === "error");
  if (findings.length !== 1) fail(folder, `${findings.length} findings`);
  return findings[0];
}

// check compares the finding with the files that contain the key.
function check(folder, page, finding) {
  if (finding.rule !== rule || !finding.exposure.client) fail(folder, `found as ${finding.rule}, client ${finding.exposure.client}`);
  for (const at of finding.occurrences) {
    const inPage = at.path.startsWith(`${page}/`) || at.path.startsWith(".next/static/");
    if ((at.rule === rule) !== inPage) fail(folder, `${at.path} is found as ${at.rule}`);
    if (!readFileSync(join(folder, at.path), "utf8").split("\n")[at.line - 1].includes(key)) fail(folder, `${at.path}:${at.line} has no key`);
  }
  const files = finding.occurrences.filter((at) => at.rule === rule).map((at) => at.path);
  if (files.length === 0) fail(folder, "no file is reported as client-side");
  console.log(`${folder}: ${finding.message.replace(/.* tenant \S+ /, "")}: ${files.join(", ")}`);
  const elsewhere = finding.occurrences.filter((at) => at.rule !== rule);
  if (elsewhere.length > 0) console.log(`${folder}: not client-side: ${elsewhere.map((at) => `${at.path} (${at.rule})`).join(", ")}`);
  return files;
}

// visit opens a page in the browser. It returns the Authorization headers that the page
// sends, and the files that it loads.
async function visit(browser, root) {
  const headers = [], loaded = [];
  let heard;
  const asked = new Promise((resolve) => { heard = resolve; });
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    if (path.startsWith("/api/")) {
      headers.push(request.headers.authorization);
      response.setHeader("content-type", "application/json");
      response.end("{}");
      return heard();
    }
    const file = join(root, normalize(path === "/" ? "/index.html" : path));
    if (!existsSync(file)) { response.statusCode = 404; return response.end(); }
    loaded.push(path.slice(1));
    response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream");
    response.end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const tooLong = setTimeout(heard, 15_000);
  await asked;
  clearTimeout(tooLong);
  await page.close();
  server.close();
  server.closeAllConnections();
  return { headers, loaded };
}

let browser;
if (process.env.CHROMIUM) {
  const { chromium } = createRequire(join(resolve(modules), "package.json"))("playwright-core");
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}
for (const folder of folders) {
  const page = existsSync(join(folder, "out")) ? "out" : "dist";
  const finding = scan(folder);
  const files = check(folder, page, finding);
  if (!browser) continue;
  const { headers, loaded } = await visit(browser, join(folder, page));
  if (headers.length === 0) fail(folder, "the page sends no request");
  for (const header of headers) {
    const sent = header?.replace(/^ApiKey /, "") ?? "";
    if (sent !== finding.key.value) fail(folder, "the page sends another key than the one reported");
    if (fingerprintOf(sent) !== finding.fingerprint) fail(folder, "the key that the page sends has another fingerprint");
    if (!sent.startsWith(`${finding.key.tenantId}.${finding.key.keyId}.`)) fail(folder, "the key that the page sends has another ID");
  }
  if (!loaded.some((path) => files.includes(`${page}/${path}`))) fail(folder, `the page loads none of the reported files: ${loaded.join(", ")}`);
  if (headers.length > 0) console.log(`${folder}: the page sends the key of fingerprint ${finding.fingerprint}`);
}
await browser?.close();
console.log(`${folders.length} builds: ${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;
