package verify

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner"
)

// Paths below apiPath that are asked, each with GET alone.
const (
	pathMe       = "/users/me"           // who the key belongs to; newer deployments
	pathProjects = "/project"            // what it can read; every deployment
	pathAudit    = "/audit-logs?count=1" // the one thing that a restricted key may read
)

// Schemes of the Authorization header. The documentation prefers the first;
// older deployments know the second alone.
const (
	bearer = "Bearer"
	apiKey = "ApiKey"
)

// shape is what the body of an answer is, as far as it is documented.
type shape uint8

const (
	anything      shape = iota
	isMessage           // {"message": "…"}, the documented form of errors
	isUser              // {"user": {"id", "email", "role", …}} of /users/me
	isProjects          // {"projects": [{"id", "code", …}]} of /project
	isEvents            // {"events": […], "count", …} of /audit-logs
	isAnyDocument       // any of the four
)

func (s shape) String() string {
	return [...]string{"anything", "a message", "a user", "projects", "events", "documented JSON"}[s]
}

// then is what to do before an answer counts.
type then uint8

const (
	conclude    then = iota
	askProjects      // there is no /users/me
	askAudit         // it may be a restricted key
	askAnew          // with the other scheme, if it was not that already
)

// row is a line of the table: an answer, and what it proves.
type row struct {
	path   string // "" for any
	status int    // or its first digit; 0 for any
	shape  shape
	says   string // a word that the message holds, in any case; "" for any
	state  scanner.LivenessState
	then   then
	reason string
}

// table says what each answer proves; the first row that fits counts. It rests on
// the status codes of docs.qasphere.com/api/authentication and
// docs.eu1.qasphere.com/docs/v0/authentication and audit_logs. The words of
// messages are not documented, so they only ever tell one refusal from another.
// What is not here proves nothing.
var table = []row{
	{pathMe, 200, isUser, "", scanner.Live, conclude, ""},
	{pathProjects, 200, isProjects, "", scanner.Live, conclude, ""},
	{pathAudit, 200, isEvents, "", scanner.Restricted, conclude, "it may read the audit log and nothing else"},
	{pathAudit, 402, isMessage, "", scanner.Restricted, conclude, "it may read the audit log alone, which the tenant's plan lacks"},
	{pathMe, 404, anything, "", scanner.Unknown, askProjects, ""},
	{"", 400, isMessage, "", scanner.WrongHost, conclude, "the host says that the key is not for it"},
	{"", 401, isMessage, "domain", scanner.WrongHost, conclude, "the host says that the key is not for it"},
	{"", 401, isMessage, "host", scanner.WrongHost, conclude, "the host says that the key is not for it"},
	{pathMe, 401, isMessage, "", scanner.Invalid, askAnew, "refused as revoked or never valid"},
	{pathProjects, 401, isMessage, "", scanner.Invalid, askAnew, "refused as revoked or never valid"},
	{"", 403, isMessage, "suspend", scanner.Suspended, conclude, "the tenant is suspended; the key works again when that is lifted"},
	{pathMe, 403, isMessage, "", scanner.Unknown, askAudit, ""},
	{pathProjects, 403, isMessage, "", scanner.Unknown, askAudit, ""},
	{pathAudit, 403, isMessage, "", scanner.Unknown, conclude, "refused without saying why: the tenant may be suspended, or the key restricted"},
	{"", 429, anything, "", scanner.Unknown, conclude, "the host asks for patience (429)"},
	{"", 3, anything, "", scanner.Unknown, conclude, "the host redirects, which is not followed"},
	{"", 5, anything, "", scanner.Unknown, conclude, "the host is in trouble (5xx)"},
	{"", 0, isAnyDocument, "", scanner.Unknown, conclude, "the answer is none that is documented there"},
	{"", 0, anything, "", scanner.Unknown, conclude, "the answer is none of QA Sphere's API; perhaps that of a proxy or a firewall"},
}

// lookup returns the row that fits the answer to a path.
func lookup(path string, a answer) row {
	if a.failure != "" {
		return row{state: scanner.Unknown, reason: a.failure}
	}
	i := slices.IndexFunc(table, func(r row) bool {
		return (r.path == "" || r.path == path) &&
			(r.status == 0 || r.status == a.status || r.status == a.status/100) &&
			r.shape.fits(a.shape) && strings.Contains(strings.ToLower(a.body.message()), r.says)
	})
	return table[i] // the last one fits all
}

func (s shape) fits(is shape) bool {
	return s == anything || s == is || s == isAnyDocument && is != anything
}

// answer is what a host said, or why it did not.
type answer struct {
	failure string // why there is none; "" if there is one
	status  int
	shape   shape
	body    body
}

// body is what is documented of the bodies of answers.
type body struct {
	Message  *string         `json:"message"`
	User     *user           `json:"user"`
	Projects json.RawMessage `json:"projects"` // null where there are none
	Events   json.RawMessage `json:"events"`
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

// newAnswer reads an answer. A body that is not JSON, or not said to be, is
// anything.
func newAnswer(status int, contentType string, text []byte) answer {
	a := answer{status: status}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" || json.Unmarshal(text, &a.body) != nil {
		return answer{status: status}
	}
	switch u := a.body.User; {
	case a.body.Message != nil:
		a.shape = isMessage
	case u != nil && len(u.ID) > 0 && u.Email != "" && u.Role != "":
		a.shape = isUser
	case isList(a.body.Events) && a.body.Count != nil:
		a.shape = isEvents
	case a.body.projects() != nil:
		a.shape = isProjects
	}
	return a
}

// projects returns the projects of the body, not nil but empty if it says that
// there are none; nil if it does not say.
func (b body) projects() []project {
	all := []project{}
	if !isList(b.Projects) || json.Unmarshal(b.Projects, &all) != nil {
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

func isList(text json.RawMessage) bool {
	return len(text) > 0 && (text[0] == '[' || string(text) == "null")
}

// busy reports whether the host says that it will answer later. The official
// client tries again on the same.
func (a answer) busy() bool {
	switch a.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable:
		return true
	}
	return false
}
