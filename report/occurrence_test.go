package report

import (
	"encoding/json"
	"regexp"
	"slices"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

func TestMessageName(t *testing.T) {
	const id = "19586c7a0b19586c7a0b19586c7a0b19586c7a0b"
	for _, test := range []struct {
		object     scanner.ObjectKind
		path, want string
	}{
		{scanner.ObjectCommit, ".git/commit/" + id + "/message", "message of commit 19586c7"},
		{scanner.ObjectTag, ".git/tag/" + id + "/message", "message of tag 19586c7"},
		{scanner.ObjectNote, ".git/note/" + id + "/message", "note on commit 19586c7"},
		{scanner.ObjectCommit, "sub/repo/.git/commit/" + id + "/message", "message of commit 19586c7 in sub/repo"},
		{scanner.ObjectBlob, "", "blob 19586c7"},
		{scanner.ObjectFile, ".git/commit/" + id + "/message", ""}, // a file of that name
		{scanner.ObjectCommit, "commit message", ""},
		{scanner.ObjectFile, "a/b/c/message", ""},
		{scanner.ObjectFile, "message", ""},
	} {
		at := &scanner.Occurrence{Path: test.path, Object: test.object, OID: id}
		if got := messageName(at); got != test.want {
			t.Errorf("%s: %q, want %q", test.path, got, test.want)
		}
	}
}

// No format but those for programs shows the whole ID of a commit; there it is in
// paths, as the contract of JSON says.
func TestIDsAreShort(t *testing.T) {
	whole := regexp.MustCompile(`[0-9a-f]{40}`)
	r := rich()
	r.Coverage.Skipped = nil
	for _, f := range Formats() {
		switch f.Name {
		case "json", "jsonl", "sarif":
			continue
		case "gitlab":
			var got struct {
				Vulnerabilities []struct {
					Location struct{ File string }
					Details  json.RawMessage
				}
			}
			if err := json.Unmarshal([]byte(render(t, f, r)), &got); err != nil {
				t.Fatal(err)
			}
			for _, v := range got.Vulnerabilities {
				if whole.MatchString(v.Location.File) || whole.Match(v.Details) {
					t.Errorf("gitlab: %s, %s", v.Location.File, v.Details)
				}
			}
		default:
			if id := whole.FindString(render(t, f, r)); id != "" {
				t.Errorf("%s shows %s", f.Name, id)
			}
		}
	}
}

// Where an occurrence is now, in the words of notes and in short.
func TestWhereabouts(t *testing.T) {
	refs := []string{"refs/heads/main", "refs/stash"}
	reflogs := []string{"HEAD@{1}", "HEAD@{2}", "HEAD@{3}", "HEAD@{4}"}
	lint := scanner.Occurrence{Rule: &rules.Rule{Lint: true}, Path: "a", Object: scanner.ObjectFile, OnDisk: true}
	for name, test := range map[string]struct {
		at           scanner.Occurrence
		notes, short string
		noRepository bool
	}{
		"in the files and at HEAD": {
			at:    scanner.Occurrence{Path: "a", Object: scanner.ObjectFile, OnDisk: true, AtHead: true, Reachable: true, Refs: refs},
			notes: "in the working tree and at HEAD; reachable from main, the stash", short: "in the working tree and at HEAD",
		},
		"at HEAD": {
			at:    scanner.Occurrence{Path: "a", Object: scanner.ObjectBlob, AtHead: true, Reachable: true},
			notes: "at HEAD", short: "at HEAD",
		},
		"staged": {
			at:    scanner.Occurrence{Path: "a", Object: scanner.ObjectIndex, OID: "1"},
			notes: "in the staged changes", short: "in the staged changes",
		},
		"changed since HEAD": {
			at:    scanner.Occurrence{Path: "a", Object: scanner.ObjectFile, OnDisk: true, Commit: &scanner.Commit{SHA: "1234567890"}},
			notes: "in the working tree", short: "added by 1234567; in the working tree",
		},
		"not committed": {
			at:    scanner.Occurrence{Path: "a", Object: scanner.ObjectFile, OnDisk: true},
			notes: "in the working tree, not committed", short: "in the working tree, not committed",
		},
		"in no repository": {at: scanner.Occurrence{Path: "a", Object: scanner.ObjectFile, OnDisk: true}, noRepository: true},
		"standard input":   {at: scanner.Occurrence{Path: "-", Object: scanner.ObjectFile}},
		"lint":             {at: lint},
		"in history": {
			at: scanner.Occurrence{
				Path: "a", Object: scanner.ObjectBlob, Reachable: true, Refs: refs, Reflogs: reflogs[:1],
				Commit: &scanner.Commit{SHA: "1234567890", Date: day(2025, 1, 2)}, RemovedBy: &scanner.Commit{SHA: "abcdef0123"},
			},
			notes: "now only in history; reachable from main, the stash; in the reflog at HEAD@{1}",
			short: "added by 1234567 on 2025-01-02, removed by abcdef0; now only in history",
		},
		"in a message": {
			at:    scanner.Occurrence{Path: ".git/commit/1234567890/message", Object: scanner.ObjectCommit, Reachable: true, Refs: refs[:1], Commit: &scanner.Commit{SHA: "1234567890", Date: day(2025, 1, 2)}},
			notes: "reachable from main", short: "committed on 2025-01-02",
		},
		"in a message of unknown date": {
			at: scanner.Occurrence{Path: ".git/commit/1234567890/message", Object: scanner.ObjectCommit, Reachable: true, Commit: &scanner.Commit{SHA: "1234567890"}},
		},
		"in the reflog": {
			at:    scanner.Occurrence{Path: "a", Object: scanner.ObjectBlob, Reflogs: reflogs},
			notes: "now only in the reflog at HEAD@{1}, HEAD@{2}, HEAD@{3} and 1 more", short: "now only in the reflog",
		},
		"in no tree": {
			at:    scanner.Occurrence{Object: scanner.ObjectBlob, OID: "1234567890", Commit: &scanner.Commit{SHA: "abcdef0123"}, Reachable: true},
			notes: "", short: "added by abcdef0",
		},
		"in no ref": {
			at:    scanner.Occurrence{Object: scanner.ObjectBlob, OID: "1234567890", Layers: []string{"gzip", "base64"}},
			notes: "not reachable from any ref; kept until git gc prunes it", short: "gzip, base64; not reachable from any ref",
		},
	} {
		if test.at.Rule == nil {
			test.at.Rule = &keyRule
		}
		r := &scanner.Result{Coverage: wholeCoverage}
		if test.noRepository {
			r.Coverage.Objects = 0
		}
		v := newView(r, Options{Now: now})
		if got := v.whereabouts(&test.at); got != test.notes {
			t.Errorf("%s: %q, want %q", name, got, test.notes)
		}
		if got := v.inShort(&test.at); got != test.short {
			t.Errorf("%s, in short: %q, want %q", name, got, test.short)
		}
	}
}

// Notes tell the layers, another rule, the commits, the place, the fix and what
// suppresses an occurrence; then there is nothing to fix.
func TestNotes(t *testing.T) {
	f := inHead()
	at := f.Occurrences[0]
	at.Rule, at.Layers = &headerRule, []string{"zip:a", "base64"}
	at.RemovedBy = commit(6, day(2025, 5, 9), "Use a secret")
	v := newView(&scanner.Result{Coverage: wholeCoverage}, Options{Now: now})
	want := []string{
		"inside zip:a, base64", "found by apikey-header: Literal in an ApiKey header",
		"added by 46641fb on 2025-02-03 by Ann Example: Add the API client", "removed by f65e6f0 on 2025-05-09 by Ann Example: Use a secret",
		"in the working tree and at HEAD; reachable from main, origin/main, tag v1.0 and 2 more",
		"fix: replace it with process.env.QAS_TOKEN, and rotate the key",
	}
	if got := v.notes(&f, &at); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	at.Suppressed = &scanner.Suppression{By: "inline", Reason: "a test"}
	want[5] = "suppressed (inline): a test"
	if got := v.notes(&f, &at); !slices.Equal(got, want) {
		t.Errorf("suppressed: got %q, want %q", got, want)
	}
	at.Suppressed.Reason = ""
	if got := v.notes(&f, &at); got[5] != "suppressed (inline)" {
		t.Errorf("without a reason: %q", got[5])
	}
	if got, want := fixWords(&scanner.Fix{Path: ".gitignore", Text: "/.env\n"}), "add the line /.env to .gitignore"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
