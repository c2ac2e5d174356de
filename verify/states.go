package verify

import (
	"encoding/json"
	"mime"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner"
)

// Paths below apiPath that are asked for.
const (
	pathMe       = "/users/me"           // the key's user; newer deployments have it
	pathProjects = "/project"            // the projects that the key can read; every deployment has it
	pathAudit    = "/audit-logs?count=1" // the only path that a restricted key can read
)

// Schemes of the Authorization header. The documentation prefers the first; older
// deployments accept only the second.
const (
	bearer = "Bearer"
	apiKey = "ApiKey"
)

// shape says which of the documented forms the body of an answer has.
type shape uint8

const (
	anyBody        shape = iota
	messageBody          // {"message": "…"}, an error
	userBody             // {"user": {"id", "email", "role", …}}, of /users/me
	projectsBody         // {"projects": [{"id", "code", …}]}, of /project
	eventsBody           // {"events": […], "count", …}, of /audit-logs
	documentedBody       // any of the four; only in rows of the table
)

// String returns the name of the shape in the documentation.
func (s shape) String() string {
	return [...]string{"anything", "a message", "a user", "projects", "events", "documented JSON"}[s]
}

// matches reports whether a body of the shape is what s, a shape of the table, asks
// for.
func (s shape) matches(body shape) bool {
	return s == anyBody || s == body || s == documentedBody && body != anyBody
}

// next is the request to make after an answer.
type next uint8

const (
	stop           next = iota // none: the answer decides
	tryProjects                // this deployment may not have /users/me
	tryAuditLog                // the key may be restricted
	tryOtherScheme             // this deployment may know only ApiKey; if that was sent, the answer decides
)

// row is a row of the table: an answer, and what it proves.
type row struct {
	path     string // "" for any
	status   int    // or its first digit; 0 for any
	shape    shape
	contains string // a word in the message, in any case; "" for any
	state    scanner.LivenessState
	next     next
	reason   string
}

// table says what each answer proves. The first row that matches counts, and what
// no row names proves nothing. It is based on the status codes documented at
// docs.qasphere.com/api/authentication and
// docs.eu1.qasphere.com/docs/v0/authentication and audit_logs. The words of messages
// are not documented, so they only ever tell one refusal from another.
var table = []row{
	{pathMe, 200, userBody, "", scanner.Live, stop, ""},
	{pathProjects, 200, projectsBody, "", scanner.Live, stop, ""},
	{pathAudit, 200, eventsBody, "", scanner.Restricted, stop, "it can read only the audit log"},
	{pathAudit, 402, messageBody, "", scanner.Restricted, stop, "it can read only the audit log, which the tenant's plan does not include"},
	{pathMe, 404, anyBody, "", scanner.Unknown, tryProjects, ""},
	{"", 400, messageBody, "", scanner.WrongHost, stop, "the host says that the key belongs to another host"},
	{"", 401, messageBody, "domain", scanner.WrongHost, stop, "the host says that the key belongs to another host"},
	{"", 401, messageBody, "host", scanner.WrongHost, stop, "the host says that the key belongs to another host"},
	{pathMe, 401, messageBody, "", scanner.Invalid, tryOtherScheme, "refused as revoked or never valid"},
	{pathProjects, 401, messageBody, "", scanner.Invalid, tryOtherScheme, "refused as revoked or never valid"},
	{"", 403, messageBody, "suspend", scanner.Suspended, stop, "the tenant is suspended; the key works again when the suspension ends"},
	{pathMe, 403, messageBody, "", scanner.Unknown, tryAuditLog, ""},
	{pathProjects, 403, messageBody, "", scanner.Unknown, tryAuditLog, ""},
	{pathAudit, 403, messageBody, "", scanner.Unknown, stop, "refused without a reason: the tenant may be suspended, or the key restricted"},
	{"", 429, anyBody, "", scanner.Unknown, stop, "the host limits the rate of requests (429)"},
	{"", 3, anyBody, "", scanner.Unknown, stop, "the host redirects; redirects are not followed"},
	{"", 5, anyBody, "", scanner.Unknown, stop, "the host has a server error (5xx)"},
	{"", 0, documentedBody, "", scanner.Unknown, stop, "the answer is not documented for this request"},
	{"", 0, anyBody, "", scanner.Unknown, stop, "the answer is not one of QA Sphere's API; it may come from a proxy or a firewall"},
}

// interpret returns the row of the table that matches the answer to a path.
func interpret(path string, a answer) row {
	if a.failure != "" {
		return row{state: scanner.Unknown, reason: a.failure}
	}
	i := slices.IndexFunc(table, func(r row) bool {
		return (r.path == "" || r.path == path) &&
			(r.status == 0 || r.status == a.status || r.status == a.status/100) &&
			r.shape.matches(a.shape) && strings.Contains(strings.ToLower(a.body.message()), r.contains)
	})
	return table[i] // the last row matches everything
}

// answer is what a host answered, or why it did not.
type answer struct {
	failure string // why there is no answer; "" if there is one
	status  int
	header  map[string][]string
	shape   shape
	body    body
}

// body is the documented part of the body of an answer.
type body struct {
	Message  *string         `json:"message"`
	User     *user           `json:"user"`
	Projects json.RawMessage `json:"projects"` // null if there are none
	Events   json.RawMessage `json:"events"`   // null if there are none
	Count    *int            `json:"count"`
}

type user struct {
	ID                json.RawMessage `json:"id"`
	Name, Email, Role string
}

type project struct {
	ID   json.RawMessage `json:"id"`
	Code string
}

func (b body) message() string {
	if b.Message == nil {
		return ""
	}
	return *b.Message
}

// newAnswer parses an answer. A body that is not JSON, or is not declared as JSON,
// has the shape anyBody.
func newAnswer(status int, contentType string, text []byte) answer {
	a := answer{status: status}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" || json.Unmarshal(text, &a.body) != nil {
		return answer{status: status}
	}
	switch u := a.body.User; {
	case a.body.Message != nil:
		a.shape = messageBody
	case u != nil && len(u.ID) > 0 && u.Email != "" && u.Role != "":
		a.shape = userBody
	case isListOrNull(a.body.Events) && a.body.Count != nil:
		a.shape = eventsBody
	case a.body.projects() != nil:
		a.shape = projectsBody
	}
	return a
}

// projects returns the projects of the body: an empty list if it says that there
// are none, nil if it is not a list of projects.
func (b body) projects() []project {
	all := []project{}
	if !isListOrNull(b.Projects) || json.Unmarshal(b.Projects, &all) != nil {
		return nil
	}
	for _, p := range all {
		if len(p.ID) == 0 || p.Code == "" {
			return nil
		}
	}
	if all == nil { // null
		return []project{}
	}
	return all
}

func isListOrNull(text json.RawMessage) bool {
	return len(text) > 0 && (text[0] == '[' || string(text) == "null")
}
