package rules

import (
	"bytes"
	"slices"
	"strings"
)

// referring returns the names in a range to which something is assigned that refers to
// QA Sphere's API.
func (s source) referring(from, to int) []string {
	names := slices.Clone(s.names)
	for at := from; at < to; {
		line := firstLine(s.bare[at:to])
		if i := assignment(s.code[at : at+len(line)]); i > 0 && (meansAPI(line[i:], names) || bytes.HasSuffix(bytes.TrimSpace(line), []byte("(")) && meansAPI(s.bare[at:s.closingBefore(at+len(line)-1, at+Reach)], names)) {
			for _, name := range assignedNames(s.code[at : at+i]) {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		at += len(line) + 1
	}
	return names
}

// assignment returns the offset of the = of an assignment in a line, or -1.
func assignment(line []byte) int {
	for i := 1; i+1 < len(line); i++ {
		if line[i] == '=' && line[i+1] != '=' && line[i+1] != '>' && bytes.IndexByte([]byte("=!<>+"), line[i-1]) < 0 {
			if bytes.IndexByte(line[:i], '(') >= 0 {
				return -1 // a named argument
			}
			return i
		}
	}
	return -1
}

// assignedNames returns the names on the left side of an assignment: of
// "const url: string" and "req, err :".
func assignedNames(left []byte) []string {
	if i := bytes.IndexByte(left, ':'); i >= 0 {
		left = left[:i]
	}
	var names []string
	for part := range strings.SplitSeq(string(left), ",") {
		words := strings.FieldsFunc(part, func(r rune) bool { return r != '_' && (r > 'z' || !isAlnum(byte(r))) })
		if len(words) > 0 {
			if name := words[len(words)-1]; name != "_" && name != "err" && len(name) > 1 {
				names = append(names, name)
			}
		}
	}
	return names
}

// meansAPI reports whether a text refers to QA Sphere's API: by a tenant's host, by the
// path, by the variable of the official client, or by one of some names.
func meansAPI(text []byte, names []string) bool {
	if bytes.Contains(text, []byte("/api/public/v0")) {
		return true
	}
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(tenantDomain))
		if i < 0 {
			break
		}
		host, _, _, ok := hostAround(text, at+i)
		if at += i + len(tenantDomain); ok && !host.Reserved() {
			return true
		}
	}
	for at := 0; at < len(text); at++ {
		if !isIdentifierByte(text[at]) && text[at] != '$' {
			continue
		}
		end := at + 1
		for end < len(text) && isIdentifierByte(text[end]) {
			end++
		}
		word := strings.TrimPrefix(string(text[at:end]), "$")
		if slices.Contains(names, word) || isURLName(word) {
			return true
		}
		at = end
	}
	return false
}

// isURLName reports whether a name names the variable for a tenant's URL.
func isURLName(name string) bool {
	switch name {
	case "QAS_URL", "QASPHERE_TENANT_URL", "QASPHERE_URL", "QASPHERE_BASE_URL", "QASPHERE_API_URL", "QAS_BASE_URL", "QAS_API_URL":
		return true
	}
	return false
}
