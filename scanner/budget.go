package scanner

import "github.com/qasleaks/qasleaks/scanner/detect"

// overspent records that content was searched only in part because its budget was spent.
// That is a failure: nothing is known about the rest.
func (s *scan) overspent(path func() string, b *detect.Budget) {
	if b.Spent() {
		s.skip(Skip{Path: path(), Kind: SkipFailed, Reason: "only the beginning was searched: the content is made to cost much time"})
	}
}
