package fakeapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// API is an [http.Handler] that answers as the documentation of QA Sphere's public
// API says: docs.qasphere.com/api/authentication, its newer edition
// docs.eu1.qasphere.com/docs/v0/authentication and audit_logs, and the types of
// github.com/Hypersequent/qas-cli. Only the message for 429 is documented; the other
// messages are made up.
type API struct {
	// Legacy makes it an older deployment, which accepts only the scheme ApiKey and
	// has no /users/me.
	Legacy bool

	mu      sync.Mutex
	tenants map[string]*Tenant // by host
	keys    map[string]Key     // by value
	recent  map[string][]time.Time
}

// Tenant is a customer of QA Sphere.
type Tenant struct {
	ID        string
	Suspended bool
	// AuditLog says that the tenant's plan includes the audit log.
	AuditLog bool
	Projects []string // codes
	// Events are the audit log, oldest first; nil for one event.
	Events []Event
}

// Event is an event of the audit log.
type Event struct {
	User, Action, IP, UserAgent string
	At                          time.Time
}

// Key is an API key that is active.
type Key struct {
	// Name is the name of the key; SIEM-LOG-ONLY at its beginning makes the key
	// restricted.
	Name string
	// User, Email and Role describe the user who created it.
	User, Email, Role string
}

// rateLimit is the number of requests with one key that are answered in a second.
const rateLimit = 20

// restricted begins the names of keys that may read only the audit log.
const restricted = "SIEM-LOG-ONLY"

// Host assigns a host to a tenant.
func (a *API) Host(host string, t *Tenant) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tenants == nil {
		a.tenants = map[string]*Tenant{}
	}
	a.tenants[host] = t
}

// Add makes a key active.
func (a *API) Add(value string, k Key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.keys == nil {
		a.keys = map[string]Key{}
	}
	a.keys[value] = k
}

// Revoke makes a key inactive.
func (a *API) Revoke(value string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.keys, value)
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	tenant, key, ok := a.authenticate(w, r)
	if !ok {
		return
	}
	path, isAPI := strings.CutPrefix(r.URL.Path, "/api/public/v0")
	isAdmin := key.Role == "owner" || key.Role == "admin"
	switch {
	case strings.HasPrefix(key.Name, restricted) && path != "/audit-logs":
		refuse(w, http.StatusForbidden, "This API key may not use this endpoint")
	case !isAPI || r.Method != http.MethodGet:
		http.NotFound(w, r)
	case path == "/users/me" && !a.Legacy:
		answer(w, map[string]any{"user": map[string]any{"id": 7, "email": key.Email, "name": key.User, "avatar": nil, "role": key.Role}})
	case path == "/project":
		answer(w, map[string]any{"projects": projects(tenant)})
	case path == "/audit-logs" && !isAdmin:
		refuse(w, http.StatusForbidden, "Insufficient permissions")
	case path == "/audit-logs" && !tenant.AuditLog:
		refuse(w, http.StatusPaymentRequired, "Your plan does not include audit logs")
	case path == "/audit-logs":
		tenant.answerEvents(w, r)
	default:
		http.NotFound(w, r)
	}
}

// answerEvents answers with a page of the audit log: the events after an ID, at most count.
func (t *Tenant) answerEvents(w http.ResponseWriter, r *http.Request) {
	all := t.Events
	if all == nil {
		all = []Event{{Action: "login", IP: "192.0.2.1", At: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}}
	}
	after, _ := strconv.Atoi(r.URL.Query().Get("after"))
	count, err := strconv.Atoi(r.URL.Query().Get("count"))
	if err != nil || count < 1 || count > 1000 || after < 0 {
		refuse(w, http.StatusBadRequest, "Invalid count")
		return
	}
	events := []any{}
	for i := after; i < len(all) && len(events) < count; i++ {
		e := all[i]
		var user any
		if e.User != "" {
			user = map[string]any{"id": 7, "name": e.User, "email": strings.ToLower(e.User) + "@example.com"}
		}
		events = append(events, map[string]any{
			"id": i + 1, "user": user, "action": e.Action, "ip": e.IP, "userAgent": e.UserAgent, "createdAt": e.At.Format(time.RFC3339Nano),
		})
	}
	answer(w, map[string]any{"after": after + len(events), "count": len(events), "events": events})
}

// Log returns a realistic audit log of a tenant in the weeks around a time: two people on
// working days and a nightly upload from CI. After it, somebody else uses the account of
// the first, at night and from another address.
func Log(around time.Time) []Event {
	const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36"
	var all []Event
	for day := around.UTC().Truncate(24*time.Hour).AddDate(0, 0, -21); day.Before(around.AddDate(0, 0, 14)); day = day.AddDate(0, 0, 1) {
		at := func(hour, minute int) time.Time {
			return day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
		}
		all = append(all, Event{"Ada", "run.create", "192.0.2.10", "qas-cli/0.10.1", at(2, 15)})
		if weekday := day.Weekday(); weekday != time.Saturday && weekday != time.Sunday {
			all = append(
				all,
				Event{"Ada", "login", "198.51.100.7", browser, at(8, 5)},
				Event{"Ada", "tcase.update", "198.51.100.7", browser, at(9, 30)},
				Event{"Grace", "login", "198.51.100.8", browser, at(9, 45)},
				Event{"Grace", "tcase.create", "198.51.100.8", browser, at(15, 20)},
			)
		}
		if day.After(around) && day.Day()%3 == 0 {
			all = append(all, Event{"Ada", "project.export", "203.0.113.66", "python-requests/2.32", at(23, 40)})
		}
	}
	return all
}

// authenticate returns the tenant and the key of a request. If there is none, it
// answers the request itself and returns false.
func (a *API) authenticate(w http.ResponseWriter, r *http.Request) (*Tenant, Key, bool) {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	parts := strings.Split(value, ".")
	tenant := a.tenants[r.Host]
	key, active := a.keys[value]
	switch {
	case r.Header.Get("Authorization") == "", scheme != "ApiKey" && (scheme != "Bearer" || a.Legacy):
		refuse(w, http.StatusUnauthorized, "Missing API key")
	case len(parts) != 3:
		refuse(w, http.StatusUnauthorized, "Invalid API key format")
	case tenant == nil || a.Legacy && parts[0] != tenant.ID:
		refuse(w, http.StatusBadRequest, "Wrong domain")
	case !active || parts[0] != tenant.ID: // the newer edition does not distinguish the two
		refuse(w, http.StatusUnauthorized, "Invalid credentials")
	case tenant.Suspended:
		refuse(w, http.StatusForbidden, "Tenant is suspended")
	case a.tooMany(value):
		w.Header().Set("Retry-After", "0")
		refuse(w, http.StatusTooManyRequests, "Too many requests, please try again later.")
	default:
		return tenant, key, true
	}
	return nil, Key{}, false
}

// tooMany counts a request, and reports whether the key has reached the rate limit.
func (a *API) tooMany(value string) bool {
	now := time.Now()
	recent := a.recent[value]
	for len(recent) > 0 && now.Sub(recent[0]) > time.Second {
		recent = recent[1:]
	}
	if a.recent == nil {
		a.recent = map[string][]time.Time{}
	}
	a.recent[value] = append(recent, now)
	return len(recent) >= rateLimit
}

// projects lists the projects of a tenant: nil, and so null in JSON, if there are
// none.
func projects(t *Tenant) []map[string]any {
	var all []map[string]any
	for i, code := range t.Projects {
		all = append(all, map[string]any{"id": "1CJo8oDjj_vkGo2rQAdzz4" + strconv.Itoa(i%9+1), "code": code, "title": "Project " + code})
	}
	return all
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Request-Id", "req-"+strconv.Itoa(status))
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(body)
}
