// Opens redacted reports in a browser: node open.mjs KEY, without the token of the key.
import { createServer } from "node:http";
import { readFileSync, readdirSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { chromium } from "@playwright/test";

const masked = process.argv[2] + "****";
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json" };
const server = createServer((request, answer) => {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
  try {
    const content = readFileSync(join(process.cwd(), path));
    answer.writeHead(200, { "Content-Type": types[extname(path)] ?? "application/octet-stream" });
    answer.end(content);
  } catch {
    answer.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const at = `http://127.0.0.1:${server.address().port}/`;

let failures = 0;
const fail = (where, what) => { failures++; console.error(`${where}: ${what}`); };
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });

// open opens a page, and records script errors.
async function open(where, url, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("pageerror", (error) => fail(where, `script error: ${error}`));
  await page.goto(url);
  return page;
}

// see waits until a text is shown.
async function see(where, page, text) {
  try {
    await page.getByText(text).first().waitFor({ timeout: 20_000 });
  } catch {
    fail(where, `${text} is not shown`);
  }
}

let page = await open("HTML report", at + "playwright-report/index.html");
await see("HTML report", page, "uploads a run");
await page.getByText("fails", { exact: true }).first().click();
await see("HTML report", page, masked);

const traces = readdirSync("playwright-report/data").filter((name) => name.endsWith(".zip"));
if (traces.length !== 2) fail("traces", `there are ${traces.length}`);
for (const trace of traces) {
  const where = `trace ${trace}`;
  page = await open(where, `${at}playwright-report/trace/index.html?trace=${at}playwright-report/data/${trace}`);
  await see(where, page, "Before Hooks");
  await page.getByRole("tab", { name: "Network" }).click();
  await page.locator(".tab-network").getByText("127.0.0.1").first().click();
  await see(where, page, "ApiKey " + masked);
}

// Playwright answers from a HAR file.
const context = await browser.newContext();
await context.routeFromHAR("har/upload.har", { notFound: "abort" });
page = await context.newPage();
const har = JSON.parse(readFileSync("har/upload.har", "utf8"));
await page.goto(har.log.entries[0].request.url);
await see("HAR", page, "Runs");
if (!JSON.stringify(har).includes(masked)) fail("HAR", "has no masked key");

page = await open("Allure", at + "allure-report/index.html");
await see("Allure", page, "uploads a run");

await browser.close();
server.close();
console.log(`${traces.length} traces, the HTML report, a HAR file and Allure in a browser: ${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;
