package scanner

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// result makes the result of the scan: redacted findings, in order. base is the directory
// that paths are relative to.
func (s *scan) result(base string) *Result {
	s.seeNames()
	r := &Result{Coverage: s.coverage, Base: base, at: s.now, sharedKeys: s.rule(sharedKeysID)}
	mask := redact.New()
	r.Findings = make([]Finding, 0, len(s.groups))
	for _, g := range s.joined() {
		for _, secret := range g.secrets() {
			addSecret(mask, secret, g.key)
		}
		for _, piece := range g.pieces {
			mask.Add(piece)
		}
		r.Findings = append(r.Findings, s.findings(g)...)
	}
	for _, secret := range s.masked {
		mask.Add(secret)
	}
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return f.Confidence < s.opts.MinConfidence })
	r.Repositories = s.nameRepositories(r.Findings)
	r.Whole = s.whole()
	s.suppress(r.Findings, r.Whole && !s.opts.OneOfMany)
	s.uselessExclusions(r.Whole && !s.opts.OneOfMany)
	r.Coverage.Notes = s.coverage.Notes
	masking{mask, s.detector, map[string]string{}, map[string]string{}}.result(r)
	SortFindings(r.Findings)
	slices.SortFunc(r.Coverage.Skipped, compareSkips)
	r.Coverage.Skipped = slices.Compact(r.Coverage.Skipped)
	return r
}

func compareSkips(a, b Skip) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
}

func compareSecrets(a, b redact.Secret) int { return strings.Compare(a.Reveal(), b.Reveal()) }

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// joined returns the groups. Those of different literals in equal lines of a file have a
// fingerprint in common, and are one.
func (s *scan) joined() []*group {
	all := slices.SortedFunc(maps.Values(s.groups), func(a, b *group) int { return strings.Compare(a.id, b.id) })
	with := make([]int, len(all)) // the group that each belongs to, or one on the way there
	whole := func(i int) int {
		for with[i] != i {
			with[i] = with[with[i]]
			i = with[i]
		}
		return i
	}
	first := map[fingerprint]int{} // the group with a place
	for i, g := range all {
		with[i] = i
		for _, o := range g.occurrences {
			if o.id == (fingerprint{}) {
				continue
			}
			other, ok := first[o.id]
			if !ok {
				first[o.id], other = i, i
			}
			a, b := whole(other), whole(i)
			with[max(a, b)] = min(a, b)
		}
	}
	for i, g := range all {
		if to := all[whole(i)]; to != g {
			to.occurrences = append(to.occurrences, g.occurrences...)
			for _, secret := range g.secrets() {
				to.add(secret)
			}
			g.occurrences = nil
		}
	}
	return all
}

// findings makes the findings of a group: one for each path for a lint finding that is not
// about a key, else one.
func (s *scan) findings(g *group) []Finding {
	occurrences := mergeHead(g.occurrences)
	if len(occurrences) == 0 {
		return nil
	}
	slices.SortFunc(occurrences, compareOccurrences)
	if first := occurrences[0]; g.key != (rules.Key{}) {
		return []Finding{s.finding(g, g.id, occurrences)}
	} else if !first.Rule.Lint || first.about != nil {
		return []Finding{s.finding(g, first.id.String(), occurrences)}
	}
	byPath := map[string][]Occurrence{}
	for _, o := range occurrences {
		byPath[o.Path] = append(byPath[o.Path], o)
	}
	var findings []Finding
	for _, all := range byPath {
		findings = append(findings, s.finding(g, all[0].id.String(), all))
	}
	return findings
}

// mergeHead merges the occurrence in a file on disk with the occurrence at the same
// path at HEAD: it takes the position from the disk and the history from HEAD.
func mergeHead(all []Occurrence) []Occurrence {
	atHead := map[string]Occurrence{}
	onDisk := map[string]bool{}
	for _, o := range all {
		if o.AtHead {
			atHead[o.Path] = o
		}
	}
	if len(atHead) == 0 {
		return all
	}
	for _, o := range all {
		if o.OnDisk {
			onDisk[o.Path] = true
		}
	}
	var merged []Occurrence
	for _, o := range all {
		if o.AtHead && onDisk[o.Path] {
			continue
		}
		if head, ok := atHead[o.Path]; ok && o.OnDisk {
			o.OID, o.Commit, o.RemovedBy, o.Refs, o.Reflogs = head.OID, head.Commit, head.RemovedBy, head.Refs, head.Reflogs
			o.PlainText = o.PlainText && head.PlainText
			o.Reachable, o.AtHead, o.first, o.last = head.Reachable, true, head.first, head.last
		}
		merged = append(merged, o)
	}
	return merged
}

func compareOccurrences(a, b Occurrence) int {
	return cmp.Or(
		compareBool(b.AtHead || b.OnDisk, a.AtHead || a.OnDisk),
		compareBool(b.Reachable, a.Reachable),
		cmp.Compare(a.Path, b.Path),
		b.last.Compare(a.last),
		cmp.Compare(a.OID, b.OID),
		slices.Compare(a.Layers, b.Layers),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
	)
}

// finding makes a finding from sorted occurrences.
func (s *scan) finding(g *group, fingerprint string, occurrences []Occurrence) Finding {
	f := Finding{Fingerprint: fingerprint, Key: g.key, Secret: g.secret, Occurrences: occurrences}
	if about := occurrences[0].about; about != nil {
		f.About = *about
	}
	f.Secrets = g.secrets()
	f.several = g.several || len(f.Secrets) > 1
	var worst *Occurrence
	for i, o := range occurrences {
		f.Hosts = detect.AddHosts(f.Hosts, o.hosts)
		if worst == nil || compareSeverity(o, *worst) > 0 {
			worst = &occurrences[i]
		}
		if o.Severity > f.Severity || o.Severity == f.Severity && o.Confidence > f.Confidence {
			f.Severity, f.Confidence = o.Severity, o.Confidence
		}
	}
	if f.Local = isLocal(occurrences); f.Local {
		f.Severity = rules.Note
		for i := range occurrences {
			occurrences[i].Severity = rules.Note
		}
	}
	f.Rule = *worst.Rule
	f.Exposure = s.exposure(occurrences)
	text := worst.message
	text.remarks = slices.Concat(text.remarks, s.remarks(g, f))
	f.Message = text.String()
	return f
}

// leaked reports whether the finding about the key of a group is an error.
func (g *group) leaked() bool {
	all := mergeHead(g.occurrences)
	return !isLocal(all) && slices.ContainsFunc(all, func(o Occurrence) bool { return o.Severity == rules.Error })
}

// isLocal reports whether all occurrences are in ignored files that are not build
// output, which may ship.
func isLocal(occurrences []Occurrence) bool {
	return !slices.ContainsFunc(occurrences, func(o Occurrence) bool {
		return !o.ignored || o.Rule.Lint || o.client != "" || o.Committed() || doublestar.MatchUnvalidated(generated, o.Path)
	})
}

// remarks returns what is unusual about a key.
func (s *scan) remarks(g *group, f Finding) []string {
	const oneDay = 24 * time.Hour // tolerance for clock differences
	var remarks []string
	if f.Local {
		remarks = append(remarks, "local, not committed")
	}
	if g.key.Documented() {
		remarks = append(remarks, "it is not a secret")
	}
	if !f.Exposure.FirstCommitAt.IsZero() && g.key.CreatedAt.After(f.Exposure.FirstCommitAt.Add(oneDay)) {
		remarks = append(remarks, "the commit that added it is older than the key: one of the two clocks is wrong")
	}
	if g.key.CreatedAt.After(s.now.Add(oneDay)) {
		remarks = append(remarks, "the creation time in its key ID is in the future")
	}
	if slices.ContainsFunc(f.Occurrences, func(o Occurrence) bool { return o.scim && !o.Rule.Lint }) && !g.key.Documented() {
		remarks = append(remarks, "it is used for SCIM, so it can create and disable users")
	}
	switch isKey := g.key != (rules.Key{}); {
	case isKey && f.several:
		remarks = append(remarks, "several tokens were found with this key ID")
	case f.several:
		remarks = append(remarks, "several values were found in equal lines")
	}
	return remarks
}

// compareSeverity orders two occurrences of a key, the less severe first.
func compareSeverity(a, b Occurrence) int {
	return cmp.Or(
		cmp.Compare(a.Severity, b.Severity),
		compareBool(a.client != "", b.client != ""),
		cmp.Compare(a.Confidence, b.Confidence),
	)
}

// exposure summarizes occurrences. A key that is at HEAD or on disk was last seen now.
func (s *scan) exposure(occurrences []Occurrence) Exposure {
	var e Exposure
	for _, o := range occurrences {
		if !o.first.IsZero() && (e.FirstCommitAt.IsZero() || o.first.Before(e.FirstCommitAt)) {
			e.FirstCommitAt = o.first
		}
		last := o.last
		if o.AtHead || o.OnDisk {
			last = s.now
		}
		if last.After(e.LastSeenAt) {
			e.LastSeenAt = last
		}
		e.AtHead = e.AtHead || o.AtHead
		e.Client = e.Client || o.client != ""
	}
	if !e.FirstCommitAt.IsZero() && e.LastSeenAt.After(e.FirstCommitAt) {
		e.Days = int(e.LastSeenAt.Sub(e.FirstCommitAt) / (24 * time.Hour))
	}
	return e
}
