package verify

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner"
)

// roles says what each role can do, as documented at docs.qasphere.com/api/users.
var roles = map[string]string{
	"owner":       "manage the tenant and its users, and read and change everything in",
	"admin":       "manage users, and read and change everything in",
	"user":        "read, create and change test cases and runs in",
	"test-runner": "read test cases and runs, and change their results, in",
	"viewer":      "read",
}

// projectCode is the form of a project's code (CreateProjectRequestSchema of
// github.com/Hypersequent/qas-cli).
var projectCode = regexp.MustCompile(`^[a-zA-Z0-9]{2,5}$`)

// analyze asks a host what a live key gives access to. said is the verdict that
// proved the key live. What the host does not tell is left out.
func (v *Verifier) analyze(ctx context.Context, f *scanner.Finding, key scanner.Secret, h host, said verdict) *scanner.Access {
	access := &scanner.Access{Projects: -1}
	if said.State == scanner.Restricted {
		access.AuditLog = said.shape == eventsBody // else the plan does not include one
		access.Summary = summarize(access, true)
		return access
	}
	if u := said.body.User; said.shape == userBody {
		access.User, access.Email = displayName(f, u.Name), displayName(f, u.Email)
		if _, ok := roles[u.Role]; ok {
			access.Role = u.Role
		}
	}
	// get fails only if ctx ends, and run returns that error.
	list := said.answer
	if list.shape != projectsBody {
		list, _ = v.client.get(ctx, h, pathProjects, said.scheme, f.Key.String(), key)
	}
	if list.status == 200 && list.shape == projectsBody {
		all := list.body.projects()
		access.Projects, access.Codes = len(all), projectCodes(f, all)
	}
	audit, _ := v.client.get(ctx, h, pathAudit, said.scheme, f.Key.String(), key)
	access.AuditLog = audit.status == 200 && audit.shape == eventsBody
	// Only administrators, and restricted keys, may read the audit log.
	access.Admin = access.Role == "owner" || access.Role == "admin" || access.AuditLog
	access.Summary = summarize(access, false)
	return access
}

// projectCodes returns the codes of projects, sorted, at most [scanner.MaxCodes] of
// them. What is not a code is left out.
func projectCodes(f *scanner.Finding, all []project) []string {
	var codes []string
	for _, p := range all {
		if projectCode.MatchString(p.Code) {
			codes = append(codes, displayName(f, p.Code))
		}
	}
	slices.Sort(codes)
	return codes[:min(len(codes), scanner.MaxCodes)]
}

// displayName returns a name that a server sent, without the key: a server can send back
// what it was sent.
func displayName(f *scanner.Finding, name string) string {
	const longest = 254 // bytes; of an email address (RFC 5321, section 4.5.3.1)
	return displayText(f, name, longest)
}

// displayText returns a text that a server sent, without the key and at most longest bytes.
func displayText(f *scanner.Finding, text string, longest int) string {
	text = f.Redact(strings.TrimSpace(text))
	return strings.ToValidUTF8(text[:min(len(text), longest)], "")
}

// summarize says in one sentence what the holder of a key can do.
func summarize(a *scanner.Access, restricted bool) string {
	const log = "read the audit log: who did what, when and from which address"
	if restricted {
		return "Whoever holds it can " + log + ". Nothing else."
	}
	can, ok := roles[a.Role]
	if !ok {
		can = "read, and perhaps change,"
	}
	text := "Whoever holds it can " + can + " " + describeProjects(a)
	if a.AuditLog {
		text += "; and " + log
	}
	return text + "."
}

// describeProjects names the projects that a key can read.
func describeProjects(a *scanner.Access) string {
	const named = 5
	switch {
	case a.Projects < 0:
		return "the tenant's projects"
	case a.Projects == 0:
		return "the tenant's projects (none yet)"
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
