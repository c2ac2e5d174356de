package verify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner"
)

// Limits of reading an audit log.
const (
	auditPage  = 1000 // events; the most that the API gives
	auditPages = 200
)

// event is an event of the audit log (docs.qasphere.com/api/audit_logs). It names a user,
// and not the key that was used.
type event struct {
	ID        eventID   `json:"id"`
	Action    string    `json:"action"`
	IP        string    `json:"ip"`
	UserAgent string    `json:"userAgent"`
	CreatedAt time.Time `json:"createdAt"`
}

// eventID is a number or a string.
type eventID string

// UnmarshalJSON accepts both.
func (id *eventID) UnmarshalJSON(text []byte) error {
	*id = eventID(strings.Trim(string(text), `"`))
	return nil
}

// cursor is the form of an ID that may become part of a URL.
var cursor = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// Audit reads the audit log of the named host with a key, which must be an administrator's
// or named SIEM-LOG-ONLY, and sets for each live key what is new in the log since the first
// commit of that key. It returns why the log could not be read, or not whole; "" if it was.
// It fails unless one host is named, and if ctx ends.
func (v *Verifier) Audit(ctx context.Context, key *scanner.Finding, findings []scanner.Finding) (failure string, err error) {
	if len(v.named) != 1 {
		return "", hint.New("name the one that has the audit log, with --url", "--audit-key-env needs one host, and %d are named", len(v.named))
	}
	host := v.named[0]
	var live []*scanner.Finding
	for i := range findings {
		f := &findings[i]
		if f.Liveness.State.Alive() && f.Liveness.Host == host.String() && !f.Exposure.FirstCommitAt.IsZero() {
			live = append(live, f)
		}
	}
	if len(live) == 0 {
		return "", nil
	}
	events, failure, err := v.events(ctx, host, key)
	if err != nil || len(events) == 0 {
		return failure, err
	}
	for i := range events {
		e := &events[i]
		for _, text := range []*string{&e.Action, &e.IP, &e.UserAgent} {
			*text = printable(*text)
			for _, f := range append(live, key) {
				*text = displayName(f, *text)
			}
		}
	}
	for _, f := range live {
		f.Liveness.Audit = compareEvents(events, f.Exposure.FirstCommitAt)
	}
	return failure, nil
}

// printable returns a text without characters that control a terminal or hide text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// events reads the log, oldest events first.
func (v *Verifier) events(ctx context.Context, h host, key *scanner.Finding) (all []event, failure string, err error) {
	after, scheme := "", bearer
	for range auditPages {
		path := fmt.Sprintf("/audit-logs?count=%d", auditPage)
		if after != "" {
			path += "&after=" + url.QueryEscape(after)
		}
		a, err := v.client.get(ctx, h, path, scheme, key.Key.String(), key.Secret)
		if err != nil {
			return nil, "", err
		}
		if a.status == 401 && scheme == bearer && after == "" {
			scheme = apiKey
			a, err = v.client.get(ctx, h, path, scheme, key.Key.String(), key.Secret)
			if err != nil {
				return nil, "", err
			}
		}
		if a.status != 200 || a.shape != eventsBody {
			return all, auditFailure(a), nil
		}
		var page []event
		if json.Unmarshal(a.body.Events, &page) != nil {
			return all, "an event of the log has a form that is not documented", nil
		}
		all = append(all, page...)
		if len(page) < auditPage {
			return all, "", nil
		}
		last := string(page[len(page)-1].ID)
		if last == after || !cursor.MatchString(last) {
			return all, "the log does not continue after its last event", nil
		}
		after = last
	}
	return all, fmt.Sprintf("only the first %d events were read", len(all)), nil
}

// auditFailure says why a host gave no events.
func auditFailure(a answer) string {
	switch {
	case a.failure != "":
		return a.failure
	case a.status == 401:
		return "the host refused the key for the audit log"
	case a.status == 402 && a.shape == messageBody:
		return "the tenant's plan does not include the audit log"
	case a.status == 403 && a.shape == messageBody:
		return "the key for the audit log may not read it: it must be an administrator's, or its name begin with SIEM-LOG-ONLY"
	}
	if r := interpret(pathAudit, a); r.reason != "" {
		return r.reason
	}
	return "the answer is not documented for this request"
}

// compareEvents compares the events since a time with those before it.
func compareEvents(events []event, since time.Time) *scanner.Audit {
	a := &scanner.Audit{Since: since}
	parts := []struct {
		to    *[]scanner.Novelty
		value func(event) string
	}{
		{&a.Addresses, func(e event) string { return e.IP }},
		{&a.UserAgents, func(e event) string { return e.UserAgent }},
		{&a.Hours, func(e event) string { return e.CreatedAt.UTC().Format("15:00 UTC") }},
		{&a.Actions, func(e event) string { return e.Action }},
	}
	for _, e := range events {
		if e.CreatedAt.Before(since) {
			a.EventsBefore++
		} else {
			a.EventsSince++
		}
	}
	for _, part := range parts {
		known, fresh := map[string]bool{}, map[string]scanner.Novelty{}
		for _, e := range events {
			value := part.value(e)
			switch {
			case value == "":
			case e.CreatedAt.Before(since):
				known[value] = true
			default:
				n, ok := fresh[value]
				if !ok || e.CreatedAt.Before(n.FirstAt) {
					n.FirstAt = e.CreatedAt
				}
				n.Value = value
				n.Events++
				fresh[value] = n
			}
		}
		maps.DeleteFunc(fresh, func(value string, _ scanner.Novelty) bool { return known[value] })
		*part.to = slices.SortedFunc(maps.Values(fresh), func(x, y scanner.Novelty) int {
			return cmp.Or(x.FirstAt.Compare(y.FirstAt), strings.Compare(x.Value, y.Value))
		})
	}
	a.Summary = describeAudit(a)
	return a
}

// describeAudit says in a few sentences what is new.
func describeAudit(a *scanner.Audit) string {
	day := a.Since.UTC().Format(time.DateOnly)
	var news []string
	for _, part := range []struct {
		what string
		all  []scanner.Novelty
	}{{"addresses", a.Addresses}, {"user agents", a.UserAgents}, {"hours", a.Hours}, {"actions", a.Actions}} {
		if len(part.all) > 0 {
			news = append(news, "new "+part.what+": "+someOf(part.all))
		}
	}
	text := fmt.Sprintf("since the first commit on %s the audit log has %d events, and %d before. ", day, a.EventsSince, a.EventsBefore)
	switch {
	case a.EventsSince == 0:
		text += "Nothing happened since. "
	case len(news) == 0:
		text += "No address, user agent, hour or action is new. "
	default:
		joined := strings.Join(news, "; ")
		text += strings.ToUpper(joined[:1]) + joined[1:] + ". "
	}
	return text + "The log names users and not keys, so that an event need not be one of this key."
}

// someOf names the first of some values, with the number of their events.
func someOf(all []scanner.Novelty) string {
	const named = 5
	var texts []string
	for _, n := range all[:min(len(all), named)] {
		texts = append(texts, fmt.Sprintf("%s (%d)", n.Value, n.Events))
	}
	text := strings.Join(texts, ", ")
	if rest := len(all) - named; rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}
