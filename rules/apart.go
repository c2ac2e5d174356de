package rules

import (
	"bytes"
	"strings"
)

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

// InTenant reports whether a tenant ID of the form that QA Sphere issues, which a dot follows,
// is on both sides of text[at], or no word is on one of them.
func InTenant(text []byte, at int) bool {
	end := wordEnd(text, at, maxTenantLen)
	if at == 0 || end == at || !isWordByte(text[at-1]) {
		return true
	}
	start := end - len("acm0000123")
	return 0 <= start && start < at && end < len(text) && text[end] == '.' && isIssued(string(text[start:end]))
}

// onLineBefore reports whether the tenant ID that begins at text[start] may be only the end of
// one: it is the first on its line, or in its cell, the line before is full and ends in a word,
// and the ID has not the form that QA Sphere issues.
func onLineBefore(text []byte, start, dot int) bool {
	line := around(text, start, maxWrap, 0)
	line, ok := bytes.CutSuffix(bytes.TrimRight(line, LineMarks+"\u2502\u2503\u2551"), []byte("\n"))
	if !ok || isIssued(string(text[start:dot])) {
		return false
	}
	line = bytes.TrimRight(line[bytes.LastIndexByte(line, '\n')+1:], "\r\\")
	last := bytes.TrimRight(line, " |\u2502\u2503\u2551")
	return len(line) >= MinWrap && len(last) > 0 && isAlnum(last[len(last)-1])
}

// beforeLine says where the beginning of a tenant ID may be.
const beforeLine = "its tenant ID may begin on the line before"
