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
	how := before | after
	if len(left) == 0 || len(right) == 0 || how == 0 {
		return Match{}, false
	}
	c := High
	if how&apart != 0 {
		c = Medium
	}
	m, ok := keyFromPieces(text, left, id, right, c, "joined from pieces")
	if !ok || how&listed != 0 && !joinsByDots(text, left[0].Start, right[len(right)-1].End) {
		return Match{}, false
	}
	return m, true
}

// whole reports whether the parts next to a key ID make a key within one string literal.
func whole(text []byte, left []Range, id int, right []Range) bool {
	if len(left) == 0 || len(right) == 0 {
		return false
	}
	start, end := left[len(left)-1], right[0]
	if start.Start == 0 || end.End >= len(text) {
		return false
	}
	before, after := text[start.Start-1], text[end.End]
	return start.End == id-1 && end.Start == id+hqid7Len+1 && isQuote(after) && (before == after || !isQuote(before)) &&
		end.End-end.Start >= minBareTokenLen && looksRandom(text[end.Start:end.End])
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
	m, ok := match(text, key, start, end, c, where)
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

// seams is how pieces are joined.
type seams uint8

const (
	// glued pieces are in different literals.
	glued seams = 1 << iota
	// listed pieces have no dot between them.
	listed
	// operated pieces have an operator between them, or the end of a line.
	operated
	// apart are literals that are joined elsewhere, or in different statements.
	apart
)

// maxPieces is how many pieces a part of a key may be cut into.
const maxPieces = 16

// joinAfter returns the token that is joined to a key ID that ends at text[at].
func joinAfter(text []byte, at int) (parts []Range, how seams) {
	dot, seam := false, seams(0)
	var between []byte
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
		if g.end < 0 || g.end >= len(text) || len(parts) > 0 && (g.comma || g.separate && !bytes.Equal(text[at:g.end], between)) {
			break
		}
		if g.separate {
			between = text[at:g.end]
		}
		at, seam = g.end, seam|g.seam()
		if g.dot {
			dot = true
		} else if !dot && text[at] != '.' && (g.separate || !g.operator) {
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
			if len(parts) > 0 && at > 0 && !isQuote(text[at-1]) && text[at-1] != '\n' {
				break // the end of another text
			}
			parts, how = append(parts, Range{at, end}), how|seam
			continue
		}
		start, g := glueBefore(text, at)
		if start < 0 || g.separate && len(parts) > 0 {
			break
		}
		listing := !dot && text[start-1] != '.' && !g.dot && (g.separate || !g.operator)
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
