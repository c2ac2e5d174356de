package report

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

const (
	projectURI = "https://github.com/qasleaks/qasleaks"
	rulesURI   = projectURI + "/blob/main/docs/rules.md#"
	// sarifSchema is the address that the standard gives the schema in errata 01.
	sarifSchema   = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json"
	sarifLanguage = "en-US"
	// sourceRoot is the symbol that code scanning services take for the root of
	// the checkout.
	sourceRoot = "%SRCROOT%"
	// sarifFingerprint names our fingerprint and the version of its recipe.
	sarifFingerprint = "qasleaks/v1"
	// sarifCategory tells the results of this tool from those of others that are
	// uploaded for the same commit: GitHub uses it up to its last slash.
	sarifCategory = "qasleaks/"
)

// SARIF writes the result as SARIF 2.1.0 (OASIS standard, errata 01): a rule for
// each that found something, and one result a finding, at its first occurrence
// that is present. The other occurrences are related locations, and the
// history of the key is a code flow. Members that say nothing are left out. Several
// repositories have a run each. With Options.SARIFForGitHub it keeps to what GitHub code
// scanning accepts, which is one run.
func SARIF(w io.Writer, r *scanner.Result, o Options) error {
	size := newGzipSize()
	if o.SARIFForGitHub {
		w = io.MultiWriter(w, size)
	}
	out := newJSONWriter(w)
	out.layout.sparse = true
	run := func(r *scanner.Result, first, last bool) error {
		s := &sarifLog{view: newView(r, o), index: map[string]int{}}
		return s.write(out, size, first, last)
	}
	if err := eachRun(r, o, run); err != nil {
		return fmt.Errorf("write SARIF report: %w", err)
	}
	out.printf("\n")
	if err := out.flush(); err != nil {
		return fmt.Errorf("write SARIF report: %w", err)
	}
	return nil
}

// eachRun writes the runs of a log, the next of which is made when it is its turn.
func eachRun(r *scanner.Result, o Options, write func(r *scanner.Result, first, last bool) error) error {
	if len(r.Repositories) < 2 || o.SARIFForGitHub {
		return write(r, true, true)
	}
	var waiting *scanner.Result
	first := true
	for run := range r.ByRepository() {
		if waiting != nil {
			if err := write(waiting, first, false); err != nil {
				return err
			}
			first = false
		}
		waiting = run
	}
	return write(waiting, first, true)
}

// What is around the runs of a log.
const (
	sarifBeforeRuns = "\"runs\": [\n    "
	sarifAfterRuns  = "\n  ]\n}"
)

// write writes one run: with the start of the log if it is the first, and the end of the
// log if it is the last.
func (s *sarifLog) write(out *jsonWriter, size *gzipSize, first, last bool) error {
	found := s.all
	if s.options.SARIFForGitHub {
		found = s.forGitHub()
	}
	envelope, err := s.envelope(found)
	if err != nil {
		return err
	}
	head, tail, _ := bytes.Cut(envelope, []byte(sarifNoResults))
	if !first {
		_, head, _ = bytes.Cut(head, []byte(sarifBeforeRuns))
		out.printf(",\n    ")
	}
	if !last {
		tail = bytes.TrimSuffix(tail, []byte(sarifAfterRuns))
	}
	out.write(head)
	out.printf(`"results": `)
	written := 0
	results := iter.Seq[any](func(yield func(any) bool) {
		for _, f := range found {
			if s.options.SARIFForGitHub && size.of() > maxGitHubSize || !yield(s.resultOf(s.load(f))) {
				return
			}
			written++
		}
	})
	if !s.options.SARIFForGitHub { // there the size of what is written limits their number
		results = ahead(results)
	}
	out.list("      ", results)
	if written < len(found) && out.err == nil {
		s.cut("%s left out, the least urgent: GitHub accepts files of 10 MB.", count(len(found)-written, "finding"))
	}
	// Only now is it known what was left out.
	out.printf(",\n      \"invocations\": ")
	out.value("      ", []*sarifInvocation{s.invocation()})
	out.write(tail)
	return out.err
}

// sarifLog is a SARIF report in the making.
type sarifLog struct {
	*view
	// index is the place of each rule in the list of rules, by its ID in the report.
	index map[string]int
	// cuts say what was left out for a service.
	cuts []string
}

// sarifNoResults is in the envelope where the results belong. No string
// can hold it: quotes in strings are escaped.
const sarifNoResults = `"results": []`

// envelope returns the whole log of one run but for its results and its invocation.
func (s *sarifLog) envelope(found []*scanner.Finding) ([]byte, error) {
	version := semanticVersion(s.options.Version)
	driver := sarifDriver{
		Name: "qasleaks", InformationURI: projectURI, Version: version, SemanticVersion: version,
		Contents: []string{"localizedData", "nonLocalizedData"}, Language: sarifLanguage,
		Rules: []*sarifDescriptor{},
	}
	for _, f := range found {
		rule := sarifRuleOf(f)
		if _, seen := s.index[rule.id]; !seen {
			s.index[rule.id] = len(s.index)
			driver.Rules = append(driver.Rules, rule.descriptor())
		}
	}
	run := sarifRun{
		Tool:              sarifTool{driver},
		ColumnKind:        "utf16CodeUnits",
		Language:          sarifLanguage,
		NewlineSequences:  []string{"\r\n", "\n"},
		AutomationDetails: sarifAutomation{sarifCategory},
		OriginalURIBaseIDs: map[string]sarifArtifact{
			sourceRoot: {Description: newSARIFMessage("The root of the checkout, or else the target of the scan.")},
		},
		Properties: sarifCoverage(s.result.Coverage),
		Results:    []*sarifResult{},
	}
	for _, repository := range s.result.Repositories {
		if details := s.versionControl(repository); details != nil {
			run.VersionControlProvenance = append(run.VersionControlProvenance, details)
		}
	}
	var b bytes.Buffer
	out := newJSONWriter(&b)
	out.layout.sparse = true
	out.value("", sarifFile{sarifSchema, "2.1.0", []sarifRun{run}})
	err := out.flush()
	return b.Bytes(), err
}

// semanticVersion returns a version as a semantic version, which "devel" is not.
func semanticVersion(version string) string {
	version = strings.TrimPrefix(version, "v")
	if version == "" || version[0] >= '0' && version[0] <= '9' {
		return version
	}
	return "0.0.0-" + version
}

// versionControl says which version was scanned; nil for a repository that has
// no address, which SARIF asks for.
func (s *sarifLog) versionControl(repository scanner.Repository) *sarifVersionControl {
	if repository.Remote == "" {
		return nil
	}
	mapped := &sarifArtifact{URIBaseID: sourceRoot}
	if root := s.fromRoot(repository.Path); root != "" && root != "." && !path.IsAbs(root) {
		mapped = s.artifactAt(root + "/")
	}
	return &sarifVersionControl{RepositoryURI: repository.Remote, RevisionID: repository.Head, Branch: repository.Branch, MappedTo: mapped}
}

// artifact names a file by its path in an occurrence.
func (s *sarifLog) artifact(name string) *sarifArtifact {
	return s.artifactAt(s.fromRoot(name))
}

// artifactAt names a file relative to the source root.
func (s *sarifLog) artifactAt(name string) *sarifArtifact {
	if isURL(name) && !s.options.SARIFForGitHub {
		return &sarifArtifact{URI: name}
	}
	name = strings.TrimPrefix(name, "https://")
	if strings.HasPrefix(name, "/") {
		if !s.options.SARIFForGitHub {
			return &sarifArtifact{URI: (&url.URL{Scheme: "file", Path: name}).String()}
		}
		name = strings.TrimLeft(name, "/") // GitHub accepts only relative ones
	}
	return &sarifArtifact{URI: (&url.URL{Path: name}).String(), URIBaseID: sourceRoot}
}

// invocation says whether everything was read, what was not, and what was left
// out of the report.
func (s *sarifLog) invocation() *sarifInvocation {
	c := s.result.Coverage
	invocation := &sarifInvocation{ExecutionSuccessful: c.Complete(), StartTimeUTC: sarifTime(s.began()), EndTimeUTC: sarifTime(s.now)}
	say := func(level, text string) *sarifNotification {
		notification := &sarifNotification{Level: level, Message: newSARIFMessage(text)}
		invocation.ToolExecutionNotifications = append(invocation.ToolExecutionNotifications, notification)
		return notification
	}
	skips := c.Skipped
	if s.options.SARIFForGitHub && len(skips) > maxGitHubSkips {
		skips = slices.Clone(skips)
		slices.SortStableFunc(skips, func(a, b scanner.Skip) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
		s.cut("%s that could not be read or were skipped by policy are not named.", count(len(skips)-maxGitHubSkips, "item"))
		skips = skips[:maxGitHubSkips]
	}
	for _, skip := range skips {
		level, what := "note", "Skipped by policy"
		if skip.Kind == scanner.SkipFailed {
			level, what = "error", "Could not be read"
		}
		notification := say(level, what+": "+skip.Reason)
		if skip.Path != "" {
			notification.Locations = []sarifLocation{{PhysicalLocation: &sarifPhysical{ArtifactLocation: s.artifact(skip.Path)}}}
		}
	}
	if text := s.notChecked(); text != "" {
		say("warning", text)
	}
	for _, note := range s.coverageNotes() {
		say("note", note)
	}
	for _, cut := range s.cuts {
		say("warning", cut)
	}
	return invocation
}

func sarifTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func sarifCoverage(c scanner.Coverage) sarifProperties {
	return sarifProperties{"coverage": map[string]any{
		"files": c.Files, "objects": c.Objects, "bytes": c.Bytes, "seconds": c.Seconds,
		"refs": c.Refs, "shallow": c.Shallow, "complete": c.Complete(),
	}}
}

func newSARIFMessage(text string) *sarifMessage { return &sarifMessage{neutral.SARIF(text)} }
