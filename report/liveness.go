package report

import (
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// jsonLiveness is what was learned of whether a key works.
type jsonLiveness struct {
	State     string      `json:"state"`
	Host      *string     `json:"host"`
	CheckedAt *jsonTime   `json:"checkedAt"`
	Reason    *string     `json:"reason"`
	Access    *jsonAccess `json:"access,omitempty"`
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
	if a := l.Access; a != nil {
		shown.Access = &jsonAccess{
			User: known(a.User), Email: known(a.Email), Role: known(a.Role), Admin: a.Admin,
			ProjectCodes: listed(a.Codes), AuditLog: a.AuditLog, Summary: a.Summary,
		}
		if a.Projects >= 0 {
			shown.Access.Projects = &a.Projects
		}
	}
	return shown
}

// known returns nil for a text that is empty.
func known(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// liveRule takes the place of its rule where a finding is a key that is alive:
// SARIF has the number that grades alerts on the rule.
var liveRule = rules.Rule{
	ID:    "qas-live-api-key",
	Title: "QA Sphere API key that is alive",
	Help: `A QA Sphere API key stands here, and the QA Sphere API was asked: it works. Whoever
can read this can use it now.

## Remediation

1. Revoke the key at once: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Look at the audit log for use that was not yours.
3. Make a new one, and keep it in an environment variable or a secret manager.
4. Verify that the old one is dead: ` + "`qasleaks verify`" + `.
`,
	Severity:   rules.Error,
	Confidence: rules.High,
}

// livenessSentence says what is known of a key that is asked about, after the
// other sentences of a message; "" if it was not.
func livenessSentence(l scanner.Liveness) string {
	if l == (scanner.Liveness{}) {
		return ""
	}
	text := " Liveness: " + livenessWords(l) + "."
	if l.Access != nil {
		text += " " + l.Access.Summary
	}
	return text
}

// livenessWords says what is known of a key, who said it and when.
func livenessWords(l scanner.Liveness) string {
	words := l.State.String()
	if l.Host != "" {
		words += " at " + l.Host
	}
	if !l.CheckedAt.IsZero() {
		words += " on " + l.CheckedAt.UTC().Format("2006-01-02 15:04 UTC")
	}
	if l.Reason != "" {
		words += ": " + l.Reason
	}
	return words
}

// liveness writes what is known of a key that was asked about.
func (p *printer) liveness(l scanner.Liveness) {
	if l == (scanner.Liveness{}) {
		return
	}
	s := plain
	if l.State.Alive() {
		s = red
	}
	p.styledFact("liveness", neutral.Log(livenessWords(l)), s)
	if a := l.Access; a != nil {
		p.fact("made by", neutral.Log(strings.Join(present(a.User, a.Email, a.Role), ", ")))
		p.fact("reaches", neutral.Log(a.Summary))
	}
}

// asked says how many of the keys are live, and how many dead.
func (t *tally) asked() string {
	var words []string
	if t.live > 0 {
		words = append(words, number(t.live)+" live")
	}
	if t.dead > 0 {
		words = append(words, number(t.dead)+" dead")
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

func deadAdvice(n int) string {
	if n == 1 {
		return "1 key is dead: nothing to revoke. Take it out of the files all the same, so that it hides no other."
	}
	return number(n) + " keys are dead: nothing to revoke. Take them out of the files all the same, so that they hide no other."
}

// present returns the texts that are not empty.
func present(texts ...string) []string {
	var all []string
	for _, text := range texts {
		if text != "" {
			all = append(all, text)
		}
	}
	return all
}
