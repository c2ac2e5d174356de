package verify

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner"
)

// roles says what each role may do, as docs.qasphere.com/api/users has it.
var roles = map[string]string{
	"owner":       "manage the tenant and its users, and read and change everything in",
	"admin":       "manage users, and read and change everything in",
	"user":        "read, make and change test cases and runs in",
	"test-runner": "read test cases and runs, and change their results, in",
	"viewer":      "read",
}

// projectCode is the form of a project's code (CreateProjectRequestSchema of
// github.com/Hypersequent/qas-cli).
var projectCode = regexp.MustCompile(`^[a-zA-Z0-9]{2,5}$`)

// analyze asks what a live key reaches; said is what proved it alive. What cannot
// be learned is left out.
func (v *Verifier) analyze(ctx context.Context, f *scanner.Finding, key scanner.Secret, h host, said asked) *scanner.Access {
	access := &scanner.Access{Projects: -1}
	if said.State == scanner.Restricted {
		access.AuditLog = said.shape == isEvents // else the plan has none
		access.Summary = summarize(access, true)
		return access
	}
	if u := said.body.User; said.shape == isUser {
		// A server says what it likes, so that even the key may be in it.
		access.User, access.Email = shown(f, u.Name), shown(f, u.Email)
		if _, ok := roles[u.Role]; ok {
			access.Role = u.Role
		}
	}
	list := said.answer
	if list.shape != isProjects {
		list, _ = v.client.get(ctx, h, pathProjects, said.scheme, f.Key.String(), key)
	}
	if list.status == 200 && list.shape == isProjects {
		all := list.body.projects()
		access.Projects, access.Codes = len(all), codes(f, all)
	}
	audit, _ := v.client.get(ctx, h, pathAudit, said.scheme, f.Key.String(), key)
	access.AuditLog = audit.status == 200 && audit.shape == isEvents
	// Of everybody the log is for administrators alone.
	access.Admin = access.Role == "owner" || access.Role == "admin" || access.AuditLog
	access.Summary = summarize(access, false)
	return access
}

// codes returns the codes of projects, sorted, at most [scanner.MaxCodes] of them.
func codes(f *scanner.Finding, all []project) []string {
	var codes []string
	for _, p := range all {
		if projectCode.MatchString(p.Code) {
			codes = append(codes, shown(f, p.Code))
		}
	}
	slices.Sort(codes)
	return codes[:min(len(codes), scanner.MaxCodes)]
}

// shown returns a name that a server gave, fit to be shown: short, and without
// the key.
func shown(f *scanner.Finding, name string) string {
	const longest = 254 // bytes; of an email address (RFC 5321, section 4.5.3.1)
	name = f.Redact(name)
	return strings.ToValidUTF8(name[:min(len(name), longest)], "")
}

// summarize says in a sentence what whoever holds the key could do.
func summarize(a *scanner.Access, restricted bool) string {
	const log = "read the audit log: who did what, when and from which address"
	if restricted {
		return "Whoever holds it can " + log + ". Nothing else."
	}
	may, ok := roles[a.Role]
	if !ok {
		may = "read, and perhaps change,"
	}
	text := "Whoever holds it can " + may + " " + projects(a)
	if a.AuditLog {
		text += "; and " + log
	}
	return text + "."
}

// projects names the projects that a key reaches.
func projects(a *scanner.Access) string {
	const named = 5
	switch {
	case a.Projects < 0:
		return "the tenant's projects"
	case a.Projects == 0:
		return "the tenant's projects, of which there are none yet"
	}
	text := "1 project"
	if a.Projects > 1 {
		text = fmt.Sprintf("%d projects", a.Projects)
	}
	if len(a.Codes) == 0 {
		return text
	}
	text += " (" + strings.Join(a.Codes[:min(len(a.Codes), named)], ", ")
	if len(a.Codes) > named {
		text += ", …"
	}
	return text + ")"
}
