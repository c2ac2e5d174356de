package report

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// Rules of the tests' own, so that goldens do not change with the real ones.
var (
	keyRule = rules.Rule{
		ID: "qas-api-key", Title: "QA Sphere API key", Severity: rules.Error, Confidence: rules.High,
		Help: "A key gives its holder the rights of its creator.\n\n## Remediation\n\nRevoke it.",
	}
	headerRule = rules.Rule{
		ID: "apikey-header", Title: "Literal in an ApiKey header", Severity: rules.Warning, Confidence: rules.Medium,
		Help: "# ApiKey header\n\nA literal in an\n`ApiKey` header.\n\n## Remediation\n\nRevoke it.",
	}
	shortRule = rules.Rule{
		ID: "qas-api-key-short", Title: "QA Sphere API key of the short form", Severity: rules.Note, Confidence: rules.High,
		Help: "The form of the documentation.",
	}
)

// now is what the tests count ages to.
var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 9, 30, 0, 0, time.UTC)
}

// newKey returns the literal with that seed, and what may be said of it.
func newKey(seed uint64) (string, rules.Key) {
	text := keytest.Key(seed, time.Date(2025, 1, 2, 7, 41, 19, 547e6, time.UTC))
	key, ok := rules.ParseKey(text)
	if !ok {
		panic("keytest made no key")
	}
	return text, key
}

func sha(n int) string { return fmt.Sprintf("%040x", 0x1234567*(n+1)*7919) }

func commit(n int, at time.Time, summary string) *scanner.Commit {
	return &scanner.Commit{SHA: strings.Repeat(sha(n)[30:], 4), Author: "Ann Example <ann@example.com>", Date: at, Summary: summary}
}

// frame shows lines from line number first on, and marks the redacted key in the
// line at index mark.
func frame(first, mark int, key rules.Key, lines ...string) scanner.Frame {
	start := strings.Index(lines[mark], key.String())
	return scanner.Frame{FirstLine: first, Lines: lines, Mark: mark, MarkStart: start, MarkEnd: start + len(key.String())}
}

func finding(seed uint64, occurrences ...scanner.Occurrence) scanner.Finding {
	literal, key := newKey(seed)
	for i := range occurrences {
		at := &occurrences[i]
		if at.Rule == nil {
			at.Rule, at.Severity, at.Confidence = &keyRule, rules.Error, rules.High
		}
		at.EndLine, at.EndColumn = at.Line, at.Column+len(literal)
	}
	return scanner.Finding{
		Rule: keyRule, Severity: rules.Error, Confidence: rules.High,
		Message:     "A QA Sphere API key in plain text.",
		Fingerprint: key.Fingerprint(), Key: key, Secret: redact.NewSecret(literal), Occurrences: occurrences,
	}
}

// inHead is a key in a file, committed, encoded elsewhere, and in history.
func inHead() scanner.Finding {
	_, key := newKey(1)
	f := finding(
		1,
		scanner.Occurrence{
			Path: "src/api.js", Line: 3, Column: 10, Object: scanner.ObjectFile, OID: sha(1), PlainText: true,
			Commit: commit(1, day(2025, 2, 3), "Add the API client"),
			Refs: []string{
				"refs/heads/main", "refs/remotes/origin/main", "refs/tags/v1.0", "refs/heads/a", "refs/heads/b",
			},
			Reachable: true, AtHead: true, OnDisk: true,
			Frame: frame(
				2, 1, key,
				"export const client = create({",
				"\ttoken: \""+key.String()+"\",",
				"})",
			),
			Fix: &scanner.Fix{Line: 3, Column: 9, EndColumn: 70, Text: "process.env.QAS_TOKEN"},
		},
		scanner.Occurrence{
			Path: "deploy/secret.yml", Line: 6, Column: 12, Object: scanner.ObjectFile, OID: sha(2), Layers: []string{"base64"},
			Commit: commit(2, day(2025, 2, 4), "Deploy"), Refs: []string{"refs/heads/main"},
			Reachable: true, AtHead: true, OnDisk: true,
			Frame: scanner.Frame{
				FirstLine: 5, Lines: []string{"data:", "  token: ****", "---"}, Mark: 1, MarkStart: 9, MarkEnd: 13,
			},
		},
		scanner.Occurrence{
			Path: "src/old/client.js", Line: 14, Column: 8, Object: scanner.ObjectBlob, OID: sha(3), PlainText: true,
			Commit: commit(3, day(2025, 1, 3), "First try"), RemovedBy: commit(1, day(2025, 2, 3), "Add the API client"),
			Refs: []string{"refs/heads/main"}, Reachable: true,
		},
		scanner.Occurrence{
			Path: ".git/commit/" + commit(4, now, "").SHA + "/message", Line: 3, Column: 1, Object: scanner.ObjectCommit, PlainText: true,
			OID: commit(4, now, "").SHA, Commit: commit(4, day(2025, 3, 5), "Try the key"),
			Refs: []string{"refs/heads/main"}, Reachable: true,
		},
	)
	f.Exposure = scanner.Exposure{FirstCommitAt: day(2025, 1, 3), LastSeenAt: now, AtHead: true, Days: 606}
	return f
}

// inHistory is a key that was removed from HEAD.
func inHistory() scanner.Finding {
	_, key := newKey(2)
	f := finding(2, scanner.Occurrence{
		Path: "ci/nightly.yml", Line: 108, Column: 20, Object: scanner.ObjectBlob, OID: sha(5), PlainText: true,
		Commit:    commit(5, day(2025, 5, 6), "Run the nightly suite against staging, with results uploaded to QA Sphere afterwards"),
		RemovedBy: commit(6, day(2025, 5, 9), "Use a secret"),
		Refs:      []string{"refs/heads/main"}, Reflogs: []string{"HEAD@{12}"}, Reachable: true,
		Frame: frame(
			107, 1, key,
			"      - run: |",
			"          set -euo pipefail; cd suites/nightly && QAS_TOKEN="+key.String()+" npx qas-cli junit-upload --attachments ./results/*.xml",
			"",
		),
	})
	f.Exposure = scanner.Exposure{FirstCommitAt: day(2025, 5, 6), LastSeenAt: day(2025, 5, 9), Days: 3}
	return f
}

// dangling is a key in objects that no ref reaches.
func dangling() scanner.Finding {
	_, key := newKey(3)
	return finding(
		3,
		scanner.Occurrence{
			Path: "notes.txt", Line: 1, Column: 1, Object: scanner.ObjectBlob, OID: sha(7), Reflogs: []string{"HEAD@{3}"},
			Commit: commit(7, day(2026, 8, 30), "wip"),
			Frame:  frame(1, 0, key, key.String()),
		},
		scanner.Occurrence{
			Line: 1, Column: 1, Object: scanner.ObjectBlob, OID: sha(8),
			Frame: frame(1, 0, key, key.String()),
		},
	)
}

// plainLiteral is a credential in an ApiKey header that is no key.
func plainLiteral() scanner.Finding {
	return scanner.Finding{
		Rule: headerRule, Severity: rules.Warning, Confidence: rules.Medium,
		Message:     "A literal in an ApiKey Authorization header, a scheme that other services use too.",
		Fingerprint: "0123456789abcdef", Secret: redact.NewSecret("s3cr3t-of-elastic"),
		Occurrences: []scanner.Occurrence{{
			Rule: &headerRule, Severity: rules.Warning, Confidence: rules.Medium,
			Path: "search.sh", Line: 1, Column: 30, EndLine: 1, EndColumn: 47, Object: scanner.ObjectFile, OnDisk: true,
			Frame: scanner.Frame{FirstLine: 1, Lines: []string{`curl -H "Authorization: ApiKey ****" $URL`}, MarkStart: 31, MarkEnd: 35},
		}},
	}
}

// documented is the example of QA Sphere's authentication page.
func documented() scanner.Finding {
	key := rules.Key{TenantID: "t123", KeyID: "ak456"}
	return scanner.Finding{
		Rule: shortRule, Severity: rules.Note, Confidence: rules.High, Message: "The example key of QA Sphere's documentation.",
		Fingerprint: key.Fingerprint(), Key: key, Secret: redact.NewSecret(strings.Join([]string{"t123", "ak456", "abc789xyz"}, ".")),
		Occurrences: []scanner.Occurrence{{
			Rule: &shortRule, Severity: rules.Note, Confidence: rules.High,
			Path: "docs/api.md", Line: 9, Column: 1, EndLine: 9, EndColumn: 21, Object: scanner.ObjectFile, OnDisk: true,
			Frame: frame(9, 0, key, key.String()),
		}},
	}
}

// suppressed is a finding that does not count.
func suppressed(seed uint64, by string) scanner.Finding {
	s := &scanner.Suppression{By: by, Reason: "a test's own key", Until: day(2027, 1, 1)}
	f := finding(seed, scanner.Occurrence{
		Path: "test/fixture.txt", Line: 1, Column: 1, Object: scanner.ObjectFile, OnDisk: true, Suppressed: s,
	})
	f.Suppressed = s
	return f
}

var wholeCoverage = scanner.Coverage{Files: 1234, Objects: 205518, Bytes: 1_460_000_000, Refs: 12, Seconds: 2.05}

// rich has something of everything.
func rich() *scanner.Result {
	c := wholeCoverage
	c.Shallow = true
	c.Notes = []string{"sub/folder lies inside a repository and is read as files, without its history."}
	c.Skipped = []scanner.Skip{
		{Path: "assets/big.bin", Kind: scanner.SkipPolicy, Reason: "larger than 64 MB"},
		{Path: ".git/objects/pack/pack-" + sha(9) + ".pack", Kind: scanner.SkipFailed, Reason: "object at 12345: zlib: invalid checksum"},
	}
	return &scanner.Result{
		Base: ".", Coverage: c,
		Findings: []scanner.Finding{
			inHead(), inHistory(), dangling(), plainLiteral(), documented(),
			suppressed(20, "inline"), suppressed(21, "config"),
		},
	}
}

// oneFile is what a scan of a folder outside any repository finds.
func oneFile() *scanner.Result {
	_, key := newKey(4)
	return &scanner.Result{
		Base:     "/srv/tests",
		Coverage: scanner.Coverage{Files: 3, Bytes: 4120, Seconds: 0.004},
		Findings: []scanner.Finding{finding(4, scanner.Occurrence{
			Path: "env/.env", Line: 1, Column: 11, Object: scanner.ObjectFile, OnDisk: true,
			Frame: frame(1, 0, key, "QAS_TOKEN="+key.String(), "QAS_URL=https://acme.eu1.qasphere.com"),
		})},
	}
}

func clean() *scanner.Result { return &scanner.Result{Base: ".", Coverage: wholeCoverage} }

func incomplete() *scanner.Result {
	c := wholeCoverage
	for i := range 30 {
		c.Skipped = append(c.Skipped,
			scanner.Skip{Path: fmt.Sprintf("private/%d.txt", i), Kind: scanner.SkipFailed, Reason: "permission denied"},
			scanner.Skip{Path: fmt.Sprintf("video/%d.mp4", i), Kind: scanner.SkipPolicy, Reason: "larger than 64 MB"})
	}
	return &scanner.Result{Base: ".", Coverage: c}
}

func onlySuppressed() *scanner.Result {
	known, fresh := suppressed(22, "baseline"), suppressed(20, "inline")
	known.Baseline, fresh.Baseline = scanner.BaselineUnchanged, scanner.BaselineNew
	return &scanner.Result{Coverage: wholeCoverage, Findings: []scanner.Finding{fresh, known}}
}

// hostile holds text that would have a terminal, a workflow or a reader obey.
func hostile() *scanner.Result {
	_, key := newKey(5)
	evil := "]]>`a``b`|@mention #1 www.evil.example ##[error]x ::set-output name=a::b\x00\v\xc3\x28 <img src=x onerror=alert(1)>\x1b[2J\x1b]8;;http://evil.example\x07\r\n::error::\u202eevil\u2066\u009b31m\xff{0}[a](b)\U000e0041<!--"
	f := finding(5, scanner.Occurrence{
		Path: "a dir/" + evil + "/日本.txt", Line: 1, Column: 9, Object: scanner.ObjectFile, OID: sha(1), PlainText: true,
		Layers: []string{"zip:" + evil}, OnDisk: true, Reachable: true,
		Commit:    &scanner.Commit{SHA: sha(2), Author: evil + " <e@example.com>", Date: day(2025, 2, 3), Summary: evil},
		RemovedBy: &scanner.Commit{SHA: sha(3), Author: evil, Summary: evil},
		Refs:      []string{"refs/heads/" + evil}, Reflogs: []string{evil},
		Frame: frame(1, 1, key, evil, "日本語\t"+evil+key.String()+evil, evil+"\r"),
	})
	f.Message = evil
	f.Key.TenantID += "-x"
	c := wholeCoverage
	c.Notes = []string{evil}
	c.Skipped = []scanner.Skip{
		{Path: evil, Kind: scanner.SkipFailed, Reason: evil},
		{Path: evil, Kind: scanner.SkipPolicy, Reason: evil},
	}
	return &scanner.Result{Base: "/tmp/" + evil, Findings: []scanner.Finding{f}, Coverage: c}
}

// crowded has so many findings, the first of which has so many occurrences.
func crowded(findings, occurrences int) *scanner.Result {
	result := &scanner.Result{Base: ".", Coverage: wholeCoverage}
	for i := range findings {
		f := inHistory()
		_, f.Key = newKey(uint64(100 + i))
		f.Fingerprint = f.Key.Fingerprint()
		result.Findings = append(result.Findings, f)
	}
	first := &result.Findings[0]
	for i := range occurrences - 1 {
		at := first.Occurrences[0]
		at.Path, at.Line = fmt.Sprintf("suites/%04d/config.yml", i), i+1
		first.Occurrences = append(first.Occurrences, at)
	}
	return result
}

// results are those that tests of every format go through, by name.
func results() map[string]*scanner.Result {
	return map[string]*scanner.Result{
		"rich": rich(), "verified": verified(), "one-file": oneFile(), "clean": clean(), "incomplete": incomplete(),
		"suppressed": onlySuppressed(), "hostile": hostile(), "crowded": crowded(40, 40), "empty": {},
	}
}

// encodings returns the forms in which a secret could come out of a report.
func encodings(secret string) []string {
	forms := []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret)}
	var percent, utf16 strings.Builder
	for _, c := range []byte(secret) {
		fmt.Fprintf(&percent, "%%%02X", c)
		utf16.WriteByte(c)
		utf16.WriteByte(0)
	}
	forms = append(forms, percent.String(), utf16.String())
	for alignment := range 3 {
		text := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", alignment) + secret + "xxx"))
		// The digits at the ends hold bits of what stands beside the secret.
		forms = append(forms, text[4:len(text)-4])
	}
	return forms
}
