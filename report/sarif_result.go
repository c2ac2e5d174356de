package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// maxFlow is how many events the code flow of a key shows.
const maxFlow = 100

func (s *sarifLog) resultOf(f *scanner.Finding) *sarif.Result {
	rule := sarifRuleOf(f)
	text := s.summaryOf(f)
	fingerprints := map[string]string{sarifFingerprint: f.Fingerprint}
	places := f.Occurrences
	if s.options.SARIFForGitHub {
		fingerprints["primaryLocationLineHash"] = f.Fingerprint + ":1"
		if len(places) > maxGitHubPlaces {
			text += fmt.Sprintf(" The first %d places are listed.", maxGitHubPlaces)
		}
	}
	result := sarif.NewRuleResult(rule.id).
		WithRuleIndex(s.index[rule.id]).
		WithLevel(f.Severity.String()).
		WithMessage(sarifMessage(text)).
		WithPartialFingerprints(fingerprints).
		WithProperties(sarifKey(f))
	primary := primaryOccurrence(places)
	result.AddLocation(s.location(f, primary))
	for i := range places {
		if s.options.SARIFForGitHub && len(result.RelatedLocations) == maxGitHubPlaces-1 {
			break
		}
		if i != primary {
			result.AddRelatedLocation(s.related(i, &places[i]))
		}
	}
	if flow := s.flow(f, primary); len(flow) > 1 {
		result.AddCodeFlow(sarif.NewCodeFlow().
			WithMessage(sarifMessage("The history of the key")).
			AddThreadFlow(sarif.NewThreadFlow().WithLocations(flow)))
	}
	if !s.options.SARIFForGitHub {
		s.triage(result, f)
	}
	return result
}

// triage adds what GitHub does not read: the baseline, suppressions and fixes.
func (s *sarifLog) triage(result *sarif.Result, f *scanner.Finding) {
	if f.Baseline != "" {
		result.WithBaselineState(string(f.Baseline))
	}
	if f.Suppressed != nil {
		result.AddSuppression(sarifSuppression(f.Suppressed))
	}
	for i := range f.Occurrences {
		if at := &f.Occurrences[i]; at.Fix != nil {
			result.AddFixe(s.fix(at))
		}
	}
}

// fix is an edit of one file.
func (s *sarifLog) fix(at *scanner.Occurrence) *sarif.Fix {
	region := sarif.NewRegion().WithStartLine(at.Fix.Line).WithStartColumn(at.Fix.Column).
		WithEndLine(at.Fix.Line).WithEndColumn(at.Fix.EndColumn)
	replacement := sarif.NewReplacement().WithDeletedRegion(region).
		WithInsertedContent(sarif.NewArtifactContent().WithText(at.Fix.Text))
	return sarif.NewFix().
		WithDescription(sarifMessage(fixDescription(at))).
		AddArtifactChange(sarif.NewArtifactChange().
			WithArtifactLocation(s.artifact(cmp.Or(at.Fix.Path, pathOf(at)))).AddReplacement(replacement))
}

func fixDescription(at *scanner.Occurrence) string {
	if !at.Rule.Lint {
		return "Read the key from the environment or a secret manager. Rotate the key too: it may have been seen."
	}
	return capital(fixWords(at.Fix)) + ". If this has exposed a key, rotate that key too."
}

// location is the place that a viewer shows, with the lines around it.
func (s *sarifLog) location(f *scanner.Finding, i int) *sarif.Location {
	at := &f.Occurrences[i]
	place := s.physical(at, true)
	if frame := at.Frame; len(frame.Lines) > 0 && frame.FirstLine > 0 && place.Region != nil {
		place.WithContextRegion(sarif.NewRegion().
			WithStartLine(frame.FirstLine).WithEndLine(max(frame.FirstLine+len(frame.Lines)-1, at.EndLine)).
			WithSnippet(sarif.NewArtifactContent().WithText(strings.Join(frame.Lines, "\n"))))
	}
	return sarif.NewLocation().WithPhysicalLocation(place)
}

func (s *sarifLog) related(i int, at *scanner.Occurrence) *sarif.Location {
	text := "Also here"
	if name := messageName(at); name != "" {
		text = "Also in " + name
	}
	if words := s.inShort(at); words != "" {
		text += ": " + words
	}
	return sarif.NewLocation().WithID(i).WithMessage(sarifMessage(text + ".")).WithPhysicalLocation(s.physical(at, true))
}

// flow tells the history of a key as steps of a code flow.
func (s *sarifLog) flow(f *scanner.Finding, primary int) []*sarif.ThreadFlowLocation {
	var flow []*sarif.ThreadFlowLocation
	for _, e := range cutHistory(historyOf(f), maxFlow) {
		text := s.describe(f, e, datedCommit)
		if e.kind == wasCreated {
			text = date(e.at) + ": " + text
		}
		location := sarif.NewLocation().WithMessage(sarifMessage(text))
		switch {
		case e.occurrence >= 0:
			location.WithPhysicalLocation(s.physical(&f.Occurrences[e.occurrence], false))
		case s.options.SARIFForGitHub:
			continue // it takes no step without a file
		}
		importance := "important"
		if e.kind == wasCreated || e.kind == wasCommitted || e.kind == isPresent && e.occurrence == primary {
			importance = "essential"
		}
		flow = append(flow, sarif.NewThreadFlowLocation().WithLocation(location).WithImportance(importance))
	}
	return flow
}

func sarifKey(f *scanner.Finding) *sarif.PropertyBag {
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

// physical says where an occurrence is, with its text if snippet is set.
func (s *sarifLog) physical(at *scanner.Occurrence, snippet bool) *sarif.PhysicalLocation {
	place := sarif.NewPhysicalLocation().WithArtifactLocation(s.artifact(pathOf(at)))
	if at.Line < 1 || at.Column < 1 {
		return place
	}
	region := sarif.NewRegion().WithStartLine(at.Line).WithStartColumn(at.Column)
	if at.EndLine >= at.Line && at.EndColumn >= 1 {
		region.WithEndLine(at.EndLine).WithEndColumn(at.EndColumn)
	}
	if mark := marked(at.Frame); mark != "" && snippet {
		region.WithSnippet(sarif.NewArtifactContent().WithText(mark))
	}
	return place.WithRegion(region)
}
