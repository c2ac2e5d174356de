package scanner

import (
	"time"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/attribute"
	"github.com/qasleaks/qasleaks/scanner/redact"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// Finding is one key (a tenant ID with a key ID), or one literal that has no
// key ID, with every place it was seen in. All its text is redacted.
type Finding struct {
	// Rule is the rule of the gravest occurrence.
	Rule       rules.Rule
	Severity   rules.Severity
	Confidence rules.Confidence
	Message    string
	// Fingerprint identifies the finding across scans, moves and squashes:
	// 16 hex digits of SHA-256, with no secret in it.
	Fingerprint string
	// Key is the zero Key for a literal that is not a key.
	Key    rules.Key
	Secret redact.Secret
	// Secrets are all values that were seen with the key, Secret among them: a
	// key ID may stand with several tokens. They are sorted.
	Secrets []redact.Secret
	// Hosts are the QA Sphere hosts that URLs beside it name, as
	// "acme.eu1.qasphere.com", in the order of the occurrences; at most a few.
	// They say where the key may belong, and nobody vouches for them.
	Hosts []string
	// Exposure tells since when and how far the key is exposed.
	Exposure Exposure
	// Liveness is what a later stage learned of whether the key works.
	Liveness Liveness
	// Local says that all occurrences are in files that git ignores, in no commit and in
	// no build output. That is where a credential belongs: the finding is a note.
	Local bool
	// Suppressed is nil unless every occurrence is suppressed.
	Suppressed *Suppression
	// Baseline tells whether the baseline names it; empty if there is none.
	Baseline BaselineState
	// Occurrences are sorted: at HEAD or on disk first, then by path and place.
	Occurrences []Occurrence
}

// BaselineState is how a finding compares with a baseline, in the words of SARIF.
type BaselineState string

// What was not there when the baseline was made is new, also if it is in history.
const (
	BaselineNew       BaselineState = "new"
	BaselineUnchanged BaselineState = "unchanged"
)

// Exposure tells since when and how far a key is exposed: from the first commit
// that holds it to the one that took it away, or to the scan if it is still in the
// files. Zero times are not known.
type Exposure struct {
	// Client says that an occurrence is in what is delivered to clients.
	Client        bool
	FirstCommitAt time.Time
	LastSeenAt    time.Time
	AtHead        bool
	// Days is the number of whole days from FirstCommitAt to LastSeenAt.
	Days int
}

// ObjectKind says what kind of object holds an occurrence.
type ObjectKind = attribute.Kind

// The kinds of objects that are searched.
const (
	ObjectFile   ObjectKind = "file"  // a file on disk, or standard input
	ObjectIndex  ObjectKind = "index" // staged content
	ObjectBlob              = attribute.InBlob
	ObjectCommit            = attribute.InCommit
	ObjectTag               = attribute.InTag
	ObjectNote              = attribute.InNote
)

// Occurrence is one place where a secret stands: a place in a file on disk, in
// one path over one unbroken span of history, or in a message.
type Occurrence struct {
	Rule       rules.Rule
	Severity   rules.Severity
	Confidence rules.Confidence
	// Path is relative to the target, with slashes. For an object without one
	// it is of the form ".git/commit/<sha>/message".
	Path string
	// Lines and columns count from 1; columns in UTF-16 code units; the end
	// column is one past the last.
	Line, Column, EndLine, EndColumn int
	// Layers names the way in, outermost first: "base64", "zip:inner/path".
	Layers []string
	Object ObjectKind
	// OID is the object's ID in hexadecimal; empty for what is not in a
	// repository.
	OID string
	// Commit introduced the secret at this path, RemovedBy took it away;
	// nil when there is none.
	Commit, RemovedBy *Commit
	// Refs still reach it, sorted by full name; Reflogs name it as
	// "HEAD@{2}", and do not make it reachable.
	Refs, Reflogs []string
	Reachable     bool
	// AtHead says that the commit checked out holds it, OnDisk that a file
	// in the work tree does.
	AtHead, OnDisk bool
	Suppressed     *Suppression
	// Frame shows the place.
	Frame Frame
	// Fix is nil unless an edit of the file is mechanical.
	Fix *Fix

	// ignored says that git ignores the file.
	ignored bool
	// allow is what a comment on its line allows.
	allow allowance
	// message and hosts are those of the hit; first and last are the dates of
	// the first and the last commit that hold it.
	message message
	// client says in what the occurrence is delivered to clients: "in a webpack
	// bundle"; empty if it is not known to be.
	client      string
	hosts       []string
	first, last time.Time
}

// Suppression tells what keeps a finding from counting.
type Suppression struct {
	By     string // "inline", "config" or "baseline"
	Reason string
	Until  time.Time // zero: for ever
}

// Frame is the text around an occurrence, redacted, cut to a window where
// lines are long.
type Frame struct {
	// FirstLine is the number of Lines[0].
	FirstLine int
	Lines     []string
	// Mark is the index in Lines of the line the occurrence begins on; MarkStart
	// and MarkEnd bound in bytes what to underline in it.
	Mark, MarkStart, MarkEnd int
}

// SkipKind tells a decision from a failure.
type SkipKind string

// The kinds of skips. Only failures make a scan incomplete.
const (
	SkipPolicy SkipKind = "policy"
	SkipFailed SkipKind = "failed"
)

// Skip is something that was not read, and why.
type Skip struct {
	Path   string
	Kind   SkipKind
	Reason string
}

// Coverage says what was read and what was not.
type Coverage struct {
	Files, Objects, Bytes int64
	// Refs is the number of refs of the repositories scanned.
	Refs    int
	Seconds float64
	// Shallow says that the history of a repository is cut.
	Shallow bool
	Skipped []Skip
	// Notes are remarks for people on what the scan covered.
	Notes []string
}

// Complete reports whether nothing failed to be read.
func (c Coverage) Complete() bool {
	for _, s := range c.Skipped {
		if s.Kind == SkipFailed {
			return false
		}
	}
	return true
}

// Result is the answer of a scan.
type Result struct {
	// Findings are sorted, gravest first. Suppressed ones are among them.
	Findings []Finding
	Coverage Coverage
	// Whole says that all there is in the targets was searched by all rules: a
	// key that was not found is not there.
	Whole bool
	// Repositories are those whose files or history were scanned as a whole.
	Repositories []Repository
	// Base is the directory target that paths are relative to, as the user
	// gave it; empty when paths need none.
	Base string
}

// Secret holds the value of a credential and shows it to nobody.
type Secret = redact.Secret

// Commit describes a commit for people.
type Commit = repo.Commit
