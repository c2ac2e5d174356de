package rules

import "bytes"

// tenantDomain is what hosts of tenants end with: https://{company}.{region}.qasphere.com,
// older ones without a region (docs.qasphere.com, api_intro).
const tenantDomain = ".qasphere.com"

// publicHosts are the first labels of hosts that are no tenants.
var publicHosts = []string{"www", "docs", "help", "blog", "status", "support"}

// hostAround returns the bounds of the name of a tenant's host whose domain begins at
// text[at], or -1.
func hostAround(text []byte, at int) (start, end int) {
	start, end = at, at+len(tenantDomain)
	for start > 0 && at-start < 160 && (isWordByte(text[start-1]) || text[start-1] == '.') {
		start--
	}
	if start == at || end < len(text) && (isWordByte(text[end]) || text[end] == '.' && end+1 < len(text) && isAlnum(text[end+1])) {
		return -1, -1
	}
	label, _, _ := bytes.Cut(text[start:at], []byte{'.'})
	for _, public := range publicHosts {
		if bytes.EqualFold(label, []byte(public)) {
			return -1, -1
		}
	}
	return start, end
}
