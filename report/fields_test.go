package report

import (
	"regexp"
	"strings"
	"testing"
)

// says is what a format must and must not say of a result. Spaces between words may
// be line breaks.
type says struct{ yes, no []string }

// What each format says of results that have no golden file.
func TestFields(t *testing.T) {
	live := verified().Findings[0]
	for result, formats := range map[string]map[string]says{
		"one-file": {
			"text": {
				yes: []string{
					"\n/srv/tests/env/.env:1:11\n  key: ", "Revoke this key in QA Sphere (Settings → API Keys). Only this stops the leak:",
					"3. Remove the leaked key from the files.\n", "Scanned 3 files, 4.1 kB in 4 ms.\nFound 1 key: 1 error.\nRevoke it first.\n",
				},
				no: []string{"commit the change", "history", "ref", "exposed", "working tree", "also in", "suppressed"},
			},
			"concise":  {yes: []string{"/srv/tests/env/.env:1:11: error[qas-api-key] "}, no: []string{"exposed", "other place"}},
			"json":     {yes: []string{`"path": "env/.env"`, `"commit": null`, `"oid": null`, `"firstCommitAt": null`, `"reachable": false`}},
			"jsonl":    {yes: []string{`{"finding":{"rule":"qas-api-key",`, `"path":"env/.env"`}},
			"sarif":    {yes: []string{`"uri": "env/.env"`, `"executionSuccessful": true`}, no: []string{"codeFlows\": []", "relatedLocations", "suppressions", "versionControlProvenance"}},
			"gitlab":   {yes: []string{`"file": "env/.env"`, `"sha": "0000000"`, `"severity": "Critical"`, `"status": "success"`}, no: []string{`"exposed"`}},
			"junit":    {yes: []string{`tests="2" failures="1" errors="0" time="0.004" skipped="0"`, `file="env/.env" line="1"`}, no: []string{"<error", "<skipped"}},
			"markdown": {yes: []string{"| error | QA Sphere API key<br>`", "`/srv/tests/env/.env:1:11` |  |\n"}, no: []string{" first", "<details><summary>Scanned"}},
			"html":     {yes: []string{"1 leaked key, still in the files", `first.</p>`, "<dt>Target</dt><dd><code>/srv/tests</code>"}, no: []string{`id="purge"`}},
			"github":   {yes: []string{"::error file=env/.env,line=1,endLine=1,col=11,", "Found 1 key: 1 error. Revoke it first.\n"}, no: []string{"%0AIn ", "::warning"}},
		},
		"incomplete": {
			"text": {
				yes: []string{
					"Could not be read (30)\n  private/0.txt: permission denied\n", "  private/9.txt: permission denied\n  +20 more; --format json lists all\n",
					"Skipped by policy (30)\n", "  video/4.mp4: larger than 64 MB\n  +25 more; --format json lists all\n",
					"The scan is incomplete: 30 items could not be read.\nNo keys found in what could be read.\n",
				},
				no: []string{"private/10.txt", "video/5.mp4", "What to do", "Revoke"},
			},
			"concise":  {yes: []string{"private/0.txt: not read: permission denied\n", "private/29.txt", "The scan is incomplete: 30 items could not be read.\nNo keys found in what could be read.\n"}, no: []string{"video"}},
			"json":     {yes: []string{`"findings": []`, `"complete": false`, `"kind": "failed"`, `"path": "video/29.mp4"`}},
			"jsonl":    {yes: []string{`"complete":false`}, no: []string{`{"finding"`}},
			"sarif":    {yes: []string{`"results": []`, `"executionSuccessful": false`, "Could not be read: permission denied", "Skipped by policy: larger than 64 MB", `"uri": "private/29.txt"`}},
			"gitlab":   {yes: []string{`"vulnerabilities": []`, "Could not be read: private/0.txt: permission denied", "Skipped by policy: video/0.mp4: larger", "10 more items were not read"}},
			"junit":    {yes: []string{`tests="1" failures="0" errors="1"`, `<error type="incomplete" message="30 items could not be read">`, "private/9.txt", "+20 more"}, no: []string{"private/10.txt", "video"}},
			"markdown": {yes: []string{"**No keys found in what could be read.**", "\n**The scan is incomplete: 30 items could not be read.**\n", "- could not be read: `private/0.txt`: `permission denied`\n", "- 50 more; `--format json` lists all"}, no: []string{"| Severity"}},
			"html":     {yes: []string{`<header class="top warning">`, "No keys found in what could be read", "Could not be read (30)", "Skipped by policy (30)", "<b>30</b> <span>items not read</span>"}, no: []string{"Everything that was to be read", `id="todo"`}},
			"github":   {yes: []string{"::warning title=qasleaks%3A incomplete scan::30 items could not be read.", "\nNo keys found in what could be read.\n"}, no: []string{"::error"}},
		},
		"suppressed": {
			"text":     {yes: []string{"2 suppressed (1 inline, 1 baseline).\nNo other keys found in 1,234 files and 205,518 objects (12 refs), 1.5 GB in 2 s.\n"}, no: []string{"fixture", "What to do", "MB/s", "Scanned"}},
			"concise":  {yes: []string{"2 suppressed (1 inline, 1 baseline).\nNo other keys found in"}, no: []string{"fixture"}},
			"json":     {yes: []string{`"by": "inline"`, `"by": "baseline"`, `"reason": "a test's own key"`, `"until": "2027-01-01T09:30:00Z"`}},
			"jsonl":    {yes: []string{`"by":"inline"`, `"by":"baseline"`}},
			"sarif":    {yes: []string{`"kind": "inSource"`, `"kind": "external"`, `"status": "accepted"`, `"justification": "a test's own key"`, `"baselineState": "new"`, `"baselineState": "unchanged"`}},
			"gitlab":   {yes: []string{`"vulnerabilities": []`, "2 suppressed (1 inline, 1 baseline)."}},
			"junit":    {yes: []string{`tests="3" failures="0" errors="0" time="2.050" skipped="2"`, `<skipped message="suppressed (inline): a test&#39;s own key"/>`}, no: []string{"<failure"}},
			"markdown": {yes: []string{"\n2 suppressed (1 inline, 1 baseline).\n", "**No other keys found in"}, no: []string{"| Severity"}},
			"html":     {yes: []string{`<header class="top good">`, "<h2 id=\"suppressed-h\">", "<td>baseline</td><td>a test&#39;s own key</td><td>2027-01-01</td>"}, no: []string{`id="findings"`, "no end date"}},
			"github":   {yes: []string{"No other keys found in 1,234 files"}, no: []string{"::error", "fixture"}},
		},
		"verified": {
			"text": {
				yes: []string{
					"liveness: live at acme.eu1.qasphere.com on 2026-09-01 09:30 UTC\n", "created by: Ada \\x1b[2J, ada@example.com, admin\n",
					"access: Whoever holds it can manage users", "liveness: suspended at", "liveness: invalid at acme.eu1.qasphere.com on 2026-09-01 09:30 UTC: refused",
					"1 key is invalid, so there is nothing to revoke.", "Found 9 keys (2 live, 1 invalid, 1 unverifiable): 9 errors.\nRevoke " + name(&live) + " first: it is live.\n1 key not checked: no host given.\n", `answer: Invalid \x1b[2Jcredentials; X-Request-Id: r\x1b-1`,
				},
				no: []string{"dead"},
			},
			"concise":  {yes: []string{" to 2025-05-09 live\n", " live\n", " unverifiable\n", "1 key not checked: no host given.\n"}},
			"json":     {yes: []string{`"state": "live"`, `"state": "wrong-host"`, `"state": "unverifiable"`, `"role": "admin"`, `"projects": 2`, `"projects": null`, `"auditLog": true`, `"message": "Invalid \u001b[2Jcredentials"`, `"X-Request-Id": "r\u001b-1"`}},
			"jsonl":    {yes: []string{`"state":"restricted"`}},
			"sarif":    {yes: []string{"1 key not checked: no host given.", `"ruleId": "qas-live-api-key"`, "Liveness: live at acme.eu1.qasphere.com on 2026-09-01 09:30 UTC. Access: Whoever holds it"}},
			"gitlab":   {yes: []string{`"name": "Liveness"`, `"value": "live at acme.eu1.qasphere.com on 2026-09-01 09:30 UTC"`, "the key is revoked or was never valid"}},
			"junit":    {yes: []string{"Liveness: restricted at", "Access: Whoever holds it can read the audit log. Nothing else."}},
			"markdown": {yes: []string{"Revoke `" + name(&live) + "` first: it is live.", "2025-05-09<br>**live** |", "| **restricted** |", "\n**1 key not checked: no host given.**\n", "  - answer: Invalid"}},
			"html":     {yes: []string{"<b>2</b> <span>live keys</span>", "<b>1</b> <span>invalid key</span>", "first: it is live.</p>", "live, only in history", "invalid, in the files", "<dt>Created by</dt>", "<dt>Answer</dt>", "<p class=\"lead\">1 key not checked: no host given.</p>"}},
			"github":   {yes: []string{"Liveness: live at", "::warning title=qasleaks%3A keys not checked::1 key not checked: no host given.", "Found 9 keys (2 live, 1 invalid, 1 unverifiable): 9 errors. Revoke " + name(&live) + " first: it is live.\n"}},
		},
	} {
		for _, f := range Formats() {
			want, ok := formats[f.Name]
			if !ok {
				t.Errorf("%s: nothing is expected of %s", result, f.Name)
			}
			got := render(t, f, results()[result])
			for _, text := range want.yes {
				if !holds(got, text) {
					t.Errorf("%s: %s lacks %q:\n%s", result, f.Name, text, got)
				}
			}
			for _, text := range want.no {
				if holds(got, text) {
					t.Errorf("%s: %s says %q", result, f.Name, text)
				}
			}
		}
	}
}

var lineBreak = regexp.MustCompile(`\n +`)

func holds(got, text string) bool {
	return strings.Contains(got, text) || strings.Contains(lineBreak.ReplaceAllString(got, " "), text)
}
