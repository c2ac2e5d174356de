package rules

import (
	"bytes"
	"unicode/utf8"
)

// joinedBefore returns the name of the variable that a dot joins with what follows a text: with
// the "s" of a format in Python between them, or nil.
func joinedBefore(text []byte) []byte {
	end := len(text)
	for end > 0 && !isIdentifierByte(text[end-1]) {
		end--
	}
	if !joinsByDot(text[end:]) {
		return nil
	}
	name := lastIdentifier(text[:end])
	if string(name) == "s" && end > 1 && text[end-2] == ')' {
		if format := lastIdentifier(text[:end-len(")s")]); len(format) > 0 {
			return format
		}
	}
	return name
}

// joinedAfter returns the name of the variable that a dot joins with what precedes a text, or
// nil.
func joinedAfter(text []byte) []byte {
	text = bytes.TrimPrefix(text, []byte(")s"))
	start := 0
	for start < len(text) && !isIdentifierByte(text[start]) {
		start++
	}
	_, end := nameAround(text, start)
	if end == start || !joinsByDot(text[:start]) {
		return nil
	}
	return text[start:end]
}

// lastIdentifier returns the letters, digits and _ at the end of a text, or nil.
func lastIdentifier(text []byte) []byte {
	start, _ := nameAround(text, len(text))
	if start == len(text) {
		return nil
	}
	return text[start:]
}

// joinsByDot reports whether the text between two names is a dot with few other characters on
// each side of it, on one line.
func joinsByDot(between []byte) bool {
	const most = 10
	if bytes.IndexByte(between, '\n') >= 0 {
		return false
	}
	for i, c := range between {
		if c == '.' && utf8.RuneCount(between[:i]) <= most && utf8.RuneCount(between[i+1:]) <= most {
			return true
		}
	}
	return false
}

// tokenNear reports whether there may be a token near the key ID at text[id:]: a word that is
// long enough and no key ID.
func tokenNear(text []byte, id int) bool {
	to := min(len(text), id+hqid7Len+fieldReach+Reach/2) // the name of its variable is within fieldReach
	for at := max(0, id-fieldReach); at < to; at++ {
		start := at
		for at < len(text) && isWordByte(text[at]) {
			at++
		}
		if at-start < minBareTokenLen || at < len(text) && text[at] == '.' {
			continue
		}
		if _, isKeyID := parseHqid7(text[start:at]); !isKeyID || start > 0 && text[start-1] == '\\' {
			return true
		}
	}
	return false
}

// valuesNear returns a function that does what [nearestValue] does for a name, once for each.
func valuesNear(text []byte, id int, accepted func(value []byte) bool) func(name []byte) (Range, bool) {
	known := map[string]Range{}
	return func(name []byte) (Range, bool) {
		value, ok := known[string(name)]
		if !ok {
			value, _ = nearestValue(text, id, called(name), accepted)
			known[string(name)] = value
		}
		return value, value != Range{}
	}
}
