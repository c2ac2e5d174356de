package rules

import "strings"

// Apart reports whether the words before and after text[at], which have no more between
// them than a tag, are not parts of one word: a label before a key, a whole tenant ID after
// another word, or another word after a whole token.
func Apart(text []byte, at int) bool {
	start, end := at, wordEnd(text, at, maxTokenLen)
	for start > 0 && at-start <= maxTokenLen && isWordByte(text[start-1]) {
		start--
	}
	if start == at || end == at {
		return false
	}
	if start > 0 && text[start-1] == '.' {
		return at-start == issuedTokenLen
	}
	before := string(text[start:at])
	return end < len(text) && text[end] == '.' && isIssued(string(text[at:end])) || isMadeOf(before, partWords) || isVariable(before)
}

// isVariable reports whether a word before a key is the name of a variable and no part of a
// tenant ID.
func isVariable(word string) bool {
	return len(word) >= 3 && strings.ContainsAny(word, "_ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
