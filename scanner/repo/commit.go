package repo

import (
	"bytes"
	"context"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Commit describes a commit to a person.
type Commit struct {
	SHA     string
	Author  string // "Name <email>"
	Date    time.Time
	Summary string
}

// Headers yields the header lines of a commit or tag: the lines before the first
// empty line.
func Headers(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for line := range bytes.Lines(data) {
			line = bytes.TrimSuffix(line, []byte("\n"))
			if len(line) == 0 || !yield(line) {
				return
			}
		}
	}
}

// Header returns the value of the first header with the name; "" if there is none.
func Header(data []byte, name string) string {
	for line := range Headers(data) {
		if value, ok := bytes.CutPrefix(line, []byte(name+" ")); ok {
			return string(value)
		}
	}
	return ""
}

// SignatureDate returns the seconds in "Name <email> <Unix seconds> <zone>"; 0 if
// there are none.
func SignatureDate(signature string) int64 {
	_, when, _ := strings.Cut(signature[strings.LastIndexByte(signature, '>')+1:], " ")
	seconds, _, _ := strings.Cut(when, " ")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// UnixTime returns the time of Unix seconds in UTC. Zero means unknown, and RFC 3339 has
// only the years 1 to 9999: for other seconds it returns the zero time.
func UnixTime(seconds int64) time.Time {
	const first, last = -62135596800, 253402300799
	if seconds == 0 || seconds < first || seconds > last {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// ReadCommit returns the description of a commit. If the commit cannot be read, only
// its ID is set.
func (r *Repository) ReadCommit(ctx context.Context, id odb.OID) (*Commit, error) {
	commit := &Commit{SHA: id.String()}
	t, data, err := r.DB.Read(ctx, id)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || t != odb.Commit {
		return commit, nil
	}
	author := Header(data, "author")
	commit.Author = strings.ToValidUTF8(author[:strings.LastIndexByte(author, '>')+1], "\uFFFD")
	commit.Date = UnixTime(SignatureDate(Header(data, "committer")))
	_, message, _ := strings.Cut(string(data), "\n\n")
	summary, _, _ := strings.Cut(strings.TrimLeft(message, "\n"), "\n")
	commit.Summary = strings.ToValidUTF8(summary, "\uFFFD")
	return commit, nil
}
