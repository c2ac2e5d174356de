package repo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Push describes a push, as git describes it to a pre-push or pre-receive hook.
type Push struct {
	// Remote is the name of the remote, or its URL if it has no name. It is empty if
	// this repository receives the push.
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
	return push, parseRefs(r, 4, map[int]*[]string{1: &push.Local, 3: &push.There})
}

// ParseReceived reads the input of a pre-receive hook (githooks(5), "pre-receive").
// Each line is about one ref: old object, new object and ref. An ID of zeros means no
// object.
func ParseReceived(r io.Reader) (*Push, error) {
	push := &Push{}
	return push, parseRefs(r, 3, map[int]*[]string{0: &push.There, 1: &push.Local})
}

// parseRefs reads lines with a number of fields, and appends the object IDs in some of
// the fields to lists.
func parseRefs(r io.Reader, fields int, ids map[int]*[]string) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.Fields(lines.Text())
		if len(line) == 0 {
			continue
		}
		if len(line) != fields {
			return fmt.Errorf("read the refs to push: a line has %d fields instead of %d", len(line), fields)
		}
		for i, to := range ids {
			if _, err := odb.ParseOID(line[i]); err != nil {
				return fmt.Errorf("read the refs to push: %w", err)
			}
			if strings.Trim(line[i], "0") != "" {
				*to = append(*to, line[i])
			}
		}
	}
	return lines.Err()
}

// revisions returns the arguments of git rev-list for the commits that the remote
// lacks, as far as this clone knows: commits on the remote that were never fetched
// count as lacking. For a push that this repository receives, they are the commits that
// none of its refs reaches; its refs are still the old ones.
func (p *Push) revisions(ctx context.Context, r *Repository) []string {
	revisions := append([]string{}, p.Local...)
	revisions = append(revisions, "--not")
	if p.Remote == "" {
		return append(revisions, "--all")
	}
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
