// Checks HTML reports in a browser: node reports.mjs MODULES FILE…
// MODULES is a directory with node_modules that contain playwright-core and axe-core. A
// report must load nothing, fit into its window, work with and without scripts, and have no
// violations in the accessibility checker axe. SHOTS names a directory for screenshots.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

let failures = 0;
const fail = (where, what) => { failures++; console.error(`${where}: ${what}`); };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// open loads a report, and records as a failure whatever it should not do.
async function open(file, where, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const url = pathToFileURL(resolve(file)).href;
  page.on("console", (message) => fail(where, `console message: ${message.text()}`));
  page.on("pageerror", (error) => fail(where, `script error: ${error}`));
  page.on("dialog", (dialog) => { fail(where, `a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (request.url() !== url) fail(where, `it requests ${request.url()}`); });
  await page.goto(url);
  return { page, close: () => context.close() };
}

for (const file of files) {
  const name = basename(file, ".html");
  for (const [width, colorScheme] of [[390, "dark"], [1280, "light"]]) {
    const where = `${name} at ${width} in ${colorScheme}`;
    const { page, close } = await open(file, where, { viewport: { width, height: 900 }, colorScheme, deviceScaleFactor: width < 600 ? 2 : 1 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) fail(where, `it is ${wide} pixels wide`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const v of violations) fail(where, `axe: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" … ")}`);
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}-${width}-${colorScheme}.png`) });
    await close();
  }

  const { page, close } = await open(file, `${name}, searched`, { viewport: { width: 1280, height: 900 } });
  const rows = await page.locator("tbody tr.item").count();
  if (rows > 0) {
    const fingerprint = await page.locator("tbody tr.item").first().locator(".fingerprint").textContent();
    await page.fill("#q", fingerprint);
    const shown = await page.locator("tbody tr.item:visible").count();
    const cards = await page.locator("article.card:visible").count();
    if (shown !== 1 || cards !== 1) fail(name, `a search for ${fingerprint} shows ${shown} rows and ${cards} cards`);
    await page.fill("#q", "no such text");
    if (!(await page.locator("#none").isVisible())) fail(name, "a search without results does not say so");
    await page.fill("#q", "");
    if ((await page.locator("tbody tr.item:visible").count()) !== rows) fail(name, "an empty search hides findings");
  }
  await page.emulateMedia({ media: "print" });
  if (await page.locator("nav.jump").isVisible()) fail(name, "the navigation is printed");
  await page.pdf({ format: "A4" });
  await close();

  const plain = await open(file, `${name}, without script`, { javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
  if (await plain.page.locator("form.search").isVisible()) fail(name, "without scripts the search field is visible");
  if ((await plain.page.locator("tbody tr.item:visible").count()) !== rows) fail(name, "without scripts findings are hidden");
  await plain.close();
}
await browser.close();
console.log(`${files.length} reports in a browser: ${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;
