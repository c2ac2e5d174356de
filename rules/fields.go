package rules

import (
	"bytes"
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

// named returns a function that reports whether a word, without the case of its letters,
// is at an offset.
func named(word string) func(text []byte, at int) bool {
	return func(text []byte, at int) bool { return hasPrefixFold(text[at:], word) }
}

// called returns a function that reports whether a whole name is at an offset.
func called(name []byte) func(text []byte, at int) bool {
	return func(text []byte, at int) bool {
		end := at + len(name)
		return bytes.HasPrefix(text[at:], name) && (at == 0 || !isIdentifierByte(text[at-1])) && (end == len(text) || !isIdentifierByte(text[end]))
	}
}

// nearestValue returns the value nearest to the key ID at text[id:] of a field that is
// accepted by its name and its value.
func nearestValue(text []byte, id int, isName func(text []byte, at int) bool, accepted func(value []byte) bool) (Range, bool) {
	end := func(start int) int { return wordEnd(text, start, maxTokenLen) }
	start := nearest(text, id, id+hqid7Len, isName, func(name int) int {
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
func nearest(text []byte, at, end int, isName func(text []byte, at int) bool, valueOf func(name int) int) int {
	found := -1
	for name := max(0, at-fieldReach); name < min(len(text), end+fieldReach); name++ {
		if !isName(text, name) {
			continue
		}
		if start := valueOf(name); start >= 0 && (found < 0 || distance(start, at) < distance(found, at)) {
			found = start
		}
	}
	return found
}

func distance(a, b int) int { return max(a-b, b-a) }

var (
	// nameBefore matches the name, and the type, of a variable at the end of the text before
	// its value.
	nameBefore = regexp.MustCompile(`([\w.-]*\w)["'\])]*\s*(?::\s*[&'\w<>\[\] ?]{1,32})?\W{0,6}["'` + "`" + `]?$`)
	// dotBefore and dotAfter match another variable that is joined by a dot with the one
	// after or before it.
	dotBefore = regexp.MustCompile(`(\w+)(?:\)s)?[^\w\n]{0,10}\.[^\w\n]{0,10}$`)
	dotAfter  = regexp.MustCompile(`^(?:\)s)?[^\w\n]{0,10}\.[^\w\n]{0,10}(\w+)`)
)

// variablesKey returns the key whose ID, at text[id:], is the value of a variable, if the
// program joins that variable by dots with variables for the tenant and the token:
// `${a}.${b}.${c}`. If the name of the variable says that it is of a key, the others may
// be fields.
func variablesKey(text []byte, id int) (Match, bool) {
	const longestName = 80
	if !endsValue(text, id+hqid7Len) {
		return Match{}, false
	}
	found := nameBefore.FindSubmatch(around(text, id, longestName, 0))
	if found == nil {
		return Match{}, false
	}
	if m, ok := fieldsKey(text, id); ok && containsFold(found[1], "key") {
		return m, true
	}
	isName := called(found[1][bytes.LastIndexAny(found[1], ".-")+1:])
	for at := max(0, id-fieldReach); at < min(len(text), id+hqid7Len+fieldReach); at++ {
		if !isName(text, at) {
			continue
		}
		first := dotBefore.FindSubmatch(around(text, at, maxNameLen, 0))
		last := dotAfter.FindSubmatch(around(text, nameEnd(text, at), 0, maxNameLen))
		if first == nil || last == nil {
			continue
		}
		tenant, ok := nearestValue(text, id, called(first[1]), isTenantValue)
		if !ok {
			continue
		}
		token, ok := nearestValue(text, id, called(last[1]), isTokenValue)
		if ok {
			return keyFromPieces(text, []Range{tenant}, id, []Range{token}, Medium, "joined from variables")
		}
	}
	return Match{}, false
}
