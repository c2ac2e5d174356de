package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakeGoreleaser writes archives that hold what it was started for.
const fakeGoreleaser = `#!/bin/sh
if [ "$1" = --version ]; then
	echo "GitVersion: 2.16.0"
	go env GOVERSION
	exit
fi
[ -z "$GORELEASER_FAILS" ] || { echo "no disk"; exit 1; }
mkdir -p dist
for platform in linux_amd64.tar.gz linux_arm64.tar.gz darwin_amd64.tar.gz darwin_arm64.tar.gz windows_amd64.zip windows_arm64.zip; do
	echo "$platform $(git rev-parse HEAD "$GORELEASER_CURRENT_TAG") $* $CHANGE" >"dist/qasleaks_${GORELEASER_CURRENT_TAG#v}_$platform"
done
[ -z "$OMIT" ] || rm dist/*windows_arm64*
`

// releasing is a clone with an origin, in which scripts/release.sh is run.
type releasing struct {
	dir, origin string
	env         []string
}

func newReleasing(t *testing.T) *releasing {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil || runtime.GOOS == "windows" {
		t.Skip("needs bash")
	}
	parent := t.TempDir()
	r := &releasing{dir: filepath.Join(parent, "clone"), origin: filepath.Join(parent, "origin.git")}
	place(t, parent, "bin/goreleaser", fakeGoreleaser)
	r.env = append(os.Environ(), "PATH="+filepath.Join(parent, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for name, value := range gitEnvironment(parent) {
		r.env = append(r.env, name+"="+value)
	}
	place(t, r.dir, "scripts/release.sh", read(t, filepath.Join(root, "scripts", "release.sh")))
	check(t, os.Chmod(filepath.Join(parent, "bin", "goreleaser"), 0o755))
	check(t, os.Chmod(filepath.Join(r.dir, "scripts", "release.sh"), 0o755))
	place(t, r.dir, ".gitignore", "dist\n")
	place(t, r.dir, ".github/README", "")
	place(t, r.dir, "CHANGELOG.md", "## [Unreleased]\n\n## [1.2.3] - 2026-01-31\n")
	r.git(t, "init", "-q", "-b", "main")
	r.git(t, "init", "-q", "--bare", "-b", "main", r.origin)
	r.git(t, "remote", "add", "origin", r.origin)
	r.git(t, "add", ".")
	r.git(t, "commit", "-qm", "Begin")
	r.git(t, "push", "-q", "origin", "main")
	return r
}

func (r *releasing) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = r.dir, r.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// refs returns what the origin has.
func (r *releasing) refs(t *testing.T) string { return r.git(t, "ls-remote", "--refs", r.origin) }

// run runs scripts/release.sh and looks for texts in what it prints.
func (r *releasing) run(t *testing.T, succeeds bool, args []string, texts ...string) {
	t.Helper()
	cmd := exec.Command("bash", append([]string{"scripts/release.sh"}, args...)...)
	cmd.Dir, cmd.Env = r.dir, r.env
	out, err := cmd.CombinedOutput()
	if (err == nil) != succeeds {
		t.Errorf("release.sh %v: %v:\n%s", args, err, out)
	}
	for _, text := range texts {
		if !strings.Contains(string(out), text) {
			t.Errorf("release.sh %v does not say %q:\n%s", args, text, out)
		}
	}
}

// TestRelease makes a release, and checks it as the workflow does.
func TestRelease(t *testing.T) {
	r := newReleasing(t)
	begin, before := r.git(t, "rev-parse", "HEAD"), r.refs(t)
	r.run(t, true, []string{"1.2.3"}, "Release v1.2.3", "qasleaks_1.2.3_windows_arm64.zip", "Nothing was pushed")
	if after := r.refs(t); after != before || r.git(t, "tag") != "" || r.git(t, "rev-parse", "HEAD") != begin {
		t.Errorf("a dry run changed %s to %s", before, after)
	}

	r.run(t, true, []string{"1.2.3", "--push"}, "Pushed")
	r.git(t, "pull", "-q", "--tags", "origin", "main")
	release := r.git(t, "rev-parse", "v1.2.3^{commit}")
	if parent := r.git(t, "rev-parse", "v1.2.3~1"); parent != begin {
		t.Errorf("the release commit is on top of %s, want %s", parent, begin)
	}
	if next := r.git(t, "rev-parse", "main~1"); next != release {
		t.Errorf("main is on top of %s, want the release commit", next)
	}
	if changed := r.git(t, "diff", "--name-only", begin, "main"); changed != "" {
		t.Errorf("main has changed: %s", changed)
	}
	digests := r.git(t, "show", "v1.2.3:"+releaseDigests)
	if n := strings.Count(digests, "  qasleaks_1.2.3_"); n != 6 || !strings.Contains(digests, "built from commit "+begin+" with go") {
		t.Errorf("the digests are\n%s", digests)
	}

	check := []string{"1.2.3", "--check"}
	r.run(t, false, check, "a release commit adds")
	r.git(t, "checkout", "-q", "v1.2.3")
	r.run(t, true, check, "have the digests of the release commit")
	r.run(t, false, []string{"1.2.4", "--check"}, "is not of v1.2.4")
	honest := r.env
	r.env = append(honest, "CHANGE=swapped")
	r.run(t, false, check, "are not those of the release commit")
	r.env = append(honest, "OMIT=1")
	r.run(t, false, check, "expected 6 archives")
	r.env = append(honest, "GORELEASER_FAILS=1")
	r.run(t, false, check, "no disk")
	r.env = honest
	place(t, r.dir, "main.go", "package main")
	r.git(t, "add", ".")
	r.git(t, "commit", "-q", "--amend", "-m", "Release with a change of its own")
	r.run(t, false, check, "and nothing else")
}

// TestReleaseRefuses has a checkout that no release can be made from.
func TestReleaseRefuses(t *testing.T) {
	r := newReleasing(t)
	before := r.refs(t)
	r.run(t, false, nil, "usage:")
	r.run(t, false, []string{"v1.2.3"}, "v1.2.3 is not a version")
	r.run(t, false, []string{"1.2"}, "1.2 is not a version")
	r.run(t, false, []string{"1.2.3", "--publish"}, "unknown option --publish")
	place(t, r.dir, "new.txt", "")
	r.run(t, false, []string{"1.2.3", "--push"}, "the checkout has changes")
	r.git(t, "add", ".")
	r.git(t, "commit", "-qm", "Ahead")
	r.run(t, false, []string{"1.2.3", "--push"}, "main is not origin/main")
	r.git(t, "reset", "-q", "--hard", "HEAD~1")
	r.git(t, "checkout", "-q", "-b", "other")
	r.run(t, false, []string{"1.2.3", "--push"}, "releases are made from main")
	r.git(t, "checkout", "-q", "main")
	r.run(t, false, []string{"1.2.4", "--push"}, "CHANGELOG.md has no section for 1.2.4")
	if r.refs(t) != before {
		t.Error("something was pushed")
	}
	r.run(t, true, []string{"1.3.0-rc.1"}, "Release v1.3.0-rc.1", "Nothing was pushed") // needs no section
	r.git(t, "tag", "v1.2.3")
	r.git(t, "push", "-q", "origin", "v1.2.3")
	r.git(t, "tag", "-d", "v1.2.3")
	r.run(t, false, []string{"1.2.3", "--push"}, "v1.2.3 exists")
}
