package scanner

import (
	"time"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/attribute"
	"github.com/qasleaks/qasleaks/scanner/redact"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// Finding is one key (a tenant ID with a key ID), or one literal without a key ID,
// with all its occurrences. All its text is redacted.
type Finding struct {
	// Rule is the rule of the most severe occurrence.
	Rule       rules.Rule       `json:",omitzero"`
	Severity   rules.Severity   `json:",omitzero"`
	Confidence rules.Confidence `json:",omitzero"`
	Message    string           `json:",omitzero"`
	// Fingerprint identifies the finding across scans, moves and squashes: 16 hex
	// digits of SHA-256. It does not depend on the token of a key. A literal without a key ID
	// has the fingerprint of its first place: [Finding.Fingerprints] returns those of all.
	Fingerprint string `json:",omitzero"`
	// Key is the zero Key for a literal that is not a key.
	Key rules.Key `json:",omitzero"`
	// About is the key that a lint finding is about; the zero Key for none.
	About  rules.Key     `json:",omitzero"`
	Secret redact.Secret `json:",omitzero"`
	// Secrets are all values that were found with the key, including Secret: a key ID
	// may have several tokens. They are sorted.
	Secrets []redact.Secret `json:",omitzero"`
	// Hosts are the QA Sphere hosts in URLs near the key, as "acme.eu1.qasphere.com",
	// in the order of the occurrences; at most a few. They suggest where the key may
	// belong, and are not trusted.
	Hosts []string `json:",omitzero"`
	// Exposure describes for how long and where the key is exposed.
	Exposure Exposure `json:",omitzero"`
	// Liveness is the result of a later check whether the key works.
	Liveness Liveness `json:",omitzero"`
	// Local says that all occurrences are in files that git ignores, in no commit and in
	// no build output. That is where a credential belongs: the finding is a note.
	Local bool `json:",omitzero"`
	// Suppressed is nil unless every occurrence is suppressed.
	Suppressed *Suppression `json:",omitzero"`
	// Baseline says whether the finding is in the baseline; empty without a baseline.
	Baseline BaselineState `json:",omitzero"`
	// Occurrences are sorted: at HEAD or on disk first, then by path and position. They are
	// empty in the result of a merge: [Finding.Load] reads them.
	Occurrences []Occurrence `json:",omitzero"`

	// several says that several tokens were found with the key ID.
	several bool
	// stored is where the occurrences are; nil if they are in Occurrences.
	stored *stored
}

// BaselineState is the state of a finding relative to a baseline, as named in SARIF.
type BaselineState string

// A finding that is not in the baseline is new, even if it is in history.
const (
	BaselineNew       BaselineState = "new"
	BaselineUnchanged BaselineState = "unchanged"
)

// Exposure describes for how long and where a key is exposed: from the first commit
// that contains it until the commit that removed it, or until the scan if it is still
// in the files. Unknown times are zero.
type Exposure struct {
	// Client says that an occurrence is in client-side code.
	Client        bool
	FirstCommitAt time.Time
	LastSeenAt    time.Time
	AtHead        bool
	// Days is the number of whole days from FirstCommitAt to LastSeenAt.
	Days int
}

// ObjectKind is the kind of object that contains an occurrence.
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

// Occurrence is one place where a secret was found: in a file on disk, at one path over
// one unbroken span of history, or in a message.
type Occurrence struct {
	Rule       *rules.Rule      `json:",omitzero"`
	Severity   rules.Severity   `json:",omitzero"`
	Confidence rules.Confidence `json:",omitzero"`
	// Path is relative to the target, with slashes. For an object without a path it has
	// the form ".git/commit/<sha>/message".
	Path string `json:",omitzero"`
	// Repository is the Name of the repository that it is in; empty for none.
	Repository string `json:",omitzero"`
	// Lines and columns count from 1; columns in UTF-16 code units; the end
	// column is one past the last.
	Line, Column, EndLine, EndColumn int `json:",omitzero"`
	// PlainText says that an expression for the whole key finds it in the object: it is in
	// one piece, as it is, in content that git takes for text.
	PlainText bool `json:",omitzero"`
	// Layers names the encodings and archives around it, outermost first: "base64",
	// "zip:inner/path".
	Layers []string   `json:",omitzero"`
	Object ObjectKind `json:",omitzero"`
	// OID is the ID of the object in hexadecimal; empty for content that is not in a
	// repository.
	OID string `json:",omitzero"`
	// Commit added the secret at this path, RemovedBy removed it; nil if there is none.
	Commit, RemovedBy *Commit `json:",omitzero"`
	// Refs reach it, sorted by full name. Reflogs are the reflog entries that lead to
	// it, as "HEAD@{2}"; they do not make it reachable.
	Refs, Reflogs []string `json:",omitzero"`
	Reachable     bool     `json:",omitzero"`
	// AtHead says that the commit that is checked out contains it, OnDisk that a file in
	// the work tree does.
	AtHead, OnDisk bool `json:",omitzero"`
	// Beside says that it is in a file that git keeps beside its objects, such as its
	// configuration, a hook or a message; such a file is in no commit.
	Beside     bool         `json:",omitzero"`
	Suppressed *Suppression `json:",omitzero"`
	// Frame is the text around it.
	Frame Frame `json:",omitzero"`
	// Original is the position in the source code by the source map of a script that a web
	// site serves, as "src/api.js:3:7"; empty if it is unknown.
	Original string `json:",omitzero"`
	// Fix is nil unless an edit of the file is mechanical.
	Fix *Fix `json:",omitzero"`

	// id is the fingerprint of the place, which is one of those of the finding; zero for a
	// key.
	id fingerprint
	// about is the key that an occurrence of a lint rule is about; nil for none.
	about *rules.Key
	// allow is the content of an allow comment on its line; nil if there is none.
	allow *allowance
	// ignored says that git ignores the file, scim that the key is used for the SCIM API.
	ignored, scim bool
	// message and hosts come from the hit; first and last are the dates of the first
	// and the last commit that contain it.
	message message
	// client says how the occurrence ships to clients: "in a webpack bundle"; empty if
	// it is not known to ship.
	client      string
	hosts       []string
	first, last time.Time
}

// Suppression says why a finding does not count.
type Suppression struct {
	By     string // "inline", "config" or "baseline"
	Reason string
	Until  time.Time // zero: forever
}

// Frame is the redacted text around an occurrence. Long lines are cut.
type Frame struct {
	// FirstLine is the number of Lines[0].
	FirstLine int
	Lines     []string
	// Mark is the index in Lines of the line on which the occurrence begins. MarkStart
	// and MarkEnd are the byte offsets of the part of that line to underline.
	Mark, MarkStart, MarkEnd int
}

// SkipKind distinguishes a decision from a failure.
type SkipKind string

// The kinds of skips. Only failures make a scan incomplete.
const (
	SkipPolicy SkipKind = "policy"
	SkipFailed SkipKind = "failed"
)

// Skip is content that was not read, and the reason.
type Skip struct {
	Path   string
	Kind   SkipKind
	Reason string
}

// Coverage describes what a scan read and what it did not read.
type Coverage struct {
	Files, Objects, Bytes int64
	// Refs is the number of refs of the repositories scanned.
	Refs    int
	Seconds float64
	// Shallow says that the history of a repository is incomplete: a shallow clone.
	Shallow bool
	Skipped []Skip
	// Notes are remarks for users on the coverage of the scan.
	Notes []string
}

// Complete reports whether no read failed.
func (c Coverage) Complete() bool {
	for _, s := range c.Skipped {
		if s.Kind == SkipFailed {
			return false
		}
	}
	return true
}

// Result is the result of a scan.
type Result struct {
	// Findings are sorted by [CompareUrgency], the most urgent first. They include
	// suppressed ones.
	Findings []Finding
	Coverage Coverage
	// Whole says that all content of the targets was searched with all rules: a key that
	// was not found does not exist in them.
	Whole bool
	// Repositories are the scanned repositories, without those that only contain a
	// target.
	Repositories []Repository
	// Base is the target directory that paths are relative to, as the user gave it;
	// empty if paths need no base.
	Base string

	// at is the time of the scan. sharedKeys is the rule that judges keys across targets;
	// nil if it did not run.
	at         time.Time
	sharedKeys *rules.Rule
	// index is where the findings are, of a result that [ReadResult] has read. merged is
	// what it was merged from; nil if it was not.
	index  *index
	merged *merging
}

// Secret holds the value of a credential and hides it.
type Secret = redact.Secret

// Commit describes a commit in reports.
type Commit = repo.Commit
