// Tests that put the key of the variable KEY into their reports.
import { test, expect } from "@playwright/test";
import { createServer } from "node:http";

const authorization = `ApiKey ${process.env.KEY}`;
let server, url;

test.beforeAll(async () => {
  server = createServer((_, answer) => answer.end("<h1>Runs</h1>"));
  await new Promise((done) => server.listen(Number(process.env.PORT ?? 3997), "127.0.0.1", done));
  url = `http://127.0.0.1:${server.address().port}/`;
});
test.afterAll(() => server.close());

test("uploads a run", async ({ browser, request }) => {
  const context = await browser.newContext({ recordHar: { path: "har/upload.har" }, extraHTTPHeaders: { Authorization: authorization } });
  const page = await context.newPage();
  await page.goto(url);
  await expect(page.locator("h1")).toHaveText("Runs");
  await context.close();
  await request.post(url, { headers: { Authorization: authorization }, data: { token: process.env.KEY } });
  console.log(`QAS_TOKEN=${process.env.KEY}`);
  await test.info().attach("environment", { body: `QAS_TOKEN=${process.env.KEY}\n`, contentType: "text/plain" });
});

test("fails", async ({ page }) => {
  await page.setExtraHTTPHeaders({ Authorization: authorization });
  await page.goto(url);
  expect(authorization).toBe("");
});
