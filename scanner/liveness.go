package scanner

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/scanner/redact"
)

// LivenessState says whether a key is known to work. The zero value is Unchecked.
type LivenessState uint8

// The states. A key works if it is Live or Restricted, and does not work if it is
// Invalid. The other states prove neither.
const (
	Unchecked    LivenessState = iota // no host was asked
	Live                              // the host accepted the key
	Restricted                        // works, but has access only to the audit log
	Suspended                         // rejected because its tenant is suspended
	Invalid                           // revoked, or never valid
	WrongHost                         // the host says that the key belongs to another host
	Unknown                           // the answer of the host proves nothing
	Unverifiable                      // no host is known that may be asked
)

var stateNames = [...]string{"unchecked", "live", "restricted", "suspended", "invalid", "wrong-host", "unknown", "unverifiable"}

// String returns the name of the state in reports.
func (s LivenessState) String() string { return stateNames[s] }

// Alive reports whether the key is proven to work.
func (s LivenessState) Alive() bool { return s == Live || s == Restricted }

func (s LivenessState) rank() int {
	switch {
	case s.Alive():
		return 0
	case s == Suspended:
		return 1
	case s == Invalid:
		return 3
	}
	return 2
}

// Compare orders states by importance: keys that work first, then suspended keys,
// then unknown states, and invalid keys last.
func (s LivenessState) Compare(other LivenessState) int { return cmp.Compare(s.rank(), other.rank()) }

// Liveness is the answer of a host about a key, if a host was asked. Its texts are
// redacted.
type Liveness struct {
	State LivenessState
	// Host is the host that was asked, "acme.eu1.qasphere.com", with a port if it is not
	// 443; empty if no host was asked.
	Host string
	// CheckedAt is the time of the answer; zero if no host was asked.
	CheckedAt time.Time
	// Reason explains the state in a sentence without a full stop; empty if the state
	// needs no explanation.
	Reason string
	// Access is nil unless the key works and its access was checked.
	Access *Access
	// Answer is nil unless a host answered.
	Answer *Answer
	// Audit is nil unless the key works and the audit log was compared.
	Audit *Audit
}

// Answer is what a host said in the answer that decided, for people: trimmed, and without
// the key.
type Answer struct {
	// Message is empty if there is none.
	Message string
	// Headers are those that help, by name.
	Headers map[string]string
}

// String returns the message and the headers in one line, without the time, which
// [Liveness] has.
func (a *Answer) String() string {
	if a == nil {
		return ""
	}
	var parts []string
	if a.Message != "" {
		parts = append(parts, a.Message)
	}
	for _, name := range slices.Sorted(maps.Keys(a.Headers)) {
		if name != "Date" {
			parts = append(parts, name+": "+a.Headers[name])
		}
	}
	return strings.Join(parts, "; ")
}

// Access is what a live key has access to. Unknown fields are zero.
type Access struct {
	// User and Email identify the user who created the key.
	User, Email string
	// Role is "owner", "admin", "user", "test-runner" or "viewer".
	Role string
	// Admin says that the key has the permissions of an administrator.
	Admin bool
	// Projects is the number of projects that the key can read, -1 if unknown. Codes are
	// their codes, sorted, at most [MaxCodes].
	Projects int
	Codes    []string
	// AuditLog says whether the key can read the audit log.
	AuditLog bool
	// Summary says in one sentence what a holder of the key can do.
	Summary string
}

// MaxCodes is the maximum number of project codes in [Access].
const MaxCodes = 50

// Audit is what the audit log of a tenant has since the first commit of a live key, compared
// with the time before. The log names users, and not keys.
type Audit struct {
	// Since is the time of that commit. EventsBefore and EventsSince count the events.
	Since                     time.Time
	EventsBefore, EventsSince int
	// Addresses, UserAgents, Hours (of the day, in UTC) and Actions are those that the log
	// has only since then, in order of their first events.
	Addresses, UserAgents, Hours, Actions []Novelty
	// Summary says it in a few sentences.
	Summary string
}

// Novelty is a value that is new in an audit log: how many events have it, and when the
// first was.
type Novelty struct {
	Value   string
	Events  int
	FirstAt time.Time
}

// Redact returns text from another source with the secrets of the finding masked, both
// plain and encoded.
func (f *Finding) Redact(text string) string {
	r := redact.New()
	for _, secret := range f.Secrets {
		addSecret(r, secret, f.Key)
	}
	return r.Clean(text)
}
