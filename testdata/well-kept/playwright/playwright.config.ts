import { defineConfig } from '@playwright/test';
import 'dotenv/config';

if (process.env.CI && !process.env.QAS_TOKEN) throw new Error('QAS_TOKEN is not set: it is a secret of the repository');

export default defineConfig({
  reporter: [['list'], ['junit', { outputFile: 'results.xml' }]],
  use: { baseURL: process.env.BASE_URL ?? 'http://localhost:3000' },
  webServer: { command: 'npm start', env: { QAS_TOKEN: process.env.QAS_TOKEN ?? '' } },
});
