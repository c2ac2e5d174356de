package report

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

const (
	projectURI = "https://github.com/qasleaks/qasleaks"
	rulesURI   = projectURI + "/blob/main/docs/rules.md#"
	// sourceRoot is the symbol that code scanning services take for the root of
	// the checkout.
	sourceRoot = "%SRCROOT%"
	// sarifFingerprint names our fingerprint and the version of its recipe.
	sarifFingerprint = "qasleaks/v1"
)

// SARIF writes the result as SARIF 2.1.0 (OASIS standard, errata 01): a rule for
// each that found something, and one result a finding, at its first occurrence
// that is on disk or at HEAD; the others are related locations. Members that
// say nothing are left out.
func SARIF(w io.Writer, r *scanner.Result, o Options) error {
	found := foundRules(r.Findings)
	envelope, err := sarifEnvelope(r, o, found)
	if err != nil {
		return fmt.Errorf("write SARIF report: %w", err)
	}
	index := make(map[string]int, len(found))
	for i, rule := range found {
		index[rule.ID] = i
	}
	out := newJSONWriter(w, sparseJSON)
	head, tail, _ := bytes.Cut(envelope, []byte(sarifNoResults))
	out.write(head)
	out.printf(`"results": `)
	out.list("      ", len(r.Findings), func(i int) any {
		return sarifResult(r, r.Findings[i], index)
	})
	out.write(tail)
	out.printf("\n")
	if err := out.flush(); err != nil {
		return fmt.Errorf("write SARIF report: %w", err)
	}
	return nil
}

// sarifNoResults stands in the envelope where the results belong. No string
// can hold it: quotes in strings are escaped.
const sarifNoResults = `"results": []`

// sarifEnvelope returns the whole report but for its results.
func sarifEnvelope(r *scanner.Result, o Options, found []rules.Rule) ([]byte, error) {
	driver := sarif.NewToolComponent().WithName("qasleaks").WithInformationURI(projectURI)
	if o.Version != "" {
		driver.WithVersion(o.Version)
	}
	for _, rule := range found {
		driver.AddRule(sarifRule(rule))
	}
	run := sarif.NewRun().
		WithTool(sarif.NewTool().WithDriver(driver)).
		WithColumnKind("utf16CodeUnits").
		WithInvocations([]*sarif.Invocation{sarifInvocation(r)}).
		WithProperties(sarifCoverage(r.Coverage))
	report := sarif.NewReport()
	report.AddRun(run)

	var b bytes.Buffer
	out := newJSONWriter(&b, sparseJSON)
	out.value("", report)
	err := out.flush()
	return b.Bytes(), err
}

// foundRules returns the rules of the findings, each once, in order of
// appearance.
func foundRules(findings []scanner.Finding) []rules.Rule {
	var found []rules.Rule
	seen := make(map[string]bool)
	add := func(rule rules.Rule) {
		if !seen[rule.ID] {
			seen[rule.ID] = true
			found = append(found, rule)
		}
	}
	for i := range findings {
		add(sarifRuleOf(&findings[i]))
	}
	return found
}

func sarifRule(rule rules.Rule) *sarif.ReportingDescriptor {
	properties := sarif.NewPropertyBag().
		Add("security-severity", securitySeverity(rule)).
		Add("precision", sarifPrecision(rule.Confidence)).
		WithTags([]string{"security", "secret", "external/cwe/cwe-798"})
	return sarif.NewReportingDescriptor().
		WithID(rule.ID).
		WithShortDescription(sarifText(rule.Title)).
		WithFullDescription(sarifText(firstParagraph(rule.Help, rule.Title))).
		WithHelp(sarifText(rule.Help).WithMarkdown(rule.Help)).
		WithHelpURI(rulesURI + rule.ID).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(rule.Severity.String())).
		WithProperties(properties)
}

// securitySeverity is the number GitHub code scanning grades alerts by: over 9.0
// is critical, from 7.0 high, from 4.0 medium, below low.
func securitySeverity(r rules.Rule) string {
	switch {
	case r.ID == liveRule.ID:
		return "9.8"
	case r.Severity == rules.Error:
		return "8.6"
	case r.Severity == rules.Warning:
		return "5.5"
	}
	return "1.0"
}

// sarifPrecision is how often a rule is right, in the words of GitHub code
// scanning.
func sarifPrecision(c rules.Confidence) string {
	if c == rules.High {
		return "very-high"
	}
	return c.String()
}

// firstParagraph returns the first paragraph of a Markdown text that is not a
// heading, on one line.
func firstParagraph(markdown, otherwise string) string {
	for paragraph := range strings.SplitSeq(markdown, "\n\n") {
		paragraph = strings.TrimSpace(paragraph)
		if paragraph != "" && !strings.HasPrefix(paragraph, "#") {
			return strings.Join(strings.Fields(paragraph), " ")
		}
	}
	return otherwise
}

func sarifResult(r *scanner.Result, f scanner.Finding, ruleIndex map[string]int) *sarif.Result {
	rule := sarifRuleOf(&f)
	result := sarif.NewRuleResult(rule.ID).
		WithRuleIndex(ruleIndex[rule.ID]).
		WithLevel(f.Severity.String()).
		WithMessage(sarifMessage(sarifSentence(f))).
		WithPartialFingerprints(map[string]string{sarifFingerprint: f.Fingerprint}).
		WithProperties(sarifKey(f))
	if s := f.Suppressed; s != nil {
		result.AddSuppression(sarifSuppression(s))
	}
	primary := primaryOccurrence(f.Occurrences)
	for i, at := range f.Occurrences {
		location := sarif.NewLocation().WithPhysicalLocation(sarifPlace(r.Base, at))
		if i == primary {
			result.AddLocation(location)
			continue
		}
		location.WithID(i).WithMessage(sarifMessage(sarifSighting(at)))
		result.AddRelatedLocation(location)
	}
	return result
}

// primaryOccurrence returns the index of the occurrence to show where only one
// is: one that a reader finds in the checkout, if there is any.
func primaryOccurrence(occurrences []scanner.Occurrence) int {
	for i, at := range occurrences {
		if isPresent(at) && at.Suppressed == nil {
			return i
		}
	}
	for i, at := range occurrences {
		if isPresent(at) {
			return i
		}
	}
	return 0
}

// sarifSentence says what was found and which key to revoke.
func sarifSentence(f scanner.Finding) string {
	message := strings.TrimSuffix(f.Message, ".") + "."
	if f.Key == (rules.Key{}) {
		return message
	}
	message += fmt.Sprintf(" Tenant %s, key ID %s", f.Key.TenantID, f.Key.KeyID)
	if !f.Key.CreatedAt.IsZero() {
		message += ", made " + date(f.Key.CreatedAt)
	}
	return message + "." + livenessSentence(f.Liveness)
}

// sarifSighting says in a few words how an occurrence came to be.
func sarifSighting(at scanner.Occurrence) string {
	words := []string{"Also here"}
	if len(at.Layers) > 0 {
		words = append(words, "inside "+strings.Join(at.Layers, ", "))
	}
	if at.Commit != nil {
		words = append(words, "since commit "+shortSHA(at.Commit.SHA)+" of "+date(at.Commit.Date))
	}
	if at.RemovedBy != nil {
		words = append(words, "until commit "+shortSHA(at.RemovedBy.SHA)+" of "+date(at.RemovedBy.Date))
	}
	return strings.Join(words, ", ") + "."
}

func sarifKey(f scanner.Finding) *sarif.PropertyBag {
	properties := sarif.NewPropertyBag().Add("confidence", f.Confidence.String())
	if f.Key == (rules.Key{}) {
		return properties
	}
	properties.Add("tenantId", f.Key.TenantID).Add("keyId", f.Key.KeyID)
	if created := newJSONTime(f.Key.CreatedAt); created != nil {
		properties.Add("keyCreatedAt", created)
	}
	if f.Liveness != (scanner.Liveness{}) {
		properties.Add("liveness", newJSONLiveness(f.Liveness))
	}
	return properties
}

func sarifSuppression(s *scanner.Suppression) *sarif.Suppression {
	kind := "external"
	if s.By == "inline" {
		kind = "inSource"
	}
	suppression := sarif.NewSuppression().WithKind(kind).WithStatus("accepted")
	if s.Reason != "" {
		suppression.WithJustification(s.Reason)
	}
	if until := newJSONTime(s.Until); until != nil {
		suppression.WithProperties(sarif.NewPropertyBag().Add("until", until))
	}
	return suppression
}

func sarifPlace(base string, at scanner.Occurrence) *sarif.PhysicalLocation {
	place := sarif.NewPhysicalLocation().WithArtifactLocation(sarifArtifact(base, placeName(at)))
	if at.Line < 1 || at.Column < 1 {
		return place
	}
	region := sarif.NewRegion().WithStartLine(at.Line).WithStartColumn(at.Column)
	if at.EndLine >= at.Line && at.EndColumn >= 1 {
		region.WithEndLine(at.EndLine).WithEndColumn(at.EndColumn)
	}
	if mark := marked(at.Frame); mark != "" {
		region.WithSnippet(sarif.NewArtifactContent().WithText(mark))
	}
	return place.WithRegion(region)
}

// sarifArtifact names a file relative to the source root, which is taken to be
// where the scan was started, or the target if that is elsewhere.
func sarifArtifact(base, name string) *sarif.ArtifactLocation {
	if strings.HasPrefix(name, "/") {
		return sarif.NewArtifactLocation().WithURI((&url.URL{Scheme: "file", Path: name}).String())
	}
	if base != "" && filepath.IsLocal(base) {
		name = path.Join(filepath.ToSlash(base), name)
	}
	return sarif.NewArtifactLocation().WithURI((&url.URL{Path: name}).String()).WithURIBaseID(sourceRoot)
}

// sarifInvocation says whether everything was read, and what was not.
func sarifInvocation(r *scanner.Result) *sarif.Invocation {
	invocation := sarif.NewInvocation().WithExecutionSuccessful(r.Coverage.Complete())
	for _, s := range r.Coverage.Skipped {
		level := sarif.LevelNote
		if s.Kind == scanner.SkipFailed {
			level = sarif.LevelError
		}
		notification := sarifNotification(level, fmt.Sprintf("Not read (%s): %s", s.Kind, s.Reason))
		if s.Path != "" {
			place := sarif.NewPhysicalLocation().WithArtifactLocation(sarifArtifact(r.Base, s.Path))
			notification.AddLocation(sarif.NewLocation().WithPhysicalLocation(place))
		}
		invocation.AddToolExecutionNotification(notification)
	}
	for _, note := range coverageNotes(r.Coverage) {
		invocation.AddToolExecutionNotification(sarifNotification(sarif.LevelNote, note))
	}
	return invocation
}

func sarifNotification(level, text string) *sarif.Notification {
	return sarif.NewNotification().WithLevel(level).WithMessage(sarifMessage(text))
}

func sarifCoverage(c scanner.Coverage) *sarif.PropertyBag {
	return sarif.NewPropertyBag().Add("coverage", map[string]any{
		"files": c.Files, "objects": c.Objects, "bytes": c.Bytes, "seconds": c.Seconds,
		"refs": c.Refs, "shallow": c.Shallow, "complete": c.Complete(),
	})
}

func sarifText(text string) *sarif.MultiformatMessageString {
	return sarif.NewMultiformatMessageString().WithText(text)
}

// sarifMessage makes a message of text: braces, which would be placeholders, are
// doubled (SARIF 2.1.0, section 3.11.5), and what would be a link is escaped
// (3.11.6).
func sarifMessage(text string) *sarif.Message {
	text = strings.NewReplacer("{", "{{", "}", "}}", "](", `\](`).Replace(neutral(text))
	return sarif.NewMessage().WithText(text)
}
