package rules

import (
	"bytes"
	"regexp"
)

var (
	// inExpression matches a variable in an expression of GitHub Actions.
	inExpression = regexp.MustCompile(`\b(?:secrets|env|inputs|vars)(?:\.([\w-]+)|\[\s*['"]([\w-]+)['"]\s*\])`)
	isComparison = regexp.MustCompile(`[!=]=`)
)

// maskExpressions replaces each ${{ }} with a word, because a shell cannot parse it, and
// returns those that have a credential as their value.
func maskExpressions(text []byte) ([]byte, []credentialName) {
	masked := bytes.Clone(text)
	var found []credentialName
	for at := 0; ; {
		start := bytes.Index(masked[at:], []byte("${{"))
		if start < 0 {
			return masked, found
		}
		start += at
		length := bytes.Index(masked[start:], []byte("}}"))
		if length < 0 {
			return masked, found
		}
		at = start + length + 2
		if name := inGitHubExpression(string(text[start:at])); name != "" {
			found = append(found, credentialName{start, at, name})
		}
		copy(masked[start:at], bytes.Repeat([]byte("_"), at-start))
	}
}

// inGitHubExpression returns the credential that an expression has as its value, or "".
func inGitHubExpression(expression string) string {
	if isComparison.MatchString(expression) {
		return ""
	}
	for _, m := range inExpression.FindAllStringSubmatch(expression, -1) {
		if name := m[1] + m[2]; isCredentialName(name) {
			return name
		}
	}
	return ""
}
