package rules

import "slices"

// qasAccountPassword finds the password of an account: in a variable such as
// QASPHERE_AUTH_PASSWORD, and in the body of a login.
var qasAccountPassword = Rule{
	ID:    "qas-account-password",
	Title: "Password of a QA Sphere account",
	Help: `The password of a QA Sphere account is hard-coded: in a variable or a setting, or in the
body of a request to ` + "`/api/auth/login`" + `. Anyone who can read it can log in as that user. A name
that only begins with ` + "`QAS_`" + ` is reported where QA Sphere is mentioned nearby. The
confidence is low for a password that is short or resembles a placeholder.

## Remediation

1. Change the password in QA Sphere, and end the sessions of the account.
2. Read the new password from an environment variable or a secret manager.
3. In automation, use an API key of a user with few permissions in place of a login.
`,
	Severity:   Warning,
	Confidence: Medium,
	Anchors:    []Anchor{{Literal: "QAS", Fold: true, Plain: true, Name: true}, {Literal: "/auth/login"}},
	Find: func(text []byte, at int) (Match, bool) {
		if text[at] == '/' {
			return loginPassword(text, at)
		}
		name, end := settingAround(text, at)
		if !containsFold(text[name:end], "pass") && !containsFold(text[name:end], "pwd") || nameConfidence(string(text[name:end])) == 0 {
			return Match{}, false
		}
		words := nameWords(string(text[name:end]))
		if !isPasswordWord(words[len(words)-1]) {
			return Match{}, false
		}
		start := fieldValue(text, end)
		if start < 0 {
			start = valueBefore(text, name)
		}
		m, ok := passwordAt(text, start)
		return m, ok && isMeantBy(text, name, end)
	},
}

var passwordWords = []string{"password", "passwd", "pass", "passphrase", "pwd"}

func isPasswordWord(word string) bool { return slices.Contains(passwordWords, word) }

// isMeantBy reports whether the name text[name:end] is QA Sphere's: it says so, or begins
// with QAS and QA Sphere is mentioned nearby.
func isMeantBy(text []byte, name, end int) bool {
	return Speaks(text[name:end]) || nameConfidence(string(text[name:end])) == High && Speaks(around(text, name, Reach/2, Reach/2))
}

// loginPassword returns the password in the body of a login at the path text[at:].
func loginPassword(text []byte, at int) (Match, bool) {
	if !besideTenant(text, at) {
		return Match{}, false
	}
	for i := at; i < min(len(text), at+fieldReach); i++ {
		if !hasPrefixFold(text[i:], "password") || i > 0 && isIdentifierByte(text[i-1]) {
			continue
		}
		start := valueStart(text, nameEnd(text, i))
		if start < 0 || !isQuote(text[start-1]) {
			continue
		}
		return passwordAt(text, start)
	}
	return Match{}, false
}

// passwordAt returns the Match of the password at text[start:], if it is one.
func passwordAt(text []byte, start int) (Match, bool) {
	literal := passwordLiteral(text, start)
	if !passwordLike(literal) {
		return Match{}, false
	}
	c := Medium
	if len(literal) < 10 || containsWord(literal, weakWords) && !isMixed(literal) {
		c = Low
	}
	return Match{Start: start, End: start + len(literal), Severity: Warning, Confidence: c, Message: "Password of a QA Sphere account"}, true
}
