// Reads HTML reports in a real browser: node reports.mjs MODULES FILE…
// MODULES is a folder with node_modules of playwright-core and axe-core. It checks
// that a report loads nothing, fits its window, works with and without script, and
// that axe finds nothing to complain of. SHOTS names a folder for pictures.
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

// open loads a report, and fails for whatever it should not do.
async function open(file, where, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const url = pathToFileURL(resolve(file)).href;
  page.on("console", (message) => fail(where, `the console says: ${message.text()}`));
  page.on("pageerror", (error) => fail(where, `script: ${error}`));
  page.on("dialog", (dialog) => { fail(where, `a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (request.url() !== url) fail(where, `it asks for ${request.url()}`); });
  await page.goto(url);
  return { page, close: () => context.close() };
}

for (const file of files) {
  const name = basename(file, ".html");
  for (const [width, colorScheme] of [[390, "dark"], [1280, "light"]]) {
    const where = `${name} at ${width} in ${colorScheme}`;
    const { page, close } = await open(file, where, { viewport: { width, height: 900 }, colorScheme, deviceScaleFactor: width < 600 ? 2 : 1 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) fail(where, `it is ${wide} wide`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const v of violations) fail(where, `axe: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" … ")}`);
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}-${width}-${colorScheme}.png`) });
    await close();
  }

  const { page, close } = await open(file, `${name}, searched`, { viewport: { width: 1280, height: 900 } });
  const rows = await page.locator("tbody tr.item").count();
  if (rows > 0) {
    const fingerprint = await page.locator("tbody tr.item").first().locator("code.quiet").textContent();
    await page.fill("#q", fingerprint);
    const shown = await page.locator("tbody tr.item:visible").count();
    const cards = await page.locator("article.card:visible").count();
    if (shown !== 1 || cards !== 1) fail(name, `a search for ${fingerprint} shows ${shown} rows and ${cards} cards`);
    await page.fill("#q", "nothing holds this");
    if (!(await page.locator("#none").isVisible())) fail(name, "a search for nothing does not say so");
    await page.fill("#q", "");
    if ((await page.locator("tbody tr.item:visible").count()) !== rows) fail(name, "an empty search hides something");
  }
  await page.emulateMedia({ media: "print" });
  if (await page.locator("nav.jump").isVisible()) fail(name, "navigation is printed");
  await page.pdf({ format: "A4" });
  await close();

  const plain = await open(file, `${name}, without script`, { javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
  if (await plain.page.locator("form.search").isVisible()) fail(name, "without script there is a search that does nothing");
  if ((await plain.page.locator("tbody tr.item:visible").count()) !== rows) fail(name, "without script something is hidden");
  await plain.close();
}
await browser.close();
console.log(`${files.length} reports in a browser: ${failures} complaints`);
process.exitCode = failures > 0 ? 1 : 0;
