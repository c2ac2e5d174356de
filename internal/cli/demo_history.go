package cli

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
)

// leak is one key of the demo, and where it stands.
type leak struct{ path, what string }

var demoLeaks = []leak{
	{"tests/api.spec.ts", "an ApiKey header in a test"},
	{"ci/upload.sh", "a variable in a script, deleted since, but not from history"},
	{"dist/app.3f9a1c.js", "a string in a minified bundle, where every visitor can read it"},
	{"k8s/reporter.yaml", "a base64 value in a Kubernetes secret"},
}

// change is one commit: the files it writes, and those it deletes.
type change struct {
	summary string
	date    time.Time
	author  string
	files   map[string]string
	deleted []string
}

// demoHistory returns the commits of the demo. Their keys are made here, so that
// none is in the source, and are the same every time, so that the README can
// show the report.
func demoHistory() []change {
	const ada, ben = "Ada Moreau <ada@example.com>", "Ben Okafor <ben@example.com>"
	return []change{
		{
			summary: "Start the end-to-end tests", author: ada, date: demoDay(2025, time.February, 3),
			files: map[string]string{
				"README.md":         "# Checkout tests\n\nRun with `npx playwright test`.\n",
				"tests/api.spec.ts": withKey(demoTest, keytest.Key(1, demoDay(2025, time.January, 14))),
			},
		},
		{
			summary: "Upload results from CI", author: ben, date: demoDay(2025, time.February, 17),
			files: map[string]string{
				"ci/upload.sh": withKey(demoScript, keytest.Key(2, demoDay(2025, time.February, 17))),
			},
		},
		{
			summary: "Release the dashboard", author: ada, date: demoDay(2025, time.March, 6),
			files: map[string]string{
				"dist/app.3f9a1c.js": withKey(demoBundle, keytest.Key(3, demoDay(2024, time.May, 6))),
			},
		},
		{
			summary: "Take the token from the secret store", author: ben, date: demoDay(2025, time.March, 20),
			deleted: []string{"ci/upload.sh"},
		},
		{
			summary: "Deploy the reporter", author: ben, date: demoDay(2025, time.April, 2),
			files: map[string]string{
				"k8s/reporter.yaml": withKey(demoSecret, base64.StdEncoding.EncodeToString(
					[]byte(keytest.Key(4, demoDay(2025, time.March, 31))))),
			},
		},
	}
}

func demoDay(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 9, 30, 0, 0, time.UTC)
}

// withKey puts a key into the place held for it.
func withKey(text, key string) string { return strings.ReplaceAll(text, "{{key}}", key) }

const demoTest = `import { test, expect } from '@playwright/test';

test('the project is there', async ({ request }) => {
  const answer = await request.get('https://acme.eu1.qasphere.com/api/public/v0/project', {
    headers: { Authorization: 'ApiKey {{key}}' },
  });
  expect(answer.ok()).toBeTruthy();
});
`

const demoScript = `#!/bin/sh
export QAS_URL=https://acme.eu1.qasphere.com
export QAS_TOKEN={{key}}
npx qas-cli junit-upload results.xml
`

const demoBundle = `!function(){"use strict";const e=document.querySelector("#runs"),t="https://acme.eu1.qasphere.com/api/public/v0",` +
	`n="{{key}}";async function r(e){const r=await fetch(t+e,{headers:{Authorization:"ApiKey "+n}});` +
	`if(!r.ok)throw new Error(r.statusText);return r.json()}r("/project").then((t=>{e.textContent=t.projects.length+" projects"}))}();` + "\n"

const demoSecret = `apiVersion: v1
kind: Secret
metadata:
  name: reporter
type: Opaque
data:
  qas-token: {{key}}
`
