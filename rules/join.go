package rules

import (
	"bytes"
	"slices"
)

// joinedKey returns the key whose ID stands at text[id:], if the other parts are in
// string literals that the program joins with it.
func joinedKey(text []byte, id int) (Match, bool) {
	left, before := joinBefore(text, id)
	right, after := joinAfter(text, id+hqid7Len)
	if len(left) == 0 || len(right) == 0 || before|after == 0 {
		return Match{}, false
	}
	if (before|after)&listed != 0 && !joinsByDots(text, left[0].Start, right[len(right)-1].End) {
		return Match{}, false
	}
	return pieces(text, left, id, right, High, "joined from pieces")
}

// seams says how pieces are joined.
type seams uint8

const (
	// glued pieces stand in different literals.
	glued seams = 1 << iota
	// listed ones have a comma between them, in the place of a dot.
	listed
)

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
		at, seam = g.end, seam|glued
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
		at, seam = start, seam|glued
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

// maxPieces bounds how many pieces a part may be cut into.
const maxPieces = 16

// glue is what stands between two string literals that are joined.
type glue struct {
	end int // where it ends, or -1
	// dot says that it puts a dot between them, comma that they are in a list.
	dot, comma bool
}

// glueTexts are the operators and calls that join the literals on both sides, in
// the languages of the laboratory's carriers, without blanks.
var glueTexts = map[string]glue{
	"": {}, "+": {}, "&": {}, "&_": {}, "||": {}, "<<": {}, "<>": {}, "..": {}, "++": {}, "+\\": {}, "\\": {}, "...": {},
	".": {}, ".concat(": {}, "}${": {}, "}.${": {dot: true}, ",": {comma: true},
}

// maxGlue bounds the length of what stands between two literals, mostly blanks.
const maxGlue = 80

// glueAt returns the glue that begins at text[at], where a string literal ends, or
// a line of a shell's command.
func glueAt(text []byte, at int) glue {
	if rest := text[at:]; bytes.HasPrefix(rest, []byte("\\\n")) || bytes.HasPrefix(rest, []byte("\\\r\n")) {
		return glue{end: at + bytes.IndexByte(rest, '\n') + 1}
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
			if !ok {
				return glue{end: -1}
			}
			g.end = i + 1
			return g
		case len(operator) == len(".concat("):
			return glue{end: -1}
		default:
			operator = append(operator, c)
		}
	}
	return glue{end: -1}
}

// glueBefore returns the glue that ends at text[at], and where it begins, which is
// after a part of a key; or -1.
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

// joinReach is how far from a list the call may be that joins it.
const joinReach = 80

// joinsByDots reports whether the call that text[start:end] is a list of, or that is
// made on that list, joins it by dots.
func joinsByDots(text []byte, start, end int) bool {
	before := bytes.TrimRight(around(text, start, joinReach, 0), "\"'` \t\r\n([{")
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	after, _, _ := bytes.Cut(bytes.TrimLeft(around(text, end, 0, joinReach), "\"'` \t\r\n,;)]}"), []byte("\n"))
	for _, format := range []string{"%s.%s.%s", "{}.{}.{}", "{0}.{1}.{2}", "%v.%v.%v", "%@.%@.%@"} {
		if bytes.Contains(before, []byte(format)) {
			return true
		}
	}
	if bytes.HasPrefix(after, []byte(`."`)) { // what is left of a last argument that is a dot
		after = append([]byte(`"`), after...)
	}
	dot := slices.ContainsFunc([]string{`"."`, "'.'", "`.`"}, func(quoted string) bool {
		return bytes.Contains(before, []byte(quoted)) || bytes.Contains(after, []byte(quoted))
	})
	return dot && slices.ContainsFunc([]string{"join", "implode"}, func(call string) bool {
		return containsFold(before, call) || containsFold(after, call)
	})
}
