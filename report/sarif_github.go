package report

import (
	"compress/gzip"
	"fmt"

	"github.com/qasleaks/qasleaks/scanner"
)

// Limits of GitHub code scanning ("SARIF support for code scanning" and "SARIF
// results exceed one or more limits" in its documentation). Beyond them it refuses
// a file, or chooses what it leaves out.
const (
	maxGitHubResults = 5_000
	maxGitHubPlaces  = 100 // of a result, its own among them
	// maxGitHubSize is less than the 10 MB that a compressed file may have, to leave
	// room for what the compressor still holds and for what follows the results.
	maxGitHubSize = 9_000_000
	// maxGitHubSkips is a limit of ours, for that size.
	maxGitHubSkips = 1_000
)

// forGitHub returns the findings to upload, the most urgent first, and notes what it
// leaves out. A suppressed finding would be an alert there.
func (s *sarifLog) forGitHub() []*scanner.Finding {
	found := s.found
	if left := len(found) - maxGitHubResults; left > 0 {
		s.cut("%s left out, the least urgent: GitHub keeps %s.", count(left, "finding"), number(maxGitHubResults))
		found = found[:maxGitHubResults]
	}
	crowded := 0
	for f := range s.each(found) {
		if len(f.Occurrences) > maxGitHubPlaces {
			crowded++
		}
	}
	if crowded > 0 {
		s.cut("%s in more places than are listed: GitHub shows %d.", count(crowded, "finding"), maxGitHubPlaces)
	}
	return found
}

// cut notes that something is left out, and tells the caller.
func (s *sarifLog) cut(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.cuts = append(s.cuts, text)
	if s.options.Warn != nil {
		s.options.Warn("SARIF for GitHub: " + text)
	}
}

// gzipSize tells the compressed size of what is written to it, without what the
// compressor still holds. It compresses less than an upload does.
type gzipSize struct {
	gzip *gzip.Writer
	n    int
}

func newGzipSize() *gzipSize {
	s := new(gzipSize)
	s.gzip, _ = gzip.NewWriterLevel(counter{&s.n}, gzip.BestSpeed)
	return s
}

// Write compresses p and counts the result.
func (s *gzipSize) Write(p []byte) (int, error) { return s.gzip.Write(p) }

func (s *gzipSize) of() int { return s.n }

// counter counts what is written to it.
type counter struct{ n *int }

func (c counter) Write(p []byte) (int, error) {
	*c.n += len(p)
	return len(p), nil
}
