package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// scope is what of a repository is scanned, and which settings are trusted.
type scope struct {
	// site is the URL of the web site that is scanned in place of the repository.
	site string
	// revisions is a range, or empty for everything.
	revisions string
	// path is the directory of the repository.
	path string
	// trust is the commit whose configuration and comments are trusted; empty for
	// what is checked out.
	trust string
	// pullRequest says that this is a pull request, and readOnly that the run may not
	// write to code scanning.
	pullRequest, readOnly bool
	warnings              []string
}

func (s scope) String() string {
	switch {
	case s.site != "":
		return "a web site"
	case s.revisions == "":
		return "everything in " + s.path
	}
	return s.revisions + " in " + s.path
}

// emptyTree is the tree without files, which each repository has. To trust it is to
// trust no configuration and no comment.
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

// payload is what is needed of the payload of an event ("Webhook events and
// payloads").
type payload struct {
	Before      string `json:"before"`
	After       string `json:"after"`
	PullRequest *struct {
		Base side `json:"base"`
		Head side `json:"head"`
	} `json:"pull_request"`
	MergeGroup *struct {
		Base string `json:"base_sha"`
		Head string `json:"head_sha"`
	} `json:"merge_group"`
	Repository struct {
		DefaultBranch string `json:"default_branch"`
	} `json:"repository"`
}

// side is one of the two branches of a pull request.
type side struct {
	SHA string `json:"sha"`
	// Repo is null after a fork was deleted.
	Repo *struct {
		Name string `json:"full_name"`
	} `json:"repo"`
}

// fullID is the ID of a commit in an event. All zeros mean that there is none.
var fullID = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

func (a *Action) payload() (payload, error) {
	var event payload
	name := a.Getenv("GITHUB_EVENT_PATH")
	if name == "" {
		return event, nil
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return event, fmt.Errorf("read the event: %w", err)
	}
	if err := json.Unmarshal(content, &event); err != nil {
		return event, fmt.Errorf("read the event %s: %w", name, err)
	}
	return event, nil
}

// scope decides by the event what to scan: what a pull request, a merge queue or a
// push adds, and otherwise everything.
func (a *Action) scope(ctx context.Context) (scope, error) {
	if url := a.input("site"); url != "" {
		if a.input("range") != "" {
			return scope{}, hint.New("remove range", "the input range has no effect with site")
		}
		return scope{site: url}, nil
	}
	event, err := a.payload()
	if err != nil {
		return scope{}, err
	}
	s := scope{path: a.path()}
	switch name := a.Getenv("GITHUB_EVENT_NAME"); {
	case name == "pull_request_target":
		return s, hint.New("run on pull_request: it needs no secrets, and is safe for forks",
			"the event pull_request_target checks out the base, not the proposed change")
	case event.PullRequest != nil && strings.HasPrefix(name, "pull_request"):
		s, err = a.proposed(ctx, event.PullRequest.Base.SHA, event.PullRequest.Head.SHA)
		head, base := event.PullRequest.Head.Repo, event.PullRequest.Base.Repo
		s.readOnly = head == nil || base == nil || head.Name != base.Name
		s.pullRequest = true
	case event.MergeGroup != nil && name == "merge_group":
		s, err = a.proposed(ctx, event.MergeGroup.Base, event.MergeGroup.Head)
	case name == "push":
		s.revisions, err = a.pushed(ctx, event)
	}
	// Workflows that Dependabot starts get a token that can only read.
	s.readOnly = s.readOnly || a.Getenv("GITHUB_ACTOR") == "dependabot[bot]"
	switch given := a.input("range"); given {
	case "":
	case "all":
		s.revisions = ""
	default:
		s.revisions = given
	}
	return s, err
}

// proposed is what is between the base of a proposed change and its head. Only the
// settings of the base are trusted.
func (a *Action) proposed(ctx context.Context, base, head string) (s scope, err error) {
	s.trust = emptyTree
	if !fullID.MatchString(base) || !fullID.MatchString(head) {
		return s, hint.New("the payload of the event has no valid base and head; report this to the authors of qasleaks",
			"read the event: it names no commits")
	}
	// The base in the event may be older than the one that GitHub merged with, which
	// is what actions/checkout checks out.
	merged, err := a.commit(ctx, "HEAD^2")
	if err == nil && merged == head {
		if id, err := a.commit(ctx, "HEAD"); err == nil && id == a.Getenv("GITHUB_SHA") {
			base, head = id+"^1", id
		}
	}
	from, err := a.commit(ctx, base)
	if err != nil {
		return s, err
	}
	to, err := a.commit(ctx, head)
	if err != nil {
		return s, err
	}
	if from == "" {
		s.warnings = append(s.warnings, fmt.Sprintf("The base of this change (%.10s) is not in the checkout. "+
			"The files that are checked out were scanned instead, without the commits before them, "+
			"and the configuration and qasleaks:allow comments had no effect.\n"+
			"Set \"fetch-depth: 0\" for actions/checkout.", base))
		return s, nil
	}
	s.trust = from
	if to == "" {
		s.warnings = append(s.warnings, fmt.Sprintf("The head of this change (%.10s) is not in the checkout. "+
			"What is checked out was scanned instead.\n"+
			"Set \"fetch-depth: 0\" for actions/checkout, and no other \"ref\".", head))
		return s, nil
	}
	s.revisions = from + ".." + to
	return s, nil
}

// pushed returns the range of a push, or "" for everything. For a new branch, and if
// the commit before a forced push is gone, the range is what the default branch does
// not have.
func (a *Action) pushed(ctx context.Context, event payload) (string, error) {
	after := "HEAD"
	if fullID.MatchString(event.After) {
		id, err := a.commit(ctx, event.After)
		if err != nil {
			return "", err
		}
		if id != "" {
			after = event.After
		}
	}
	branch := event.Repository.DefaultBranch
	var candidates []string
	if fullID.MatchString(event.Before) && strings.Trim(event.Before, "0") != "" {
		candidates = append(candidates, event.Before)
	}
	if branch != "" && a.Getenv("GITHUB_REF") != "refs/heads/"+branch {
		candidates = append(candidates, "refs/remotes/origin/"+branch)
	}
	for _, revision := range candidates {
		id, err := a.commit(ctx, revision)
		if err != nil {
			return "", err
		}
		if id != "" {
			return id + ".." + after, nil
		}
	}
	return "", nil
}

// commit returns the ID of the commit that a revision names, or "" if it is not in
// the checkout.
func (a *Action) commit(ctx context.Context, revision string) (string, error) {
	id, err := repo.ResolveCommit(ctx, a.path(), revision)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return id, err
}
