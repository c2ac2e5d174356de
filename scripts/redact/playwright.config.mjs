import { defineConfig } from "@playwright/test";

export default defineConfig({
  testMatch: "upload.spec.mjs",
  reporter: [
    ["list"],
    ["html", { open: "never", outputFolder: "playwright-report" }],
    ["blob", { outputDir: "blob-report" }],
    ["junit", { outputFile: "results.xml" }],
    ["json", { outputFile: "results.json" }],
    ["allure-playwright", { resultsDir: "allure-results" }],
  ],
  use: { trace: "on", launchOptions: { executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] } },
});
