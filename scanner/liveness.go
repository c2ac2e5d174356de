package scanner

import (
	"cmp"
	"time"

	"github.com/qasleaks/qasleaks/scanner/redact"
)

// LivenessState says what is known of whether a key works. The zero value is
// Unchecked.
type LivenessState uint8

// The states. A key is alive if it is Live or Restricted, and dead if it is
// Invalid; of any other nothing is proven.
const (
	Unchecked    LivenessState = iota // nobody asked
	Live                              // the host answered to it as to a key of its own
	Restricted                        // alive, but it may call the audit log only
	Suspended                         // refused while its tenant is suspended
	Invalid                           // revoked, or never valid
	WrongHost                         // the host says that the key belongs to another
	Unknown                           // asked without an answer that proves anything
	Unverifiable                      // no host is known that may be asked
)

var stateNames = [...]string{"unchecked", "live", "restricted", "suspended", "invalid", "wrong-host", "unknown", "unverifiable"}

// String returns the name of the state as reports write it.
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

// Compare orders states by how much they matter: alive first, then what may come
// alive again, then what is not known, the dead last.
func (s LivenessState) Compare(other LivenessState) int { return cmp.Compare(s.rank(), other.rank()) }

// Liveness is what a host said of a key, if one was asked. Its texts are redacted.
type Liveness struct {
	State LivenessState
	// Host is who was asked, "acme.eu1.qasphere.com", with a port if that is not
	// 443; empty where nobody was.
	Host string
	// CheckedAt is when it answered; zero where nobody was asked.
	CheckedAt time.Time
	// Reason says in a sentence without a full stop how the state came about;
	// empty where the state says it all.
	Reason string
	// Access is nil unless the key is alive and it was asked what it reaches.
	Access *Access
}

// Access is what a live key reaches. What could not be learned is zero.
type Access struct {
	// User and Email are those of who made the key.
	User, Email string
	// Role is "owner", "admin", "user", "test-runner" or "viewer".
	Role string
	// Admin says that the key may do what administrators may.
	Admin bool
	// Projects is the number of projects it can read, -1 if not known, and Codes
	// their codes, sorted, at most [MaxCodes] of them.
	Projects int
	Codes    []string
	// AuditLog says whether it can read the audit log.
	AuditLog bool
	// Summary says in a sentence what whoever holds the key could do.
	Summary string
}

// MaxCodes is how many codes of projects are told.
const MaxCodes = 50

// Redact returns text, which came from elsewhere, with the secrets of the finding
// masked, plain or encoded.
func (f *Finding) Redact(text string) string {
	r := redact.New()
	for _, secret := range f.Secrets {
		addSecret(r, secret, f.Key)
	}
	return r.Clean(text)
}
