package rules

import (
	"bytes"
	"slices"
	"strings"
)

// qasAPIKey finds a key by its structure: a key ID that is a valid hqid7, between a
// tenant ID and a token that looks random.
var qasAPIKey = Rule{
	ID:    "qas-api-key",
	Title: "QA Sphere API key",
	Help: `A QA Sphere API key is written out here. Anyone who can read it can call the QA Sphere
API as the user who created the key: read and change projects, test cases, runs and
results. Keys do not expire.

Every digit of the key ID is checked (it contains the time at which the key was
created), so that false positives are rare.

## Remediation

1. Revoke the key: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Create a new key, and store it in an environment variable or a secret manager.
3. Check the audit log for use that was not yours.
4. Only then rewrite the history. A key that was ever pushed stays compromised, even
   after that.
`,
	Severity:   Error,
	Confidence: High,
	Anchors:    hqid7Anchors("."),
	Find: func(text []byte, at int) (Match, bool) {
		id, token := at+1, at+1+hqid7Len+1
		if len(text) < token+minTokenLen || text[id+hqid7Underscore] != '_' || text[token-1] != '.' {
			return Match{}, false
		}
		start, end := keyBefore(text, at), wordEnd(text, token, maxTokenLen)
		if start < 0 {
			return Match{}, false
		}
		for n := start; n > 0 && text[n-1] == '_' && text[end-1] == '_'; n-- {
			end-- // emphasis in Markdown
		}
		where, confidence := "", High
		switch {
		case lengthBefore(text, start, end) > 0:
			start, where = start+1, "after a byte that may be its length or the beginning of its tenant ID"
		case onLineBefore(text, start, at):
			where, confidence = beforeLine, Medium
		}
		key, ok := ParseKey(string(text[start:end]))
		switch secret := text[token:end]; {
		case !ok:
			return Match{}, false
		case key.Documented():
		case key.CreatedAt.IsZero() || !looksRandom(secret) || isFileName(text, end) && isHash(secret):
			return Match{}, false
		case len(secret) < minBareTokenLen:
			if !isIssued(key.TenantID) || len(secret) < minCutTokenLen || !isCut(text, end) {
				return Match{}, false
			}
			where, confidence = "whose token is cut where a line ends", Low
		}
		return match(text, key, start, end, confidence, where)
	},
}

// isCut reports whether a token that ends at text[end] may go on elsewhere: the line is full,
// or it ends with a mark that says so.
func isCut(text []byte, end int) bool {
	rest := around(text, end, 0, MaxMarks)
	for _, mark := range []string{"\u2026", "...", "\\\n", "\\\r\n", "=\n", "=\r\n", "^\r\n", "^\n", "`\n", "`\r\n", "<br", "\x1b[0m\n"} {
		if bytes.HasPrefix(rest, []byte(mark)) {
			return true
		}
	}
	line := around(text, end, maxWrap, 0)
	rest, _, ends := bytes.Cut(rest, []byte("\n"))
	return ends && len(bytes.TrimRight(rest, "\r ")) == 0 && len(line)-1-bytes.LastIndexByte(line, '\n') >= MinWrap
}

// fileExtensions follow a hash in the names of built files.
var fileExtensions = []string{
	"js", "mjs", "cjs", "css", "map", "html", "json", "wasm", "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "woff",
	"woff2", "ttf", "eot", "mp4", "webm", "pdf", "txt", "xml", "gz", "br", "zip", "chunk", "bundle", "min", "module", "async",
}

// isHash reports whether a token may be the hash of a file, in hex or short. Those of
// bundlers have at most 22 characters when they have letters of both cases.
func isHash(token []byte) bool {
	hash := string(token)
	return len(token) < issuedTokenLen || hash == strings.ToLower(hash) || hash == strings.ToUpper(hash)
}

// isFileName reports whether the extension of a file follows a literal that ends at
// text[end].
func isFileName(text []byte, end int) bool {
	if end >= len(text) || text[end] != '.' {
		return false
	}
	last := wordEnd(text, end+1, 8)
	return slices.ContainsFunc(fileExtensions, func(extension string) bool {
		// A line that goes on, in quoted-printable, may end in it.
		return extension == string(text[end+1:last]) || last < len(text) && text[last] == '=' && strings.HasPrefix(extension, string(text[end+1:last]))
	})
}
