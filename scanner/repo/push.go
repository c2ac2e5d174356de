package repo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Push is what is about to be pushed, as a pre-push hook is told.
type Push struct {
	// Remote is the name of the remote; its URL where it has none.
	Remote string
	// Local holds what is pushed: IDs of objects, or revisions. It is empty if refs
	// are deleted alone.
	Local []string
	// There holds the IDs of what the remote has at those refs.
	There []string
}

// ParsePush reads what git writes to a pre-push hook: for each ref a line of local
// ref, local object, remote ref and remote object, of which an ID of zeros stands
// for none (githooks(5), "pre-push").
func ParsePush(remote string, r io.Reader) (*Push, error) {
	push := &Push{Remote: remote}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 4 {
			return nil, fmt.Errorf("read what is pushed: %d words in a line instead of 4", len(fields))
		}
		for i, to := range map[int]*[]string{1: &push.Local, 3: &push.There} {
			if _, err := odb.ParseOID(fields[i]); err != nil {
				return nil, fmt.Errorf("read what is pushed: %w", err)
			}
			if strings.Trim(fields[i], "0") != "" {
				*to = append(*to, fields[i])
			}
		}
	}
	return push, lines.Err()
}

// revisions returns the arguments for git rev-list that name the commits which the
// remote lacks, as far as is known here: what it has that was never fetched cannot
// be told from what it has not.
func (p *Push) revisions(ctx context.Context, r *Repository) []string {
	revisions := append([]string{}, p.Local...)
	revisions = append(revisions, "--not")
	for _, id := range p.There {
		if oid, err := odb.ParseOID(id); err == nil && r.DB.Has(ctx, oid) {
			revisions = append(revisions, id)
		}
	}
	if !strings.ContainsAny(p.Remote, "*?[\\:") { // else it is a URL, and no ref is below it
		revisions = append(revisions, "--remotes="+p.Remote)
	}
	return revisions
}
