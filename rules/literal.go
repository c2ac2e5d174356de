package rules

import "bytes"

// The functions of this file read text around a place; none looks further than
// Reach, and none allocates.

// keyBefore returns the start of the tenant ID that ends at text[dot], or -1.
func keyBefore(text []byte, dot int) int {
	start := dot
	for start > 0 && dot-start <= maxTenantLen && isWordByte(text[start-1]) {
		start--
	}
	start += escapeTail(text, start)
	for start < dot && !isAlnum(text[start]) {
		start++
	}
	if start >= dot || dot-start > maxTenantLen || !isAlnum(text[dot-1]) {
		return -1
	}
	return start
}

// escapeTail returns how many of the word bytes at text[start:] end an escape
// sequence that began before them, as the n of "\n" does. Without it a key right
// after an escape would be taken for another tenant's.
func escapeTail(text []byte, start int) int {
	if start == 0 || start == len(text) {
		return 0
	}
	switch text[start-1] {
	case '\\':
		switch text[start] {
		case 'n', 'r', 't', 'f', 'v', 'b', 'a', 'e', '0':
			return 1
		case 'x':
			return hexTail(text, start+1, 2)
		case 'u':
			return hexTail(text, start+1, 4)
		}
	case '%':
		if n := hexTail(text, start, 2); n > 0 {
			return n - 1
		}
	case '[': // a terminal's colour: ESC [ 3 1 m
		if start >= 2 && text[start-2] == 0x1b {
			return colourTail(text, start)
		}
	case ';':
		from := start - 1
		for from > 0 && start-from < 16 && (text[from] == ';' || '0' <= text[from] && text[from] <= '9') {
			from--
		}
		if from > 0 && text[from] == '[' && text[from-1] == 0x1b {
			return colourTail(text, start)
		}
	}
	return 0
}

// hexTail returns n+1 if n hexadecimal digits stand at text[at], else 0.
func hexTail(text []byte, at, n int) int {
	if at+n > len(text) {
		return 0
	}
	for _, c := range text[at : at+n] {
		if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f') {
			return 0
		}
	}
	return n + 1
}

func colourTail(text []byte, at int) int {
	n := 0
	for at+n < len(text) && '0' <= text[at+n] && text[at+n] <= '9' {
		n++
	}
	if at+n < len(text) && text[at+n] == 'm' {
		return n + 1
	}
	return 0
}

// wordEnd returns the end of the run of word bytes at text[at:], looking at no
// more than longest+1 bytes, so that a longer run is seen to be longer.
func wordEnd(text []byte, at, longest int) int {
	end := at
	for end < len(text) && end-at <= longest && isWordByte(text[end]) {
		end++
	}
	return end
}

// threeParts returns the end of the three dotted words at text[at:], or -1.
func threeParts(text []byte, at int) int {
	tenant := wordEnd(text, at, maxTenantLen)
	if tenant == at || tenant >= len(text) || text[tenant] != '.' {
		return -1
	}
	id := wordEnd(text, tenant+1, maxKeyIDLen)
	if id == tenant+1 || id >= len(text) || text[id] != '.' {
		return -1
	}
	end := wordEnd(text, id+1, maxTokenLen)
	if end-id-1 < minTokenLen || end-id-1 > maxTokenLen {
		return -1
	}
	return end
}

// credentialEnd returns the end of the run of token68 characters (RFC 9110,
// section 11.2) and ':' at text[at:].
func credentialEnd(text []byte, at int) int {
	end := at
	for end < len(text) && end-at < Reach/2 {
		c := text[end]
		if !isWordByte(c) && bytes.IndexByte([]byte(".~+/=:"), c) < 0 {
			break
		}
		end++
	}
	for end > at && (text[end-1] == '.' || text[end-1] == ':') {
		end--
	}
	return end
}

// goesOn reports whether a literal that ends at text[at] goes on with what is no
// part of one: a reference (${x} of shells and JavaScript, #{x} of Ruby, {x} of
// Python), or a mask.
func goesOn(text []byte, at int) bool {
	for _, next := range []string{"$", "{", "#{", "*", ".*", "...", "\u2026", ".\u2026"} {
		if bytes.HasPrefix(text[at:], []byte(next)) {
			return true
		}
	}
	return false
}

// containsFold reports whether text holds lower, which is in lower case, in any
// case of ASCII letters.
func containsFold(text []byte, lower string) bool { return lastFold(text, lower) >= 0 }

// lastFold returns where lower last stands in text, in any case, or -1.
func lastFold(text []byte, lower string) int {
	for i := len(text) - len(lower); i >= 0; i-- {
		if hasPrefixFold(text[i:], lower) {
			return i
		}
	}
	return -1
}

func hasPrefixFold(text []byte, lower string) bool {
	if len(text) < len(lower) {
		return false
	}
	for i := range len(lower) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// around returns the text from at-before to at+after, as far as there is any.
func around(text []byte, at, before, after int) []byte {
	return text[max(0, at-before):min(len(text), at+after)]
}
