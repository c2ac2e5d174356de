package repo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Push describes a push, as git describes it to a pre-push hook.
type Push struct {
	// Remote is the name of the remote, or its URL if it has no name.
	Remote string
	// Local are the pushed objects or revisions. It is empty if the push only deletes
	// refs.
	Local []string
	// There are the IDs of the objects that the refs have on the remote.
	There []string
}

// ParsePush reads the input of a pre-push hook (githooks(5), "pre-push"). Each line
// is about one ref: local ref, local object, remote ref and remote object. An ID of
// zeros means no object.
func ParsePush(remote string, r io.Reader) (*Push, error) {
	push := &Push{Remote: remote}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 4 {
			return nil, fmt.Errorf("read the refs to push: a line has %d fields instead of 4", len(fields))
		}
		for i, to := range map[int]*[]string{1: &push.Local, 3: &push.There} {
			if _, err := odb.ParseOID(fields[i]); err != nil {
				return nil, fmt.Errorf("read the refs to push: %w", err)
			}
			if strings.Trim(fields[i], "0") != "" {
				*to = append(*to, fields[i])
			}
		}
	}
	return push, lines.Err()
}

// revisions returns the arguments of git rev-list for the commits that the remote
// lacks, as far as this clone knows: commits on the remote that were never fetched
// count as lacking.
func (p *Push) revisions(ctx context.Context, r *Repository) []string {
	revisions := append([]string{}, p.Local...)
	revisions = append(revisions, "--not")
	for _, id := range p.There {
		if oid, err := odb.ParseOID(id); err == nil && r.DB.Has(ctx, oid) {
			revisions = append(revisions, id)
		}
	}
	if !strings.ContainsAny(p.Remote, "*?[\\:") { // a URL has no remote-tracking refs
		revisions = append(revisions, "--remotes="+p.Remote)
	}
	return revisions
}
