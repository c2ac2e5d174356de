package detect

import (
	"bytes"
	"slices"
)

// Hosts of QA Sphere end so; api_intro of docs.qasphere.com has
// https://{company}.{region}.qasphere.com, and older ones have no region.
const hostSuffix = ".qasphere.com"

// hosts returns the names of the QA Sphere hosts that URLs in text name, each
// once and in order: of https://tenant.qasphere.com and
// https://tenant.region.qasphere.com, without user or port. It knows the form
// alone; whether to ask such a host is for others to decide.
func hosts(text []byte) []string {
	var found []string
	for at := 0; ; {
		next := bytes.Index(text[at:], []byte(hostSuffix))
		if next < 0 {
			return found
		}
		start, end := at+next, at+next+len(hostSuffix)
		at = end
		for start > 0 && isHostByte(text[start-1]) {
			start--
		}
		name := text[start : end-len(hostSuffix)]
		if afterScheme(text[:start]) && isTenantName(name) && endsHost(text[end:]) && !slices.Contains(found, string(text[start:end])) {
			found = append(found, string(text[start:end]))
		}
	}
}

// maxHosts is how many hosts are kept of a finding.
const maxHosts = 4

// AddHosts adds to the hosts of a finding those that are new.
func AddHosts(known, more []string) []string {
	for _, host := range more {
		if len(known) < maxHosts && !slices.Contains(known, host) {
			known = append(known, host)
		}
	}
	return known
}

func isHostByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.'
}

// afterScheme reports whether text ends in https://, as it is or as JSON may
// have it.
func afterScheme(text []byte) bool {
	return bytes.HasSuffix(text, []byte("https://")) || bytes.HasSuffix(text, []byte(`https:\/\/`))
}

// isTenantName reports whether a name is one label, or two.
func isTenantName(name []byte) bool {
	tenant, region, two := bytes.Cut(name, []byte{'.'})
	return isLabel(tenant) && (!two || isLabel(region))
}

func isLabel(label []byte) bool {
	const longest = 63 // RFC 1035, section 2.3.4
	return len(label) > 0 && len(label) <= longest && !bytes.ContainsRune(label, '.') &&
		label[0] != '-' && label[len(label)-1] != '-'
}

// endsHost reports whether the host of a URL ends where text begins: what goes on
// as a name, a port or a user does not.
func endsHost(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	switch c := text[0]; {
	case c == '.' || c == ':': // ends a sentence or a name, if nothing follows
		return len(text) == 1 || text[1] < 0x80 && !isNameByte(text[1])
	case c == '@' || c == '%' || c >= 0x80:
		return false
	default:
		return !isNameByte(c)
	}
}

func isNameByte(c byte) bool { return isHostByte(c|0x20) || isHostByte(c) || c == '_' }
