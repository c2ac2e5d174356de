package rules

import "slices"

// qasSplitKey finds a key whose parts are apart: in string literals that are joined, or
// in adjacent variables or fields, or on lines that are wrapped.
var qasSplitKey = Rule{
	ID:    "qas-split-key",
	Title: "QA Sphere API key split into parts",
	Help: `The parts of a QA Sphere API key are written out separately, and joined when the
program runs: ` + "`'tenant' + '.' + 'key ID' + '.' + 'token'`" + `, a list that is joined by dots,
or adjacent variables for the tenant, the key ID and the token. Or a log or a table wraps
its lines inside the key. Anyone who can read the parts can join them. Every digit of the
key ID is checked.

## Remediation

1. Revoke the key: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Create a new key, and store it as a whole in an environment variable or a secret
   manager.
3. If it is not a key, suppress the finding: write ` + "`qasleaks:allow`" + ` in a comment on its line,
   or add its fingerprint to ` + "`.qasleaks.yml`" + `.
`,
	Severity:   Error,
	Confidence: High,
	// The beginning of a key ID in code, or the name of its field.
	Anchors: slices.Concat(hqid7Anchors("."), hqid7Anchors(`"`), hqid7Anchors("'"), inPlainText(hqid7Anchors("`"), hqid7Anchors(" "), hqid7Anchors("="), hqid7Anchors(","), hqid7Anchors("\t")), []Anchor{
		{Literal: "keyId", Fold: true},
		{Literal: "KeyId"},
		{Literal: "KeyID"},
		{Literal: "key_id", Fold: true},
	}),
	Find: func(text []byte, at int) (Match, bool) {
		id, field := at+1, text[at]|0x20 == 'k'
		if field {
			id = fieldValue(text, nameEnd(text, at))
		}
		end := id + hqid7Len
		if id < 0 || end > len(text) {
			return Match{}, false
		}
		if _, ok := parseHqid7(text[id:end]); !ok {
			if text[at] == '.' {
				return wrappedKey(text, at)
			}
			return Match{}, false
		}
		if field {
			return fieldsKey(text, id)
		}
		for _, read := range []func(text []byte, id int) (Match, bool){joinedKey, wordsKey, variablesKey, columnsKey} {
			if m, ok := read(text, id); ok {
				return m, true
			}
		}
		if text[at] == '.' {
			return wrappedKey(text, at)
		}
		return Match{}, false
	},
}

// inPlainText returns anchors that are searched for in plain text only.
func inPlainText(anchors ...[]Anchor) []Anchor {
	all := slices.Concat(anchors...)
	for i := range all {
		all[i].Plain = true
	}
	return all
}
