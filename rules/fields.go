package rules

import (
	"bytes"
	"iter"
	"regexp"
)

// fieldsKey returns the key whose ID, at text[id:], is the value of a field, if there
// are fields for its tenant and its token nearby.
func fieldsKey(text []byte, id int) (Match, bool) {
	if !endsValue(text, id+hqid7Len) {
		return Match{}, false
	}
	tenant, ok := nearestValue(text, id, named("tenant"), isTenantValue)
	if !ok {
		return Match{}, false
	}
	token, ok := nearestValue(text, id, named("token"), isTokenValue)
	if !ok {
		token, ok = nearestValue(text, id, named("secret"), isTokenValue)
	}
	if !ok {
		return Match{}, false
	}
	return keyFromPieces(text, []Range{tenant}, id, []Range{token}, Medium, "in separate fields")
}

func isTenantValue(value []byte) bool { return isTenant(string(value)) }

func isTokenValue(value []byte) bool { return len(value) >= minBareTokenLen && looksRandom(value) }

// endsValue reports whether the value before text[end] is complete.
func endsValue(text []byte, end int) bool {
	return end >= len(text) || !isWordByte(text[end]) && text[end] != '.'
}

// fieldReach is how far from a key ID the fields of its tenant and its token may be.
const fieldReach = 400

// nextName returns the first offset in text[from:to] at which a name begins, or -1. The
// name may end behind text[to].
type nextName func(text []byte, from, to int) int

// named finds a word in lower case, without the case of its letters in the text.
func named(word string) nextName {
	return func(text []byte, from, to int) int {
		for at := from; at < to; at++ {
			if text[at]|0x20 == word[0] && hasPrefixFold(text[at:], word) {
				return at
			}
		}
		return -1
	}
}

// called finds a whole name.
func called(name []byte) nextName {
	return func(text []byte, from, to int) int {
		for from < to {
			i := bytes.Index(text[from:min(len(text), to-1+len(name))], name)
			if i < 0 {
				return -1
			}
			at, end := from+i, from+i+len(name)
			if (at == 0 || !isIdentifierByte(text[at-1])) && (end == len(text) || !isIdentifierByte(text[end])) {
				return at
			}
			from = at + 1
		}
		return -1
	}
}

// all returns the offsets in text[from:to] at which a name begins.
func (next nextName) all(text []byte, from, to int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for at := next(text, from, to); at >= 0 && yield(at); {
			at = next(text, at+1, to)
		}
	}
}

// nearestValue returns the value nearest to the key ID at text[id:] of a field that is
// accepted by its name and its value.
func nearestValue(text []byte, id int, name nextName, accepted func(value []byte) bool) (Range, bool) {
	end := func(start int) int { return wordEnd(text, start, maxTokenLen) }
	start := nearest(text, id, id+hqid7Len, name, func(name int) int {
		start := fieldValue(text, nameEnd(text, name))
		if start < 0 || start == id {
			return -1
		}
		end := end(start)
		if end < len(text) && text[end] == '.' || continues(text, end) || !accepted(text[start:end]) {
			return -1
		}
		if _, isKeyID := parseHqid7(text[start:end]); isKeyID {
			return -1
		}
		return start
	})
	if start < 0 {
		return Range{}, false
	}
	return Range{start, end(start)}, true
}

// nearest returns where the value nearest to text[at:end] begins, of the names around it; -1
// for none. valueOf returns where the value of a name begins, or -1.
func nearest(text []byte, at, end int, name nextName, valueOf func(name int) int) int {
	found := -1
	for name := range name.all(text, max(0, at-fieldReach), min(len(text), end+fieldReach)) {
		if start := valueOf(name); start >= 0 && (found < 0 || distance(start, at) < distance(found, at)) {
			found = start
		}
	}
	return found
}

func distance(a, b int) int { return max(a-b, b-a) }

// nameBefore matches the name, and the type, of a variable at the end of the text before its
// value.
var nameBefore = regexp.MustCompile(`([\w.-]*\w)["'\])]*\s*(?::\s*[&'\w<>\[\] ?]{1,32})?\W{0,6}["'` + "`" + `]?$`)

// variablesKey returns the key whose ID, at text[id:], is the value of a variable, if the
// program joins that variable by dots with variables for the tenant and the token:
// `${a}.${b}.${c}`. If the name of the variable says that it is of a key, the others may
// be fields.
func variablesKey(text []byte, id int) (Match, bool) {
	const longestName = 80
	if !endsValue(text, id+hqid7Len) || !tokenNear(text, id) {
		return Match{}, false
	}
	found := nameBefore.FindSubmatch(around(text, id, longestName, 0))
	if found == nil {
		return Match{}, false
	}
	if m, ok := fieldsKey(text, id); ok && containsFold(found[1], "key") {
		return m, true
	}
	tenantCalled, tokenCalled := valuesNear(text, id, isTenantValue), valuesNear(text, id, isTokenValue)
	name := called(found[1][bytes.LastIndexAny(found[1], ".-")+1:])
	for at := range name.all(text, max(0, id-fieldReach), min(len(text), id+hqid7Len+fieldReach)) {
		before, after := around(text, at, maxNameLen, 0), around(text, nameEnd(text, at), 0, maxNameLen)
		first, last := joinedBefore(before), joinedAfter(after)
		if first == nil || last == nil {
			continue
		}
		tenant, ok := tenantCalled(first)
		if !ok {
			continue
		}
		if token, ok := tokenCalled(last); ok {
			return keyFromPieces(text, []Range{tenant}, id, []Range{token}, Medium, "joined from variables")
		}
	}
	return Match{}, false
}
