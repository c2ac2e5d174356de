package report

import (
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// gitlabVersion is the version of GitLab's security report schemas, of which the
// report follows secret-detection-report-format.json.
const gitlabVersion = "15.0.4"

// noCommit is the commit of a finding that is in none, as in GitLab's own analyzer.
const noCommit = "0000000"

// maxGitLabPlaces is how many places of a key its details list.
const maxGitLabPlaces = 50

// GitLab writes a secret detection report (GitLab's
// artifacts:reports:secret_detection): a vulnerability a finding, whose ID is made
// of its fingerprint. GitLab ignores that ID, and takes two vulnerabilities for one
// if their first identifiers, files and lines are the same
// (lib/gitlab/ci/parsers/security in its source). So the first identifier is the
// fingerprint, too: then a new key on the line of an old one is a new
// vulnerability. The format has no place for suppressed findings: a message of the
// scan counts them.
func GitLab(w io.Writer, r *scanner.Result, o Options) error {
	g := gitlab{newView(r, o)}
	out := newJSONWriter(w)
	out.printf("{\n  \"version\": %q,\n  \"scan\": ", gitlabVersion)
	out.value("  ", g.scan())
	out.printf(",\n  \"vulnerabilities\": ")
	out.list("  ", each(len(g.found), func(i int) any { return g.vulnerability(g.load(g.found[i])) }))
	out.printf("\n}\n")
	if err := out.flush(); err != nil {
		return fmt.Errorf("write GitLab report: %w", err)
	}
	return nil
}

// gitlab makes a report for GitLab.
type gitlab struct{ *view }

type gitlabScan struct {
	Analyzer  gitlabTool      `json:"analyzer"`
	Scanner   gitlabTool      `json:"scanner"`
	Type      string          `json:"type"`
	StartTime string          `json:"start_time"`
	EndTime   string          `json:"end_time"`
	Status    string          `json:"status"`
	Messages  []gitlabMessage `json:"messages,omitempty"`
}

type gitlabTool struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	URL     string       `json:"url"`
	Vendor  gitlabVendor `json:"vendor"`
	Version string       `json:"version"`
}

type gitlabVendor struct {
	Name string `json:"name"`
}

type gitlabMessage struct {
	Level string `json:"level"`
	Value string `json:"value"`
}

type gitlabVulnerability struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Severity    string             `json:"severity"`
	Solution    string             `json:"solution"`
	Identifiers []gitlabIdentifier `json:"identifiers"`
	Location    gitlabLocation     `json:"location"`
	Details     map[string]any     `json:"details"`
}

type gitlabIdentifier struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	Value string `json:"value"`
	URL   string `json:"url"`
}

type gitlabLocation struct {
	File      string       `json:"file"`
	StartLine int          `json:"start_line,omitempty"`
	EndLine   int          `json:"end_line,omitempty"`
	Commit    gitlabCommit `json:"commit"`
}

type gitlabCommit struct {
	SHA     string    `json:"sha"`
	Author  string    `json:"author,omitempty"`
	Date    *jsonTime `json:"date,omitempty"`
	Message string    `json:"message,omitempty"`
}

// gitlabText, gitlabFile and gitlabList are fields of the details.
type gitlabText struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

type gitlabFile struct {
	Type string `json:"type"`
	Name string `json:"file_name"`
	Line int    `json:"line_start"`
}

type gitlabList struct {
	Type  string       `json:"type"`
	Name  string       `json:"name"`
	Items []gitlabFile `json:"items"`
}

func (g gitlab) scan() gitlabScan {
	const form = "2006-01-02T15:04:05"
	tool := gitlabTool{ID: "qasleaks", Name: "qasleaks", URL: projectURI, Vendor: gitlabVendor{"qasleaks"}, Version: g.options.Version}
	if tool.Version == "" {
		tool.Version = "devel"
	}
	scan := gitlabScan{
		Analyzer: tool, Scanner: tool, Type: "secret_detection", Status: "success",
		StartTime: g.began().UTC().Format(form), EndTime: g.now.UTC().Format(form),
	}
	say := func(level, text string) { scan.Messages = append(scan.Messages, gitlabMessage{level, text}) }
	skipped := g.result.Coverage.Skipped
	for i, s := range skipped {
		if i == maxGitLabPlaces {
			say("info", number(len(skipped)-i)+" more items were not read; --format json lists all")
			break
		}
		if s.Kind == scanner.SkipFailed {
			say("warn", "Could not be read: "+neutral.Log(s.Path)+": "+neutral.Log(s.Reason))
		} else {
			say("info", "Skipped by policy: "+neutral.Log(s.Path)+": "+neutral.Log(s.Reason))
		}
	}
	for _, note := range g.coverageNotes() {
		say("info", note)
	}
	if text := g.suppressedWords(); text != "" {
		say("info", text)
	}
	say("info", g.verdict())
	return scan
}

func (g gitlab) vulnerability(f *scanner.Finding) gitlabVulnerability {
	at := &f.Occurrences[primaryOccurrence(f.Occurrences)]
	location := gitlabLocation{File: g.fileOf(at), StartLine: at.Line, EndLine: at.EndLine, Commit: gitlabCommit{SHA: noCommit}}
	if c := at.Commit; c != nil {
		location.Commit = gitlabCommit{SHA: c.SHA, Author: neutral.Log(c.Author), Date: newJSONTime(c.Date), Message: neutral.Log(c.Summary)}
	}
	return gitlabVulnerability{
		ID: gitlabID(f.Fingerprint), Name: title(f), Severity: gitlabSeverity(f.Severity),
		Description: neutral.Markdown(g.summaryOf(f)), Solution: remedy(f),
		Identifiers: []gitlabIdentifier{
			{"qasleaks_fingerprint", "qasleaks " + f.Fingerprint, f.Fingerprint, rulesURI + f.Rule.ID},
			{"qasleaks_rule_id", "qasleaks rule " + f.Rule.ID, f.Rule.ID, rulesURI + f.Rule.ID},
			{"cwe", "CWE-798", "798", "https://cwe.mitre.org/data/definitions/798.html"},
		},
		Location: location, Details: g.details(f),
	}
}

func (g gitlab) details(f *scanner.Finding) map[string]any {
	details := map[string]any{}
	for _, fact := range g.factsOf(f) {
		details[string(fact.id)] = gitlabText{"text", fact.title(), fact.value}
	}
	places := gitlabList{Type: "list", Name: "Locations"}
	shown := f.Occurrences[:min(len(f.Occurrences), maxGitLabPlaces)]
	for i := range shown {
		places.Items = append(places.Items, gitlabFile{"file-location", g.fileOf(&shown[i]), shown[i].Line})
	}
	if len(f.Occurrences) > len(shown) {
		places.Name = fmt.Sprintf("The first %d of %s locations", len(shown), number(len(f.Occurrences)))
	}
	details["places"] = places
	return details
}

// gitlabID makes a UUID of version 8 (RFC 9562, section 5.8) of a fingerprint.
func gitlabID(fingerprint string) string {
	id := sha256.Sum256([]byte("qasleaks/" + fingerprint))
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])
}

func gitlabSeverity(s rules.Severity) string {
	switch s {
	case rules.Error:
		return "Critical"
	case rules.Warning:
		return "Medium"
	}
	return "Info"
}
