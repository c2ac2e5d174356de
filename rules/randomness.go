package rules

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
)

// looksRandom reports whether a token may be random: it has characters of at least two
// classes (lower case, upper case, digits), at least six different characters, and is
// not made of words in camel case or kebab case.
func looksRandom(token []byte) bool {
	var seen [4]int
	for _, c := range token {
		seen[class(c)] = 1
	}
	return seen[lowerCase]+seen[upperCase]+seen[digit] >= 2 && distinct(token) >= 6 && (seen[digit] > 0 || !isWords(token))
}

// isWords reports whether a token without digits is made of words: each has at least
// two letters, four on average, and is in lower case after the first letter, or all in
// upper case.
func isWords(token []byte) bool {
	words, letters := 0, 0
	for i := 0; i < len(token); {
		if token[i] == '-' || token[i] == '_' {
			i++
			continue
		}
		start := i
		for i < len(token) && class(token[i]) == upperCase {
			i++
		}
		capitals := i - start
		for i < len(token) && class(token[i]) == lowerCase {
			i++
		}
		switch lower := i - start - capitals; {
		case i-start < 2, capitals == 2 && lower > 0, capitals > 2 && lower == 1:
			return false
		case capitals > 2 && lower > 1:
			words++ // an acronym before a word: QASKey
		}
		words, letters = words+1, letters+i-start
	}
	return letters >= 4*words
}

// partWords are the words that people make placeholders of the parts of a key of.
var partWords = []string{
	"tenant", "key", "token", "id", "api", "secret", "my", "your", "some", "the", "a", "tst", "test", "apikey", "keyid", "part",
	"tenantid", "keytoken", "apikeyid", "apikeytoken", "value", "first", "second", "third", "one", "two", "three",
}

// isMadeOf reports whether a part of a key consists of some words, and of digits.
func isMadeOf(part string, of []string) bool {
	words := 0
	for _, w := range nameWords(part) {
		for w := range strings.FieldsFuncSeq(w, func(r rune) bool { return '0' <= r && r <= '9' }) {
			if !slices.Contains(of, w) {
				return false
			}
			words++
		}
	}
	return words > 0
}

// isNameLike reports whether a token is the name of a property, a translation or a
// placeholder: several words, which may end in digits, or made of [partWords].
func isNameLike(token string) bool {
	if isMadeOf(token, partWords) {
		return true
	}
	words, letters := nameWords(strings.TrimRight(token, "0123456789")), 0
	for _, w := range words {
		if len(w) < 2 || strings.ContainsAny(w, "0123456789") {
			return false
		}
		letters += len(w)
	}
	return len(words) > 1 && letters >= 3*len(words)
}

// isName reports whether a word has at least two letters, and after them only digits.
func isName(word string) bool {
	letters := strings.TrimRight(word, "0123456789")
	return len(letters) >= 2 && !strings.ContainsAny(letters, "0123456789")
}

// isMixed reports whether a literal is random even if it contains a word: it has a
// digit, and its characters change between lower case, upper case and digits more
// often than in words joined with numbers. Two thirds of random literals do.
func isMixed(literal []byte) bool {
	changes, hasDigit := 0, false
	for i := 1; i < len(literal); i++ {
		if class(literal[i]) != class(literal[i-1]) {
			changes++
		}
		hasDigit = hasDigit || class(literal[i]) == digit
	}
	return hasDigit && len(literal) >= 16 && changes*5 >= len(literal)*2
}

// The classes of characters.
const (
	otherClass = iota
	lowerCase
	upperCase
	digit
)

func class(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return lowerCase
	case 'A' <= c && c <= 'Z':
		return upperCase
	case '0' <= c && c <= '9':
		return digit
	}
	return otherClass
}

// distinct returns the number of different bytes in a token.
func distinct(token []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range token {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

// credentialLike reports whether a literal that is not a QA Sphere key can be a
// credential.
func credentialLike(literal []byte) bool {
	return secretLike(literal) && distinct(literal) >= 5
}

// secretLike reports whether a literal in the place of a credential can be one. Words
// of one case without a digit are a placeholder or a reference to a variable.
func secretLike(literal []byte) bool {
	if isPlaceholder(literal) || distinct(literal) < 4 || isMadeOf(string(literal), partWords) {
		return false
	}
	return bytes.ContainsAny(literal, "0123456789") || looksRandom(literal)
}

// placeholderWords are words that people write in the place of a credential.
var placeholderWords = []string{
	"your", "example", "placeholder", "xxxx", "changeme", "change-me", "change_me", "redacted", "dummy",
	"replace", "insert", "tenantid", "tenant_id", "tenant-id", "keyid", "key_id", "key-id",
	"apikey", "api_key", "api-key", "keytoken", "key_token", "key-token", "accesstoken", "access_token",
	"authtoken", "auth_token", "secretkey", "secret_key", "mytoken", "my_token", "my-token", "base64",
}

// isPlaceholder reports whether a literal only marks the place of a credential.
func isPlaceholder(literal []byte) bool { return containsWord(literal, placeholderWords) }

// testWords are words in made-up credentials of tests.
var testWords = []string{"test", "fake", "mock", "sample", "foo", "invalid", "none", "not-a"}

// isEncodedTest reports whether a literal is the base64 of a credential for tests.
func isEncodedTest(literal []byte) bool {
	unpadded, _, _ := strings.Cut(string(literal), "=")
	decoded, err := base64.RawStdEncoding.DecodeString(unpadded)
	return err == nil && (isForTests(decoded) || isPlaceholder(decoded) ||
		containsWord(decoded, []string{"user", "pass", "secret", "demo", "hello", "apikey", "api-key"}))
}

// isForTests reports whether a literal says that it is only for tests.
func isForTests(literal []byte) bool { return containsWord(literal, testWords) }

func containsWord(literal []byte, words []string) bool {
	for _, word := range words {
		if containsFold(literal, word) {
			return true
		}
	}
	return false
}
