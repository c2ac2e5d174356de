package rules

import (
	"bytes"
	"slices"
	"strings"
)

// passwordLiteral returns the literal at text[start:], to the end of its quotes or, without
// quotes, of its word; nil if it has no end, or is code.
func passwordLiteral(text []byte, start int) []byte {
	const longest = 128
	if start < 1 || start >= len(text) {
		return nil
	}
	quote := text[start-1]
	if isQuote(quote) {
		end := bytes.IndexByte(around(text, start, 0, longest), quote)
		if end < 0 || bytes.IndexByte(text[start:start+end], '\n') >= 0 {
			return nil
		}
		return bytes.TrimRight(text[start:start+end], "\\")
	}
	end := start
	for end < len(text) && end-start < longest && text[end] > ' ' && text[end] < 0x7f && bytes.IndexByte([]byte("\"'`<>,;\\"), text[end]) < 0 {
		end++
	}
	literal := text[start:end]
	if bytes.IndexByte([]byte("=: "), quote) < 0 || bytes.ContainsAny(literal, "([{") || end < len(text) && bytes.IndexByte([]byte(",;"), text[end]) >= 0 || isChain(literal) {
		return nil
	}
	return literal
}

// isChain reports whether a literal is a name, or names that dots join.
func isChain(literal []byte) bool {
	return !slices.ContainsFunc(strings.Split(string(literal), "."), func(part string) bool {
		words := nameWords(part)
		return strings.ContainsFunc(part, func(r rune) bool { return r >= 0x80 || !isIdentifierByte(byte(r)) }) || len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return !isName(w) })
	})
}

// weakWords are in passwords that are easy to guess, and in many examples.
var weakWords = []string{"passw", "p@ss", "p4ss", "admin", "qwerty", "welcome", "letmein", "secret", "hunter2", "1234"}

// passwordLike reports whether a literal in the place of a password can be one.
func passwordLike(literal []byte) bool {
	const shortest = 8
	if len(literal) < shortest || distinct(literal) < 5 || (isPlaceholder(literal) || isForTests(literal)) && !isMixed(literal) || isMadeOf(string(literal), append([]string{"password", "pass", "secret"}, partWords...)) {
		return false
	}
	if bytes.ContainsAny(literal, " \t<>\u2026") || bytes.ContainsAny(literal[:1], "$%{[(*@&#/.\\") || containsWord(literal, []string{"${", "$(", "{{", "#{", "%(", "://", "***", "env.", "env[", "getenv"}) {
		return false
	}
	letters, others := 0, 0
	for _, c := range literal {
		if class(c) == lowerCase || class(c) == upperCase {
			letters++
		} else if c != '-' && c != '_' && c != '.' {
			others++
		}
	}
	return letters > 0 && others > 0
}

// besideTenant reports whether the host of a tenant is in the text around text[at].
func besideTenant(text []byte, at int) bool {
	const reach = Reach / 4
	near := around(text, at, reach, reach)
	for i := 0; ; {
		next := bytes.Index(near[i:], []byte(tenantDomain))
		if next < 0 {
			return false
		}
		host, _, _, ok := hostAround(near, i+next)
		if ok && !host.Reserved() {
			return true
		}
		i += next + len(tenantDomain)
	}
}
