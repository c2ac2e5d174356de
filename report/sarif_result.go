package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// maxFlow is how many events the code flow of a key shows.
const maxFlow = 100

func (s *sarifLog) resultOf(f *scanner.Finding) *sarifResult {
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
	primary := primaryOccurrence(places)
	result := &sarifResult{
		RuleID: rule.id, RuleIndex: s.index[rule.id], Level: f.Severity.String(), Message: newSARIFMessage(text),
		PartialFingerprints: fingerprints, Properties: sarifKey(f),
		Locations: []sarifLocation{s.location(f, primary)},
	}
	for i := range places {
		if s.options.SARIFForGitHub && len(result.RelatedLocations) == maxGitHubPlaces-1 {
			break
		}
		if i != primary {
			result.RelatedLocations = append(result.RelatedLocations, s.related(i, &places[i]))
		}
	}
	if flow := s.flow(f, primary); len(flow) > 1 {
		result.CodeFlows = []sarifCodeFlow{{newSARIFMessage("The history of the key"), []sarifThreadFlow{{flow}}}}
	}
	if !s.options.SARIFForGitHub {
		s.triage(result, f)
	}
	return result
}

// triage adds what GitHub does not read: the baseline, suppressions and fixes.
func (s *sarifLog) triage(result *sarifResult, f *scanner.Finding) {
	result.BaselineState = string(f.Baseline)
	if f.Suppressed != nil {
		result.Suppressions = []*sarifSuppression{newSARIFSuppression(f.Suppressed)}
	}
	for i := range f.Occurrences {
		if at := &f.Occurrences[i]; at.Fix != nil {
			result.Fixes = append(result.Fixes, s.fix(at))
		}
	}
}

// fix is an edit of one file.
func (s *sarifLog) fix(at *scanner.Occurrence) sarifFix {
	replacement := sarifReplacement{
		DeletedRegion:   sarifRegion{StartLine: at.Fix.Line, StartColumn: at.Fix.Column, EndLine: at.Fix.Line, EndColumn: at.Fix.EndColumn},
		InsertedContent: sarifContent{at.Fix.Text},
	}
	return sarifFix{
		Description:     newSARIFMessage(fixDescription(at)),
		ArtifactChanges: []sarifChange{{s.artifact(cmp.Or(at.Fix.Path, pathOf(at))), []sarifReplacement{replacement}}},
	}
}

func fixDescription(at *scanner.Occurrence) string {
	if !at.Rule.Lint {
		return "Read the key from the environment or a secret manager. Rotate the key too: it may have been seen."
	}
	return capital(fixWords(at.Fix)) + ". If this has exposed a key, rotate that key too."
}

// location is the place that a viewer shows, with the lines around it.
func (s *sarifLog) location(f *scanner.Finding, i int) sarifLocation {
	at := &f.Occurrences[i]
	place := s.physical(at, true)
	if frame := at.Frame; len(frame.Lines) > 0 && frame.FirstLine > 0 && place.Region != nil {
		place.ContextRegion = &sarifRegion{
			StartLine: frame.FirstLine, EndLine: max(frame.FirstLine+len(frame.Lines)-1, at.EndLine),
			Snippet: &sarifContent{strings.Join(frame.Lines, "\n")},
		}
	}
	return sarifLocation{PhysicalLocation: place}
}

func (s *sarifLog) related(i int, at *scanner.Occurrence) sarifLocation {
	text := "Also here"
	if name := messageName(at); name != "" {
		text = "Also in " + name
	}
	if words := s.inShort(at); words != "" {
		text += ": " + words
	}
	return sarifLocation{ID: &i, Message: newSARIFMessage(text + "."), PhysicalLocation: s.physical(at, true)}
}

// flow tells the history of a key as steps of a code flow.
func (s *sarifLog) flow(f *scanner.Finding, primary int) []sarifFlowLocation {
	var flow []sarifFlowLocation
	for _, e := range cutHistory(historyOf(f), maxFlow) {
		text := s.describe(f, e, datedCommit)
		if e.kind == wasCreated {
			text = date(e.at) + ": " + text
		}
		location := sarifLocation{Message: newSARIFMessage(text)}
		switch {
		case e.occurrence >= 0:
			location.PhysicalLocation = s.physical(&f.Occurrences[e.occurrence], false)
		case s.options.SARIFForGitHub:
			continue // it takes no step without a file
		}
		importance := "important"
		if e.kind == wasCreated || e.kind == wasCommitted || e.kind == isPresent && e.occurrence == primary {
			importance = "essential"
		}
		flow = append(flow, sarifFlowLocation{importance, location})
	}
	return flow
}

func sarifKey(f *scanner.Finding) sarifProperties {
	properties := sarifProperties{"confidence": f.Confidence.String()}
	if f.Key == (rules.Key{}) {
		return properties
	}
	properties["tenantId"], properties["keyId"] = f.Key.TenantID, f.Key.KeyID
	if created := newJSONTime(f.Key.CreatedAt); created != nil {
		properties["keyCreatedAt"] = created
	}
	if f.Liveness != (scanner.Liveness{}) {
		properties["liveness"] = newJSONLiveness(f.Liveness)
	}
	return properties
}

func newSARIFSuppression(s *scanner.Suppression) *sarifSuppression {
	suppression := &sarifSuppression{Kind: "external", Status: "accepted", Justification: s.Reason}
	if s.By == "inline" {
		suppression.Kind = "inSource"
	}
	if until := newJSONTime(s.Until); until != nil {
		suppression.Properties = sarifProperties{"until": until}
	}
	return suppression
}

// physical says where an occurrence is, with its text if snippet is set.
func (s *sarifLog) physical(at *scanner.Occurrence, snippet bool) *sarifPhysical {
	place := &sarifPhysical{ArtifactLocation: s.artifact(pathOf(at))}
	if at.Line < 1 || at.Column < 1 {
		return place
	}
	region := &sarifRegion{StartLine: at.Line, StartColumn: at.Column}
	if at.EndLine >= at.Line && at.EndColumn >= 1 {
		region.EndLine, region.EndColumn = at.EndLine, at.EndColumn
	}
	if mark := marked(at.Frame); mark != "" && snippet {
		region.Snippet = &sarifContent{mark}
	}
	place.Region = region
	return place
}
