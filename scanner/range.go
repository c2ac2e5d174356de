package scanner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// period is a part of a history: the commits of a range, those that are pushed,
// those since a date, or more than one of these. The zero period is all of it.
type period struct {
	revisions string // "BASE..HEAD", as gitrevisions(7) has it
	push      *Push
	since     time.Time
}

func (o Options) period() period { return period{o.Range, o.Push, o.Since} }

func (p period) all() bool { return p.revisions == "" && p.push == nil && p.since.IsZero() }

// String says in words what the period is.
func (p period) String() string {
	var words []string
	if p.revisions != "" {
		words = append(words, "commits "+p.revisions)
	}
	if p.push != nil {
		words = append(words, "commits that "+p.push.Remote+" lacks")
	}
	if !p.since.IsZero() {
		words = append(words, "commits since "+p.since.Format(time.RFC3339))
	}
	return strings.Join(words, ", ")
}

// ParseRange checks that text is BASE..HEAD, two revisions of which the second
// may be left out for HEAD.
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

// objects lists what the commits of a period brought: the commits, their trees
// and blobs, also those that a later one removed, but not what the commits just
// before the period hold. What is missing is a skip.
func (p period) objects(ctx context.Context, r *repository) (ids map[odb.OID]bool, skips []Skip, err error) {
	if p.push != nil && len(p.push.Local) == 0 {
		return nil, nil, nil
	}
	args := []string{"rev-list", "--objects", "--no-object-names", "--missing=print"}
	if !p.since.IsZero() {
		args = append(args, "--max-age="+strconv.FormatInt(p.since.Unix(), 10))
	}
	switch {
	case p.push != nil:
		args = append(args, p.push.revisions(ctx, r)...)
	case p.revisions != "":
		args = append(args, p.revisions)
	default:
		args = append(args, "--all", "--reflog")
	}
	out, err := runGit(ctx, r.gitDir, append(args, "--")...)
	if err != nil {
		return nil, nil, p.explain(r, err)
	}
	ids = make(map[odb.OID]bool, bytes.Count(out, []byte{'\n'}))
	for line := range strings.Lines(string(out)) {
		line, missing := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "?")
		id, err := odb.ParseOID(line)
		if err != nil {
			return nil, nil, fmt.Errorf("list the objects of %s: %w", p, err)
		}
		if missing {
			skips = append(skips, Skip{
				Path: ".git/objects/" + id.String(), Kind: SkipFailed, Reason: "missing: " + p.String() + " need it",
			})
			continue
		}
		ids[id] = true
	}
	return ids, skips, nil
}

// explain says what to do when git does not know a revision.
func (p period) explain(r *repository, err error) error {
	var known *hint.Error
	if !errors.As(err, &known) || p.revisions == "" {
		return err
	}
	text := known.Error()
	for _, sign := range []string{"bad revision", "unknown revision", "ambiguous argument", "Invalid revision range", "bad object"} {
		if !strings.Contains(text, sign) {
			continue
		}
		advice := "see whether git log " + p.revisions + " knows both ends"
		if len(r.shallow) > 0 {
			advice = "the clone is shallow: git fetch --unshallow, or fetch-depth: 0 for actions/checkout"
		}
		return &hint.Error{Err: fmt.Errorf("scan the range %s: not in this repository", p.revisions), Hint: advice}
	}
	return err
}

// walkAbove is the part of a database, one in so many, from which it is faster to
// walk all of it than to make each object from the root of its delta chain.
const walkAbove = 16

// visitPart calls visit for each of some objects.
func (h *history) visitPart(ctx context.Context, s *scan, ids map[odb.OID]bool, visit func(worker int, o *odb.Object, base known) known) error {
	if len(ids) > h.repo.db.Count()/walkAbove {
		return odb.Walk(ctx, h.repo.db, odb.All, s.jobs, odb.Visitor[known]{
			Visit: func(worker int, o *odb.Object, base known) known {
				if ids[o.ID] {
					o.Edits = nil // its base may not have been looked at
					visit(worker, o, known{})
				}
				return known{}
			},
			Fail: func(f odb.Failure) {
				if ids[f.OID] || f.OID == "" {
					h.failed(f, s)
				}
			},
		})
	}
	work := make(chan odb.OID)
	var workers sync.WaitGroup
	for worker := range s.jobs {
		workers.Go(func() {
			for id := range work {
				typ, data, err := h.repo.db.Read(ctx, id)
				switch {
				case ctx.Err() != nil:
				case err != nil:
					h.failed(odb.Failure{OID: id, Err: err}, s)
				default:
					visit(worker, &odb.Object{ID: id, Type: typ, Data: data}, known{})
				}
			}
		})
	}
	for id := range ids {
		if ctx.Err() != nil {
			break
		}
		work <- id
	}
	close(work)
	workers.Wait()
	return ctx.Err()
}
