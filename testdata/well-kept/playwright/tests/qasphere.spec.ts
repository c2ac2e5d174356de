import { test, expect } from '@playwright/test';

test('the project is there', async ({ request }) => {
  const answer = await request.get(`${process.env.QAS_URL}/api/public/v0/project?limit=10`, {
    headers: { Authorization: `Bearer ${process.env.QAS_TOKEN}` },
  });
  expect(answer.ok()).toBeTruthy();
});
