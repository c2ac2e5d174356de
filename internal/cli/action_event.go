package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
)

// part is what of a repository the action scans, and whom it believes.
type part struct {
	// revisions is a range, or empty for everything.
	revisions string
	// trust is the commit whose configuration and allows hold; empty for what is
	// checked out.
	trust string
	// pullRequest and readOnly say that this is a pull request, and that nothing
	// may be written to code scanning.
	pullRequest, readOnly bool
	warnings              []string
}

func (p part) String() string {
	if p.revisions == "" {
		return "everything"
	}
	return p.revisions
}

// emptyTree is the tree without files, which each repository has. To trust it is
// to trust nobody.
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

// githubEvent is what is needed of the payload of an event ("Webhook events and
// payloads").
type githubEvent struct {
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
	// Repo is null once a fork is deleted.
	Repo *struct {
		Name string `json:"full_name"`
	} `json:"repo"`
}

// fullID is the ID of a commit as events have it. All zeros stand for none.
var fullID = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

func (a *action) event() (githubEvent, error) {
	var event githubEvent
	name := a.getenv("GITHUB_EVENT_PATH")
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

// part decides by the event what to scan: what a pull request, a merge queue or a
// push brings, and otherwise everything.
func (a *action) part(ctx context.Context) (part, error) {
	event, err := a.event()
	if err != nil {
		return part{}, err
	}
	var p part
	switch name := a.getenv("GITHUB_EVENT_NAME"); {
	case name == "pull_request_target":
		return p, hint.New("run on pull_request: it needs no secrets, and is safe for forks", "the event pull_request_target has the base checked out, and not what is proposed")
	case event.PullRequest != nil && strings.HasPrefix(name, "pull_request"):
		p, err = a.proposed(ctx, event.PullRequest.Base.SHA, event.PullRequest.Head.SHA)
		head, base := event.PullRequest.Head.Repo, event.PullRequest.Base.Repo
		p.readOnly = head == nil || base == nil || head.Name != base.Name
		p.pullRequest = true
	case event.MergeGroup != nil && name == "merge_group":
		p, err = a.proposed(ctx, event.MergeGroup.Base, event.MergeGroup.Head)
	case name == "push":
		p.revisions, err = a.pushed(ctx, event)
	}
	// Workflows that Dependabot starts get a token that may only read.
	p.readOnly = p.readOnly || a.getenv("GITHUB_ACTOR") == "dependabot[bot]"
	switch given := a.input("range"); given {
	case "":
	case "all":
		p.revisions = ""
	default:
		p.revisions = given
	}
	return p, err
}

// proposed is what is between the base of a proposed change and its head. Only the
// base is trusted.
func (a *action) proposed(ctx context.Context, base, head string) (p part, err error) {
	p.trust = emptyTree
	if !fullID.MatchString(base) || !fullID.MatchString(head) {
		return p, fmt.Errorf("read the event: it has no commits")
	}
	// The event's base may be older than the one that GitHub merged with, for
	// actions/checkout to check out.
	merged, err := a.commit(ctx, "HEAD^2")
	if err == nil && merged == head {
		if id, err := a.commit(ctx, "HEAD"); err == nil && id == a.getenv("GITHUB_SHA") {
			base, head = id+"^1", id
		}
	}
	from, err := a.commit(ctx, base)
	if err != nil {
		return p, err
	}
	to, err := a.commit(ctx, head)
	if err != nil {
		return p, err
	}
	if from == "" {
		p.warnings = append(p.warnings, fmt.Sprintf("The base of this change (%.10s) is not in the checkout. "+
			"What is checked out was scanned instead, without the commits before it, "+
			"and neither configuration nor comments that allow were believed.\n"+
			"Give actions/checkout \"fetch-depth: 0\".", base))
		return p, nil
	}
	p.trust = from
	if to == "" {
		p.warnings = append(p.warnings, fmt.Sprintf("The head of this change (%.10s) is not in the checkout. "+
			"What is checked out was scanned instead.\n"+
			"Give actions/checkout \"fetch-depth: 0\", and no other \"ref\".", head))
		return p, nil
	}
	p.revisions = from + ".." + to
	return p, nil
}

// pushed returns the range of a push, or "" for everything. Of a new branch, and
// where the commit before a forced push is gone, it is what the default branch
// does not have.
func (a *action) pushed(ctx context.Context, event githubEvent) (string, error) {
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
	from := []string{}
	if fullID.MatchString(event.Before) && strings.Trim(event.Before, "0") != "" {
		from = append(from, event.Before)
	}
	if branch != "" && a.getenv("GITHUB_REF") != "refs/heads/"+branch {
		from = append(from, "refs/remotes/origin/"+branch)
	}
	for _, revision := range from {
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
