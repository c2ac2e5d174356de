package scanner

import (
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/delivery"
)

// deliver reports a key in client-side code by the rule for client-side code.
func (s *scan) deliver(f *sighting, d delivery.Delivery, b Blob) {
	if f.member == nil {
		f.at.client = d.At(f.hit.Start)
		if b.original != nil {
			f.at.Original = b.original(f.hit.Start)
		}
	}
	if b.served && f.at.client == "" {
		f.at.client = "in a file that the web site serves"
	}
	if f.at.Rule.Lint || f.hit.Key == (rules.Key{}) || f.hit.Severity != rules.Error {
		f.at.client = "" // a documented example, or a literal that may not be a key
	}
	rule := s.clientRule()
	if f.at.client == "" || rule == nil || !appliesTo(*rule, b.Path) {
		return
	}
	was := f.at
	f.hit.Rule = rule
	s.judged(&f.at, &f.hit)
	f.at.Confidence = was.Confidence
	if f.at.Suppressed == nil {
		f.at.Suppressed = was.Suppressed // a comment may name the rule that found the key
	}
	f.at.message.where = f.at.client
}

// clientRule returns the rule for keys in client-side code; nil if it is not selected.
func (s *scan) clientRule() *rules.Rule {
	i := slices.IndexFunc(s.reported, func(r rules.Rule) bool { return r.ID == rules.ClientEmbeddedID })
	if i < 0 {
		return nil
	}
	return &s.reported[i]
}
