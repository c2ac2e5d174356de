package verify

import (
	"maps"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner"
)

// helping are the headers of an answer that help to find out why a key is refused, by the
// names that package http gives them, besides those that begin with X-Error-. The
// documentation advises to look at the headers (docs.qasphere.com/api/authentication,
// "Troubleshooting").
var helping = map[string]string{
	"Date": "Date", "Retry-After": "Retry-After", "Www-Authenticate": "WWW-Authenticate", "X-Request-Id": "X-Request-Id",
}

// Limits of what is kept of an answer.
const (
	maxWords        = 200 // bytes of a text
	maxErrorHeaders = 8
)

// words returns what an answer says for people; nil if there is no answer.
func (a answer) words(f *scanner.Finding) *scanner.Answer {
	if a.failure != "" {
		return nil
	}
	said := &scanner.Answer{Message: displayText(f, a.body.message(), maxWords), Headers: map[string]string{}}
	errors := 0
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		shown, helps := helping[name]
		if strings.HasPrefix(name, "X-Error-") && errors < maxErrorHeaders {
			errors++
			shown, helps = displayText(f, name, maxWords), true
		}
		if value := displayText(f, strings.Join(a.header[name], ", "), maxWords); helps && value != "" {
			said.Headers[shown] = value
		}
	}
	return said
}
