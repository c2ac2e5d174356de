package scanner

import (
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// tokenLen is the length of the tokens that QA Sphere issues. It publishes no grammar, so
// rules also accept shorter ones. maxRest is how far the rest of a cut key may reach, in
// bytes, with the line breaks, timestamps and tags in it.
const (
	tokenLen = 23
	maxRest  = 256
)

// isCut reports whether a hit may be only the beginning of a secret. A key that is broken
// over lines, or by markup, in a way that no rule knows is found up to the break. A token
// that is too long may end with the beginning of another secret.
func isCut(h *detect.Hit) bool {
	if h.Rule.Lint || h.Key.Documented() {
		return false
	}
	value := h.Secret.Reveal()
	return h.Key == (rules.Key{}) || len(value)-1-strings.LastIndexByte(value, '.') != tokenLen
}

// hideSecrets masks what may be a secret of any service: runs of letters and digits that
// resemble no word, and values of names that speak of secrets. It masks hashes and commit
// IDs, too: a token may be encoded in hexadecimal.
func hideSecrets(text string) string {
	var b strings.Builder
	shown := 0
	for at := range len(text) {
		if text[at] != '=' && text[at] != ':' {
			continue
		}
		if n := secretValue(text, at); at >= shown && n > 0 {
			end := at + n
			start := end - len(strings.TrimLeft(text[at:end], valueLead))
			b.WriteString(text[shown:start] + redact.Mask)
			shown = end
		}
	}
	if shown > 0 {
		text = b.String() + text[shown:]
	}
	return alnumRuns(text, resemblesSecret)
}

// hideUnknown masks, in a text from [hideSecrets], all other longer runs that are not one
// word. It is for text near what may be a part of a broken key: the rest may be short.
func hideUnknown(text string) string {
	return alnumRuns(text, func(run string) bool {
		parts, digits := partsOf(run)
		return len(run) >= minRun && (parts > 1 || digits > 0)
	})
}

// alnumRuns masks the runs of letters and digits of a text for which secret returns true.
func alnumRuns(text string, secret func(run string) bool) string {
	var b strings.Builder
	shown := 0
	for i := 0; i < len(text); i++ {
		start := i
		for i < len(text) && isAlnum(text[i]) {
			i++
		}
		if i > start && secret(text[start:i]) {
			b.WriteString(text[shown:start] + redact.Mask)
			shown = i
		}
	}
	return b.String() + text[shown:]
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// Runs of letters and digits from minRun on may be a secret. From longRun on, any with
// both is masked.
const (
	minRun  = 7
	longRun = 20
)

// resemblesSecret reports whether a run of letters and digits changes between lower case,
// upper case and digits more often than names do.
func resemblesSecret(run string) bool {
	if len(run) < minRun {
		return false
	}
	parts, digits := partsOf(run)
	return len(run) >= longRun && digits > 0 && digits < len(run) || 5*parts > 2*len(run)
}

// partsOf returns the number of words and numbers that a run of letters and digits
// consists of, and the number of digits.
func partsOf(run string) (parts, digits int) {
	last := byte(0)
	for i := range len(run) {
		class := classOf(run[i])
		if class == '0' {
			digits++
		}
		// A capital letter and the small letters after it are one part.
		isWord := last == 'A' && class == 'a' && (i < 2 || classOf(run[i-2]) != 'A')
		if class != last && !isWord {
			parts++
		}
		last = class
	}
	return parts, digits
}

func classOf(c byte) byte {
	switch {
	case c <= '9':
		return '0'
	case c <= 'Z':
		return 'A'
	}
	return 'a'
}

// secretNames are parts of the names of variables that hold secrets.
var secretNames = []string{"secret", "token", "passw", "passphrase", "apikey", "api_key", "api-key", "access_key", "accesskey", "private", "credential"}

// valueLead are the characters between a name and its value, and minValue is the length
// of the shortest value that is masked.
const (
	valueLead = "=:> \t\"'`"
	minValue  = 6
)

// secretValue returns the length of the assignment at text[at:], an equals sign or a colon, if
// the name before it speaks of a secret and its value is none that only refers to one; else 0.
func secretValue(text string, at int) int {
	name := strings.TrimRight(text[max(0, at-64):at], " \t\"'`]")
	start := len(name)
	for start > 0 && (isAlnum(name[start-1]) || strings.IndexByte("_-.", name[start-1]) >= 0) {
		start--
	}
	name = strings.ToLower(name[start:])
	if !containsAny(name, secretNames) {
		return 0
	}
	from := at
	for from < len(text) && strings.IndexByte(valueLead, text[from]) >= 0 {
		from++
	}
	end := from
	for end < len(text) && strings.IndexByte(" \t\r\n\"'`,;<>(){}[]", text[end]) < 0 {
		end++
	}
	isCall := end < len(text) && strings.IndexByte("([{", text[end]) >= 0
	if value := text[from:end]; len(value) < minValue || isCall || isReference(value) {
		return 0
	}
	return end - at
}

// isReference reports whether a value only names where another value is, or its type:
// $QAS_TOKEN, process.env.QAS_TOKEN, string.
func isReference(value string) bool {
	isName := func(r rune) bool {
		return r == '.' || r == '_' || r < 128 && isAlnum(byte(r)) && classOf(byte(r)) != '0'
	}
	return containsAny(value, []string{"$", "string", "undefined", "boolean"}) || strings.Contains(value, ".") && strings.TrimFunc(value, isName) == ""
}

func containsAny(text string, words []string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
