package demo

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
)

// change is one commit: the files it writes, and those it deletes.
type change struct {
	summary string
	date    time.Time
	author  string
	files   map[string]string
	deleted []string
}

// history returns the commits. Their keys are computed here, so that none is in the
// source, and are the same every time, so that the README can show the report.
func history() []change {
	const ada, ben = "Ada Moreau <ada@example.com>", "Ben Okafor <ben@example.com>"
	return []change{
		{
			summary: "Start the end-to-end tests", author: ada, date: day(2025, time.February, 3),
			files: map[string]string{
				"README.md":         "# Checkout tests\n\nRun with `npx playwright test`.\n",
				"tests/api.spec.ts": withKey(testFile, keytest.Key(1, day(2025, time.January, 14))),
			},
		},
		{
			summary: "Upload results from CI", author: ben, date: day(2025, time.February, 17),
			files: map[string]string{
				"ci/upload.sh": withKey(scriptFile, keytest.Key(2, day(2025, time.February, 17))),
			},
		},
		{
			summary: "Release the dashboard", author: ada, date: day(2025, time.March, 6),
			files: map[string]string{
				"dist/app.3f9a1c.js": withKey(bundleFile, keytest.Key(3, day(2024, time.May, 6))),
			},
		},
		{
			summary: "Take the token from the secret store", author: ben, date: day(2025, time.March, 20),
			deleted: []string{"ci/upload.sh"},
		},
		{
			summary: "Deploy the reporter", author: ben, date: day(2025, time.April, 2),
			files: map[string]string{
				"k8s/reporter.yaml": withKey(secretFile, base64.StdEncoding.EncodeToString(
					[]byte(keytest.Key(4, day(2025, time.March, 31))))),
			},
		},
	}
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 9, 30, 0, 0, time.UTC)
}

// withKey replaces the placeholder of a key.
func withKey(text, key string) string { return strings.ReplaceAll(text, "{{key}}", key) }

const testFile = `import { test, expect } from '@playwright/test';

test('the project is there', async ({ request }) => {
  const answer = await request.get('https://acme.eu1.qasphere.com/api/public/v0/project', {
    headers: { Authorization: 'ApiKey {{key}}' },
  });
  expect(answer.ok()).toBeTruthy();
});
`

const scriptFile = `#!/bin/sh
export QAS_URL=https://acme.eu1.qasphere.com
export QAS_TOKEN={{key}}
npx qas-cli junit-upload results.xml
`

const bundleFile = `!function(){"use strict";const e=document.querySelector("#runs"),t="https://acme.eu1.qasphere.com/api/public/v0",` +
	`n="{{key}}";async function r(e){const r=await fetch(t+e,{headers:{Authorization:"ApiKey "+n}});` +
	`if(!r.ok)throw new Error(r.statusText);return r.json()}r("/project").then((t=>{e.textContent=t.projects.length+" projects"}))}();` + "\n"

const secretFile = `apiVersion: v1
kind: Secret
metadata:
  name: reporter
type: Opaque
data:
  qas-token: {{key}}
`
