package rules

// qasSplitKey sees a key that is not written in one piece: joined from string
// literals, or given part by part to variables or fields side by side.
var qasSplitKey = Rule{
	ID:    "qas-split-key",
	Title: "QA Sphere API key in pieces",
	Help: `The parts of a QA Sphere API key stand here one by one, to be joined when the
program runs: ` + "`'tenant' + '.' + 'key ID' + '.' + 'token'`" + `, a list joined by dots, or
variables for the tenant, the key ID and the token side by side. Whoever can read
this can join them, too. The key ID is checked digit by digit.

## Remediation

1. Revoke the key: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Make a new one, and keep it whole in an environment variable or a secret manager.
3. If it is no key, say so: ` + "`qasleaks:allow`" + ` on its line, or its fingerprint in .qasleaks.yml.
`,
	Severity:   Error,
	Confidence: High,
	// What stands before a key ID in code, or in the name of its field.
	Anchors: []Anchor{
		{Literal: ".1B"},
		{Literal: ".1C"},
		{Literal: ".1D"},
		{Literal: `"1B`},
		{Literal: `"1C`},
		{Literal: `"1D`},
		{Literal: `'1B`},
		{Literal: `'1C`},
		{Literal: `'1D`},
		{Literal: "keyId", Fold: true},
		{Literal: "KeyId"},
		{Literal: "KeyID"},
		{Literal: "key_id", Fold: true},
	},
	Find: func(text []byte, at int) (Match, bool) {
		id, field := at+1, text[at]|0x20 == 'k'
		if field {
			id = valueStart(text, nameEnd(text, at))
		}
		end := id + hqid7Len
		if id < 0 || end > len(text) || text[id+hqid7Underscore] != '_' {
			return Match{}, false
		}
		if _, ok := parseHqid7(text[id:end]); !ok {
			return Match{}, false
		}
		if field {
			return fieldsKey(text, id)
		}
		return joinedKey(text, id)
	},
}

// pieces is the Match of a key whose parts stand apart.
func pieces(text []byte, tenant []Range, id int, token []Range, c Confidence, where string) (Match, bool) {
	key := Key{TenantID: string(cut(text, tenant)), KeyID: string(text[id : id+hqid7Len])}
	secret := cut(text, token)
	if !isTenant(key.TenantID) || len(secret) < 16 || len(secret) > maxTokenLen || !looksRandom(secret) {
		return Match{}, false
	}
	if _, ok := parseHqid7(secret); ok || isPlaceholder(secret) && !isMixed(secret) || isPlaceholder([]byte(key.TenantID)) {
		return Match{}, false
	}
	key.CreatedAt, _ = parseHqid7(key.KeyID)
	start := min(tenant[0].Start, id, token[0].Start)
	end := max(tenant[len(tenant)-1].End, id+hqid7Len, token[len(token)-1].End)
	m, ok := match(key, start, end, c, where)
	m.Token = token
	return m, ok
}

// cut returns the pieces of a text, one after the other.
func cut(text []byte, parts []Range) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, text[p.Start:p.End]...)
	}
	return all
}

// fieldReach is how far from a key ID the fields of its tenant and its token may be.
const fieldReach = 400

// fieldsKey returns the key whose ID stands at text[id:], the value of a field, if
// fields for its tenant and its token are near.
func fieldsKey(text []byte, id int) (Match, bool) {
	end := id + hqid7Len
	if end < len(text) && (isWordByte(text[end]) || text[end] == '.') {
		return Match{}, false
	}
	tenant, ok := nearestField(text, id, "tenant", func(value []byte) bool { return isTenant(string(value)) })
	if !ok {
		return Match{}, false
	}
	random := func(value []byte) bool { return len(value) >= 16 && looksRandom(value) }
	token, ok := nearestField(text, id, "token", random)
	if !ok {
		token, ok = nearestField(text, id, "secret", random)
	}
	if !ok {
		return Match{}, false
	}
	return pieces(text, []Range{tenant}, id, []Range{token}, Medium, "in fields side by side")
}

// nearestField returns the value of the field nearest to the key ID at text[id:]
// that has word in its name, and is told to be such a value.
func nearestField(text []byte, id int, word string, is func(value []byte) bool) (nearest Range, ok bool) {
	for at := max(0, id-fieldReach); at < min(len(text), id+hqid7Len+fieldReach); at++ {
		if !hasPrefixFold(text[at:], word) {
			continue
		}
		start := valueStart(text, nameEnd(text, at))
		if start < 0 || start == id {
			continue
		}
		end := wordEnd(text, start, maxTokenLen)
		if end < len(text) && text[end] == '.' || goesOn(text, end) || !is(text[start:end]) {
			continue
		}
		if _, keyID := parseHqid7(text[start:end]); keyID {
			continue
		}
		if !ok || distance(start, id) < distance(nearest.Start, id) {
			nearest, ok = Range{start, end}, true
		}
	}
	return nearest, ok
}

func distance(a, b int) int { return max(a-b, b-a) }
