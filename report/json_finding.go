package report

import (
	"bytes"
	"time"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

type jsonFinding struct {
	Rule        string           `json:"rule"`
	Severity    string           `json:"severity"`
	Confidence  string           `json:"confidence"`
	Message     string           `json:"message"`
	Fingerprint string           `json:"fingerprint"`
	Key         *jsonKey         `json:"key"`
	Liveness    jsonLiveness     `json:"liveness"`
	Exposure    jsonExposure     `json:"exposure"`
	Suppressed  *jsonSuppression `json:"suppressed"`
	Occurrences []jsonOccurrence `json:"occurrences"`
}

type jsonKey struct {
	TenantID  string    `json:"tenantId"`
	KeyID     string    `json:"keyId"`
	CreatedAt *jsonTime `json:"createdAt"`
	Redacted  string    `json:"redacted"`
	Value     string    `json:"value,omitempty"`
}

type jsonExposure struct {
	Client        bool      `json:"client"`
	FirstCommitAt *jsonTime `json:"firstCommitAt"`
	LastSeenAt    *jsonTime `json:"lastSeenAt"`
	AtHead        bool      `json:"atHead"`
	Days          int       `json:"days"`
}

type jsonSuppression struct {
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Until  *jsonTime `json:"until"`
}

type jsonOccurrence struct {
	Rule      string      `json:"rule"`
	Path      string      `json:"path"`
	Line      int         `json:"line"`
	Column    int         `json:"column"`
	EndLine   int         `json:"endLine"`
	EndColumn int         `json:"endColumn"`
	Layers    []string    `json:"layers"`
	Object    string      `json:"object"`
	OID       *string     `json:"oid"`
	Commit    *jsonCommit `json:"commit"`
	RemovedBy *jsonCommit `json:"removedBy"`
	Refs      []string    `json:"refs"`
	Reflogs   []string    `json:"reflogs"`
	Reachable bool        `json:"reachable"`
	Original  string      `json:"original,omitempty"`
	// Repository is its name in the coverage.
	Repository *string `json:"repository"`

	Suppressed *jsonSuppression `json:"suppressed"`
}

type jsonCommit struct {
	SHA     string    `json:"sha"`
	Author  string    `json:"author"`
	Date    *jsonTime `json:"date"`
	Summary string    `json:"summary"`
}

// jsonTime writes a time in UTC as RFC 3339 has it, to the millisecond where it
// has any: key IDs tell milliseconds, git does not.
type jsonTime time.Time

func (t jsonTime) MarshalText() ([]byte, error) {
	utc := time.Time(t).UTC()
	if utc.Nanosecond() == 0 {
		return []byte(utc.Format(time.RFC3339)), nil
	}
	return []byte(utc.Format("2006-01-02T15:04:05.000Z07:00")), nil
}

func newJSONTime(t time.Time) *jsonTime {
	if t.IsZero() {
		return nil
	}
	return (*jsonTime)(&t)
}

// finding writes a finding. Its occurrences, of which there may be many, come last and are
// written one by one.
func (j *jsonWriter) finding(indent string, f *scanner.Finding, o Options) {
	end := j.newLine(indent) + "}"
	j.write(bytes.TrimSuffix(j.text(indent, newJSONFinding(f, o)), []byte("[]"+end)))
	shown := new(jsonOccurrence) // the same memory for all
	j.list(indent+"  ", each(len(f.Occurrences), func(i int) any {
		*shown = newJSONOccurrence(&f.Occurrences[i])
		return shown
	}))
	j.printf("%s", end)
}

// newJSONFinding returns a finding without its occurrences.
func newJSONFinding(f *scanner.Finding, o Options) jsonFinding {
	return jsonFinding{
		Rule:        f.Rule.ID,
		Severity:    f.Severity.String(),
		Confidence:  f.Confidence.String(),
		Message:     f.Message,
		Fingerprint: f.Fingerprint,
		Key:         newJSONKey(f, o),
		Liveness:    newJSONLiveness(f.Liveness),
		Exposure: jsonExposure{
			Client:        f.Exposure.Client,
			FirstCommitAt: newJSONTime(f.Exposure.FirstCommitAt),
			LastSeenAt:    newJSONTime(f.Exposure.LastSeenAt),
			AtHead:        f.Exposure.AtHead,
			Days:          f.Exposure.Days,
		},
		Suppressed:  newJSONSuppression(f.Suppressed),
		Occurrences: []jsonOccurrence{},
	}
}

func newJSONKey(f *scanner.Finding, o Options) *jsonKey {
	if f.Key == (rules.Key{}) {
		return nil
	}
	key := &jsonKey{
		TenantID:  f.Key.TenantID,
		KeyID:     f.Key.KeyID,
		CreatedAt: newJSONTime(f.Key.CreatedAt),
		Redacted:  f.Key.String(),
	}
	if o.ShowSecrets {
		key.Value = f.Secret.Reveal()
	}
	return key
}

func newJSONSuppression(s *scanner.Suppression) *jsonSuppression {
	if s == nil {
		return nil
	}
	return &jsonSuppression{By: s.By, Reason: s.Reason, Until: newJSONTime(s.Until)}
}

func newJSONOccurrence(at *scanner.Occurrence) jsonOccurrence {
	var oid *string
	if at.OID != "" {
		oid = &at.OID
	}
	return jsonOccurrence{
		Rule:      at.Rule.ID,
		Path:      at.Path,
		Line:      at.Line,
		Column:    at.Column,
		EndLine:   at.EndLine,
		EndColumn: at.EndColumn,
		Layers:    listed(at.Layers),
		Object:    string(at.Object),
		OID:       oid,
		Commit:    newJSONCommit(at.Commit),
		RemovedBy: newJSONCommit(at.RemovedBy),
		Refs:      listed(at.Refs),
		Reflogs:   listed(at.Reflogs),
		Reachable: at.Reachable,
		Original:  at.Original,

		Repository: known(at.Repository),

		Suppressed: newJSONSuppression(at.Suppressed),
	}
}

func newJSONCommit(c *scanner.Commit) *jsonCommit {
	if c == nil {
		return nil
	}
	return &jsonCommit{SHA: c.SHA, Author: c.Author, Date: newJSONTime(c.Date), Summary: c.Summary}
}

// jsonLiveness is what was learned of whether a key works.
type jsonLiveness struct {
	State     string      `json:"state"`
	Host      *string     `json:"host"`
	CheckedAt *jsonTime   `json:"checkedAt"`
	Reason    *string     `json:"reason"`
	Access    *jsonAccess `json:"access,omitempty"`
	Answer    *jsonAnswer `json:"answer,omitempty"`
	Audit     *jsonAudit  `json:"audit,omitempty"`
}

type jsonAnswer struct {
	Message *string           `json:"message"`
	Headers map[string]string `json:"headers"`
}

type jsonAccess struct {
	User         *string  `json:"user"`
	Email        *string  `json:"email"`
	Role         *string  `json:"role"`
	Admin        bool     `json:"admin"`
	Projects     *int     `json:"projects"`
	ProjectCodes []string `json:"projectCodes"`
	AuditLog     bool     `json:"auditLog"`
	Summary      string   `json:"summary"`
}

func newJSONLiveness(l scanner.Liveness) jsonLiveness {
	shown := jsonLiveness{
		State: l.State.String(), Host: known(l.Host), CheckedAt: newJSONTime(l.CheckedAt), Reason: known(l.Reason),
	}
	if a := l.Answer; a != nil {
		shown.Answer = &jsonAnswer{known(a.Message), a.Headers}
	}
	if a := l.Access; a != nil {
		shown.Access = &jsonAccess{
			User: known(a.User), Email: known(a.Email), Role: known(a.Role), Admin: a.Admin,
			ProjectCodes: listed(a.Codes), AuditLog: a.AuditLog, Summary: a.Summary,
		}
		if a.Projects >= 0 {
			shown.Access.Projects = &a.Projects
		}
	}
	if l.Audit != nil {
		shown.Audit = newJSONAudit(l.Audit)
	}
	return shown
}

// jsonAudit is what is new in the audit log since a key was exposed.
type jsonAudit struct {
	Since         *jsonTime     `json:"since"`
	EventsBefore  int           `json:"eventsBefore"`
	EventsSince   int           `json:"eventsSince"`
	NewAddresses  []jsonNovelty `json:"newAddresses"`
	NewUserAgents []jsonNovelty `json:"newUserAgents"`
	NewHours      []jsonNovelty `json:"newHours"`
	NewActions    []jsonNovelty `json:"newActions"`
	Summary       string        `json:"summary"`
}

type jsonNovelty struct {
	Value   string    `json:"value"`
	Events  int       `json:"events"`
	FirstAt *jsonTime `json:"firstAt"`
}

func newJSONAudit(a *scanner.Audit) *jsonAudit {
	list := func(all []scanner.Novelty) []jsonNovelty {
		shown := make([]jsonNovelty, len(all))
		for i, n := range all {
			shown[i] = jsonNovelty{Value: n.Value, Events: n.Events, FirstAt: newJSONTime(n.FirstAt)}
		}
		return shown
	}
	return &jsonAudit{
		Since: newJSONTime(a.Since), EventsBefore: a.EventsBefore, EventsSince: a.EventsSince,
		NewAddresses: list(a.Addresses), NewUserAgents: list(a.UserAgents), NewHours: list(a.Hours), NewActions: list(a.Actions),
		Summary: a.Summary,
	}
}

// known returns nil for a text that is empty.
func known(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
