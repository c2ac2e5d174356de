package rules

import (
	"bytes"
	"slices"
)

// joinedKey returns the key whose ID is at text[id:], if the other parts are in string
// literals that the program joins with it.
func joinedKey(text []byte, id int) (Match, bool) {
	left, before := joinBefore(text, id)
	right, after := joinAfter(text, id+hqid7Len)
	if whole(text, left, id, right) {
		// A literal next to a whole key is another argument or element, not a piece.
		if before&operated == 0 || isIssued(string(cut(text, left[len(left)-1:]))) {
			left, before = left[len(left)-1:], 0
		}
		if after&operated == 0 || right[0].End-right[0].Start == issuedTokenLen && !looksRandom(cut(text, right[1:])) {
			right, after = right[:1], 0
		}
	}
	if len(left) == 0 || len(right) == 0 || before|after == 0 {
		return Match{}, false
	}
	if (before|after)&listed != 0 && !joinsByDots(text, left[0].Start, right[len(right)-1].End) {
		return Match{}, false
	}
	return keyFromPieces(text, left, id, right, High, "joined from pieces")
}

// whole reports whether the parts next to a key ID make a key within one string literal.
func whole(text []byte, left []Range, id int, right []Range) bool {
	if len(left) == 0 || len(right) == 0 {
		return false
	}
	start, end := left[len(left)-1], right[0]
	return start.End == id-1 && end.Start == id+hqid7Len+1 && start.Start > 0 && isQuote(text[start.Start-1]) &&
		end.End < len(text) && text[end.End] == text[start.Start-1] &&
		end.End-end.Start >= minBareTokenLen && looksRandom(text[end.Start:end.End])
}

// fieldsKey returns the key whose ID, at text[id:], is the value of a field, if there
// are fields for its tenant and its token nearby.
func fieldsKey(text []byte, id int) (Match, bool) {
	end := id + hqid7Len
	if end < len(text) && (isWordByte(text[end]) || text[end] == '.') {
		return Match{}, false
	}
	tenant, ok := nearestField(text, id, "tenant", func(value []byte) bool { return isTenant(string(value)) })
	if !ok {
		return Match{}, false
	}
	random := func(value []byte) bool { return len(value) >= minBareTokenLen && looksRandom(value) }
	token, ok := nearestField(text, id, "token", random)
	if !ok {
		token, ok = nearestField(text, id, "secret", random)
	}
	if !ok {
		return Match{}, false
	}
	return keyFromPieces(text, []Range{tenant}, id, []Range{token}, Medium, "in separate fields")
}

// keyFromPieces returns the Match of a key whose parts are apart from one another.
func keyFromPieces(text []byte, tenant []Range, id int, token []Range, c Confidence, where string) (Match, bool) {
	key := Key{TenantID: string(cut(text, tenant)), KeyID: string(text[id : id+hqid7Len])}
	secret := cut(text, token)
	if !isTenant(key.TenantID) || len(secret) < minBareTokenLen || len(secret) > maxTokenLen || !looksRandom(secret) {
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

// cut returns the concatenated ranges of a text.
func cut(text []byte, parts []Range) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, text[p.Start:p.End]...)
	}
	return all
}

// fieldReach is how far from a key ID the fields of its tenant and its token may be.
const fieldReach = 400

// nearestField returns the value of the field nearest to the key ID at text[id:] that
// has word in its name and a value that is accepted.
func nearestField(text []byte, id int, word string, accepted func(value []byte) bool) (nearest Range, ok bool) {
	for at := max(0, id-fieldReach); at < min(len(text), id+hqid7Len+fieldReach); at++ {
		if !hasPrefixFold(text[at:], word) {
			continue
		}
		start := valueStart(text, nameEnd(text, at))
		if start < 0 || start == id {
			continue
		}
		end := wordEnd(text, start, maxTokenLen)
		if end < len(text) && text[end] == '.' || continues(text, end) || !accepted(text[start:end]) {
			continue
		}
		if _, isKeyID := parseHqid7(text[start:end]); isKeyID {
			continue
		}
		if !ok || distance(start, id) < distance(nearest.Start, id) {
			nearest, ok = Range{start, end}, true
		}
	}
	return nearest, ok
}

func distance(a, b int) int { return max(a-b, b-a) }

// seams is how pieces are joined.
type seams uint8

const (
	// glued pieces are in different literals.
	glued seams = 1 << iota
	// listed pieces have a comma between them, in the place of a dot.
	listed
	// operated pieces have an operator between them, or the end of a line.
	operated
)

// maxPieces is how many pieces a part of a key may be cut into.
const maxPieces = 16

// joinAfter returns the token that is joined to a key ID that ends at text[at].
func joinAfter(text []byte, at int) (parts []Range, how seams) {
	dot, seam := false, seams(0)
	for at < len(text) && len(parts) < maxPieces {
		if text[at] == '.' && !dot {
			dot = true
			at++
			continue
		}
		if dot && isWordByte(text[at]) {
			end := wordEnd(text, at, maxTokenLen)
			parts, how = append(parts, Range{at, end}), how|seam
			at = end
			continue
		}
		g := glueAt(text, at)
		if g.end < 0 || g.comma && len(parts) > 0 {
			break
		}
		at, seam = g.end, seam|g.seam()
		switch {
		case g.dot:
			dot = true
		case g.comma && !dot && at < len(text) && text[at] != '.':
			dot, seam = true, seam|listed
		}
	}
	return parts, how
}

// joinBefore returns the tenant that is joined to a key ID at text[at:].
func joinBefore(text []byte, at int) (parts []Range, how seams) {
	dot, seam := false, seams(0)
	for at > 0 && len(parts) < maxPieces {
		if text[at-1] == '.' && !dot {
			dot = true
			at--
			continue
		}
		if dot && isWordByte(text[at-1]) {
			end := at
			for at > 0 && end-at <= maxTenantLen && isWordByte(text[at-1]) {
				at--
			}
			parts, how = append(parts, Range{at, end}), how|seam
			continue
		}
		start, g := glueBefore(text, at)
		if start < 0 || g.comma && len(parts) > 0 {
			break
		}
		listing := g.comma && !dot && text[start-1] != '.'
		at, seam = start, seam|g.seam()
		if g.dot || listing {
			dot = true
		}
		if listing {
			seam |= listed
		}
	}
	slices.Reverse(parts)
	return parts, how
}

// glue is the text between two string literals that are joined.
type glue struct {
	end int // the offset after it, or -1
	// dot says that it puts a dot between the literals, comma that they are in a list.
	dot, comma bool
	// operator says that there is an operator or a call, or that a line ends.
	operator bool
}

func (g glue) seam() seams {
	if g.operator {
		return glued | operated
	}
	return glued
}

// glueTexts are the operators and calls, without blanks, that join the literals on
// both sides in different languages.
var glueTexts = map[string]glue{
	"": {}, "+": {}, "&": {}, "&_": {}, "||": {}, "<<": {}, "<>": {}, "..": {}, "++": {}, "+\\": {}, "\\": {}, "...": {},
	".": {}, ".concat(": {}, "}${": {}, "}.${": {dot: true}, ",": {comma: true}, ";": {comma: true},
	"~": {}, "^": {}, "*": {}, "+@": {}, "+N": {}, ",@": {comma: true}, ").append(": {}, ").Append(": {}, ")+": {}, "+std::string(": {},
	"}{": {}, "}.{": {dot: true}, "}#{": {}, "}.#{": {dot: true}, ").\\(": {dot: true}, ")\\(": {},
}

// maxGlue is how long the text between two literals, mostly blanks, may be.
const maxGlue = 80

// glueAt returns the glue that begins at text[at], where a string literal or a line of
// a shell command ends.
func glueAt(text []byte, at int) glue {
	if rest := text[at:]; bytes.HasPrefix(rest, []byte("\\\n")) || bytes.HasPrefix(rest, []byte("\\\r\n")) {
		return glue{end: at + bytes.IndexByte(rest, '\n') + 1, operator: true}
	}
	if !isQuote(text[at]) {
		return glue{end: -1}
	}
	var operator []byte
	for i := at + 1; i < len(text) && i-at < maxGlue; i++ {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		case isQuote(c):
			g, ok := glueTexts[string(operator)]
			if !ok && !appends(operator) {
				return glue{end: -1}
			}
			g.end, g.operator = i+1, len(operator) > 0 && !g.comma || bytes.IndexByte(text[at:i], '\n') >= 0
			return g
		case len(operator) == maxOperator:
			return glue{end: -1}
		default:
			operator = append(operator, c)
		}
	}
	return glue{end: -1}
}

// maxOperator is how long the text between two literals may be without blanks.
const maxOperator = 40

// appends reports whether the text between two literals, without blanks, appends the second
// to the variable that has the first: ;key+=
func appends(operator []byte) bool {
	name, ok := bytes.CutSuffix(operator, []byte("+="))
	if !ok {
		name, ok = bytes.CutSuffix(operator, []byte(".="))
	}
	name = bytes.TrimLeft(name, ";$")
	return ok && len(name) > 0 && !bytes.ContainsFunc(name, func(r rune) bool { return r >= 0x80 || !isIdentifierByte(byte(r)) })
}

// glueBefore returns the glue that ends at text[at] and its start, which is the end of
// a part of a key, or -1.
func glueBefore(text []byte, at int) (start int, g glue) {
	if at == 0 || !isQuote(text[at-1]) && text[at-1] != '\n' {
		return -1, glue{}
	}
	for start = at - 1; start > 0 && at-start <= maxGlue; start-- {
		if c := text[start-1]; !isWordByte(c) && c != '.' {
			continue
		}
		if g = glueAt(text, start); g.end == at {
			return start, g
		}
	}
	return -1, glue{}
}

// joinReach is how far from a list the call that joins it may be.
const joinReach = 80

// joinsByDots reports whether the list text[start:end] is joined by dots, by the call
// that it is an argument of or by a call on the list.
func joinsByDots(text []byte, start, end int) bool {
	before := bytes.TrimRight(around(text, start, joinReach, 0), "\"'` \t\r\n([{")
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	after, _, _ := bytes.Cut(bytes.TrimLeft(around(text, end, 0, joinReach), "\"'` \t\r\n,;)]}"), []byte("\n"))
	for _, format := range []string{"%s.%s.%s", "{}.{}.{}", "{0}.{1}.{2}", "%v.%v.%v", "%@.%@.%@"} {
		if bytes.Contains(before, []byte(format)) {
			return true
		}
	}
	if bytes.HasPrefix(after, []byte(`."`)) { // the rest of a last argument that is a dot
		after = append([]byte(`"`), after...)
	}
	if bytes.HasSuffix(before, []byte(`".`)) { // the quote after a dot is cut
		before = append(bytes.Clone(before), '"')
	}
	dot := slices.ContainsFunc([]string{`"."`, "'.'", "`.`"}, func(quoted string) bool {
		return bytes.Contains(before, []byte(quoted)) || bytes.Contains(after, []byte(quoted))
	})
	return dot && slices.ContainsFunc([]string{"join", "implode", "mkstring", "string.concat", "paste", "intercalate"}, func(call string) bool {
		return containsFold(before, call) || containsFold(after, call)
	})
}
