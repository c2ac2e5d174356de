package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Period is a part of the history: the commits of a range, of a push, since a date,
// or a combination of these. The zero Period is the whole history.
type Period struct {
	Revisions string // "BASE..HEAD" (gitrevisions(7))
	Push      *Push
	Since     time.Time
}

// All reports whether the period is the whole history.
func (p Period) All() bool { return p.Revisions == "" && p.Push == nil && p.Since.IsZero() }

// String describes the period for people.
func (p Period) String() string {
	var words []string
	if p.Revisions != "" {
		words = append(words, "commits "+p.Revisions)
	}
	switch {
	case p.Push != nil && p.Push.Remote == "":
		words = append(words, "what the push adds")
	case p.Push != nil:
		words = append(words, "commits that "+p.Push.Remote+" lacks")
	}
	if !p.Since.IsZero() {
		words = append(words, "commits since "+p.Since.Format(time.RFC3339))
	}
	return strings.Join(words, ", ")
}

// ParseRange checks a range BASE..HEAD and returns it. If the text has no HEAD part,
// it adds "HEAD".
func ParseRange(text string) (string, error) {
	base, head, ok := strings.Cut(text, "..")
	switch {
	case !ok, base == "", strings.HasPrefix(head, "."), strings.Contains(head, ".."):
		return "", fmt.Errorf("invalid range %q: expected BASE..HEAD", text)
	case strings.HasPrefix(base, "-"), strings.HasPrefix(head, "-"):
		return "", fmt.Errorf("invalid range %q: a revision does not begin with -", text)
	case strings.ContainsAny(text, " \t\r\n\x00"):
		return "", fmt.Errorf("invalid range %q: a revision has no spaces", text)
	case head == "":
		text += "HEAD"
	}
	return text, nil
}

// Objects lists the objects that the commits of a period added: the commits, their
// trees and their blobs. Blobs that a later commit removed are included; objects of
// the commits just before the period are not. missing are the objects that are not in
// the repository.
func (p Period) Objects(ctx context.Context, r *Repository) (ids map[odb.OID]bool, missing []odb.Failure, err error) {
	if p.Push != nil && len(p.Push.Local) == 0 {
		return nil, nil, nil
	}
	args := []string{"rev-list", "--objects", "--no-object-names", "--missing=print"}
	if !p.Since.IsZero() {
		args = append(args, "--max-age="+strconv.FormatInt(p.Since.Unix(), 10))
	}
	switch {
	case p.Push != nil:
		args = append(args, p.Push.revisions(ctx, r)...)
	case p.Revisions != "":
		args = append(args, p.Revisions)
	default:
		args = append(args, "--all", "--reflog")
	}
	out, err := r.git(ctx, append(args, "--")...)
	if err != nil {
		return nil, nil, p.explain(r, err)
	}
	ids = make(map[odb.OID]bool, bytes.Count(out, []byte{'\n'}))
	for line := range strings.Lines(string(out)) {
		line, isMissing := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "?")
		id, err := odb.ParseOID(line)
		if err != nil {
			return nil, nil, fmt.Errorf("list the objects of %s: %w", p, err)
		}
		if isMissing {
			missing = append(missing, odb.Failure{OID: id, Err: fmt.Errorf("%w: %s need it", errMissing, p)})
			continue
		}
		ids[id] = true
	}
	return ids, missing, nil
}

// explain adds a hint to the error if git does not know a revision.
func (p Period) explain(r *Repository, err error) error {
	var known *hint.Error
	if !errors.As(err, &known) || p.Revisions == "" {
		return err
	}
	text := known.Error()
	for _, sign := range []string{"bad revision", "unknown revision", "ambiguous argument", "Invalid revision range", "bad object"} {
		if !strings.Contains(text, sign) {
			continue
		}
		advice := "check with git log " + p.Revisions + " that both ends exist"
		if len(r.Shallow) > 0 {
			advice = "the clone is shallow: git fetch --unshallow, or fetch-depth: 0 for actions/checkout"
		}
		return &hint.Error{Err: fmt.Errorf("scan the range %s: not in this repository", p.Revisions), Hint: advice}
	}
	return err
}
