// Scans built pages with "qasleaks site", and compares what it reads with what a browser
// loads: node site.mjs MODULES QASLEAKS SITESERVER DIRECTORY…
// MODULES is a directory with node_modules that contain playwright-core. Each DIRECTORY has
// a page in "dist". KEYS has the keys in it, as NAME=KEY, and CHROMIUM is the browser; without
// it, only the scan is checked. Keys are only in memory and never printed.
import { execFile, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const [modules, qasleaks, siteserver, ...folders] = process.argv.slice(2);
const keys = Object.fromEntries(process.env.KEYS.split(" ").map((pair) => pair.split("=")));

let failures = 0;
const fail = (where, what) => { failures++; console.error(`${where}: ${what}`); };

// serve serves a directory. It returns the URL, the paths that were requested, by the first
// word of User-Agent, and a function that stops it.
async function serve(folder, ca) {
  const server = spawn(siteserver, ["serve", join(folder, "dist"), ca], { stdio: ["pipe", "pipe", "inherit"] });
  const requested = {};
  const url = await new Promise((resolve) => {
    createInterface({ input: server.stdout }).on("line", (line) => {
      if (line.startsWith("https://")) return resolve(line);
      const [agent, path] = line.split(" ");
      (requested[agent.split("/")[0]] ??= new Set()).add(path);
    });
  });
  return { url, requested, stop: () => server.stdin.end() };
}

// run returns the report of a scan.
function run(args, ca) {
  args.push("--fail-on", "never", "--quiet", "--show-secrets", "--format", "json");
  return new Promise((resolve, reject) => {
    execFile(qasleaks, args, { encoding: "utf8", maxBuffer: 1 << 28, env: { ...process.env, SSL_CERT_FILE: ca ?? "" } }, (error, stdout, stderr) => {
      if (!stdout) return reject(new Error(stderr));
      resolve(JSON.parse(stdout));
    });
  });
}

// check compares the findings with the keys.
function check(folder, url, report) {
  for (const [name, key] of Object.entries(keys)) {
    const finding = report.findings.find((finding) => finding.key?.value === key);
    if (!finding) { fail(folder, `the key "${name}" is not found`); continue; }
    if (finding.rule !== "qas-client-embedded-key" || !finding.exposure.client) fail(folder, `"${name}" is found as ${finding.rule}`);
    const places = finding.occurrences.map((at) => `${at.path.replace(url, "")}:${at.line}:${at.column}${at.original ? ` (${at.original})` : ""}`);
    console.log(`${folder}: ${name}: ${places.join(", ")}`);
    const originals = { entry: "main.js:4:", lazy: "three.js:1:", mapped: "main.js:1:" }[name];
    if (originals && !finding.occurrences.some((at) => at.original?.includes(originals))) fail(folder, `"${name}" has no original position`);
  }
  if (!report.coverage.complete) fail(folder, `incomplete: ${JSON.stringify(report.coverage.skipped)}`);
}

let browser;
if (process.env.CHROMIUM) {
  const { chromium } = createRequire(join(resolve(modules), "package.json"))("playwright-core");
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--ignore-certificate-errors"],
  });
}

// visit opens a page in the browser and waits until its last lazy script has run. It
// returns the HAR file that the browser records.
async function visit(folder, url) {
  const path = resolve(`${folder}.har`);
  const context = await browser.newContext({ ignoreHTTPSErrors: true, recordHar: { path, content: "embed" } });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => document.title === "3", null, { timeout: 30_000 }).catch(() => fail(folder, "the page does not load its lazy scripts"));
  await page.waitForTimeout(500);
  await context.close();
  return path;
}

// checkRecorded checks that a scan of a HAR file finds the keys that the page sent.
async function checkRecorded(folder, har) {
  const report = await run(["scan", har]);
  for (const name of ["entry", "lazy"]) {
    if (!report.findings.some((finding) => finding.key?.value === keys[name])) fail(folder, `the key "${name}" is not found in the HAR file`);
  }
}

for (const folder of folders) {
  const ca = resolve(`${folder}.pem`);
  const { url, requested, stop } = await serve(folder, ca);
  const report = await run(["site", url, "--allow-host", new URL(url).host], ca);
  check(folder, url, report);
  console.log(`${folder}: ${requested.qasleaks.size} requests in ${report.coverage.seconds.toFixed(1)} s for ${report.coverage.files} files`);
  if (browser) {
    await checkRecorded(folder, await visit(folder, url));
    const loaded = [...(requested.Mozilla ?? [])].filter((path) => !path.startsWith("/api/") && path !== "/favicon.ico");
    const unread = loaded.filter((path) => !requested.qasleaks.has(path));
    console.log(`${folder}: the browser loads ${loaded.length} files`);
    if (loaded.length < 4) fail(folder, `the browser loads only ${loaded.join(", ")}`);
    if (unread.length > 0) fail(folder, `not read: ${unread.join(", ")}`);
  }
  stop();
}
await browser?.close();
console.log(`${folders.length} sites: ${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;
