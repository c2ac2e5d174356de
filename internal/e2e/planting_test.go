package e2e

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
)

// plantedRepo is the copy of a repository in which keys are planted. Its branch
// "planted" is on top of what was checked out.
type plantedRepo struct {
	*gittest.Repo
	t *testing.T
	// own says that the repository is small and holds nothing else.
	own     bool
	planted []planted
}

// shapes are the ways in which git remembers. What an earlier one leaves must
// outlive the later ones: expiring the reflog comes first, packing before what is
// to stay loose.
var shapes = []struct {
	name  string
	plant func(g *plantedRepo, p planted)
}{
	{"dangling commit", plantDanglingCommit},
	{"at HEAD", plantAtHead},
	{"deleted later", plantDeleted},
	{"renamed, then deleted", plantRenamed},
	{"only in a merge commit", plantEvilMerge},
	{"on an unmerged branch", plantUnmerged},
	{"added and deleted in a merged branch", plantInMergedBranch},
	{"in a long delta chain", plantInDeltaChain},
	{"base64 in YAML, deleted", plantBase64},
	{"UTF-16, deleted", plantUTF16},
	{"marked -diff, deleted", plantNoDiff},
	{"commit message", plantInCommitMessage},
	{"tag message", plantInTag},
	{"note", plantInNote},
	{"branch deleted, in the reflog", plantInReflog},
	{"second stash", plantStash}, // the next one pushes it down
	{"staged, in a stash", plantStagedInStash},
	{"untracked, in a stash", plantUntrackedInStash},
	{"dangling blob", plantDanglingBlob},
	{"loose object", plantLoose},
}

// plantedKey returns the key of a shape.
func plantedKey(n uint64) string { return keytest.Key(1000+n, keytest.Made) }

// newRefs are the refs that planting makes or moves. No other can hold a commit
// that was made since, and git takes long to say so of thousands.
var newRefs = []string{"refs/heads/planted*", "refs/tags/planted", "refs/notes/planted", "refs/stash"}

// plantAll plants a key in each shape, and asks git which refs hold each in the
// end.
func (g *plantedRepo) plantAll() {
	g.Git("checkout", "-q", "-b", "planted")
	for n, shape := range shapes {
		if shape.name == "branch deleted, in the reflog" {
			g.repack()
		}
		shape.plant(g, planted{shape: shape.name, key: plantedKey(uint64(n)), object: "blob", layers: []string{}})
	}
	heads := strings.Fields(g.Git("rev-list", "--walk-reflogs", "HEAD"))
	for i := range g.planted {
		p := &g.planted[i]
		if p.refs == nil && p.introduced != "" {
			p.refs = strings.Fields(g.Git(append([]string{"for-each-ref", "--format=%(refname)", "--contains=" + p.introduced}, newRefs...)...))
		}
		if p.refs == nil {
			p.refs = []string{}
		}
		if p.reflogs == nil {
			p.reflogs = []string{}
			for entry, id := range heads {
				if id == p.introduced {
					p.reflogs = append(p.reflogs, fmt.Sprintf("HEAD@{%d}", entry))
				}
			}
		}
	}
}

// repack packs what was planted: with everything else into one pack with long
// chains if that is soon done, otherwise by itself.
func (g *plantedRepo) repack() {
	if g.own {
		g.Git("repack", "-q", "-a", "-d", "-f", "--depth=250", "--window=50")
	} else {
		g.Git("repack", "-q", "-d", "--depth=250", "--window=50")
	}
}

// is adds what is true of a planted key in one place.
func (g *plantedRepo) is(p planted) { g.planted = append(g.planted, p) }

// keys returns the keys that are planted, in order.
func (g *plantedRepo) keys() []string {
	var keys []string
	for _, p := range g.planted {
		keys = append(keys, p.key)
	}
	return slices.Compact(keys)
}

// places returns in how many places a key is.
func (g *plantedRepo) places(key string) int {
	n := 0
	for _, p := range g.planted {
		if p.key == key {
			n++
		}
	}
	return n
}

// commitFile commits only this file of the working tree, even if it is ignored.
func (g *plantedRepo) commitFile(name, content string) string {
	g.Write(name, content)
	g.Git("add", "-f", name)
	g.Git("commit", "-q", "-m", "Write "+name)
	return g.ID("HEAD")
}

func (g *plantedRepo) commitRemoval(name string) string {
	g.Git("rm", "-q", name)
	g.Git("commit", "-q", "-m", "Remove "+name)
	return g.ID("HEAD")
}

// envFile is a file that holds a key.
func envFile(key string) string { return "# for the upload\nexport QAS_TOKEN=" + key + "\n" }

func plantDanglingCommit(g *plantedRepo, p planted) {
	p.path = "planted/dangling.env"
	p.introduced = g.commitFile(p.path, envFile(p.key))
	g.Git("reset", "-q", "--hard", "HEAD~1")
	g.Git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "HEAD", "planted")
	g.is(p)
}

func plantAtHead(g *plantedRepo, p planted) {
	p.path, p.object = "planted/head.env", "file"
	p.introduced = g.commitFile(p.path, envFile(p.key))
	g.is(p)
}

func plantDeleted(g *plantedRepo, p planted) {
	p.path = "planted/deleted.env"
	g.plantAndRemove(p, envFile(p.key))
}

func (g *plantedRepo) plantAndRemove(p planted, content string) {
	p.introduced = g.commitFile(p.path, content)
	g.commitFile("planted/between.txt", p.path)
	p.removed = g.commitRemoval(p.path)
	g.is(p)
}

func plantRenamed(g *plantedRepo, p planted) {
	before, after := p, p
	before.path, after.path = "planted/before.env", "planted/deep/after.env"
	before.introduced = g.commitFile(before.path, envFile(p.key))
	g.Write("planted/deep/keep.txt", "keep\n")
	g.Git("add", "-f", "planted/deep/keep.txt")
	g.Git("mv", before.path, after.path)
	g.Git("commit", "-q", "-m", "Rename")
	before.removed, after.introduced = g.ID("HEAD"), g.ID("HEAD")
	after.removed = g.commitRemoval(after.path)
	g.is(before)
	g.is(after)
}

func plantEvilMerge(g *plantedRepo, p planted) {
	p.path = "planted/merge.env"
	g.Git("checkout", "-q", "-b", "planted-side")
	g.commitFile("planted/side.txt", "side\n")
	g.Git("checkout", "-q", "planted")
	g.commitFile("planted/main.txt", "main\n")
	g.Git("merge", "-q", "--no-ff", "--no-commit", "planted-side")
	p.introduced = g.commitFile(p.path, envFile(p.key))
	p.removed = g.commitRemoval(p.path)
	g.is(p)
}

func plantUnmerged(g *plantedRepo, p planted) {
	p.path = "planted/unmerged.env"
	g.Git("checkout", "-q", "-b", "planted-unmerged")
	p.introduced = g.commitFile(p.path, envFile(p.key))
	g.Git("checkout", "-q", "planted")
	g.is(p)
}

func plantInMergedBranch(g *plantedRepo, p planted) {
	p.path = "planted/merged.env"
	g.Git("checkout", "-q", "-b", "planted-merged")
	p.introduced = g.commitFile(p.path, envFile(p.key))
	p.removed = g.commitRemoval(p.path)
	g.Git("checkout", "-q", "planted")
	g.commitFile("planted/meanwhile.txt", "meanwhile\n")
	g.Git("merge", "-q", "--no-ff", "--no-edit", "planted-merged")
	g.is(p)
}

// plantInDeltaChain commits 200 versions of one big file, of which some in the
// middle have the key, in one pack that stores each as a change to the one
// before.
func plantInDeltaChain(g *plantedRepo, p planted) {
	const versions, first, last = 200, 80, 120
	p.path = "planted/chain.txt"
	lines := make([]string, 2000)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %d of a file that is long enough for its changes to be small", i)
	}
	var stream strings.Builder
	parent := g.ID("HEAD")
	for v := range versions {
		lines[v*10] = fmt.Sprintf("changed in version %d", v)
		lines[1003] = "nothing"
		if first <= v && v <= last {
			lines[1003] = "Authorization: ApiKey " + p.key
		}
		text := strings.Join(lines, "\n")
		fmt.Fprintf(&stream, "commit refs/heads/planted\ncommitter Cem Committer <cem@example.com> %d +0000\n", gittest.Start.Unix()+int64(v))
		fmt.Fprintf(&stream, "data 7\nChange\n\n")
		if v == 0 {
			fmt.Fprintf(&stream, "from %s\n", parent)
		}
		fmt.Fprintf(&stream, "M 100644 inline %s\ndata %d\n%s\n", p.path, len(text), text)
	}
	g.Feed(stream.String(), "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--depth=250")
	g.Git("reset", "-q", "--hard")
	commits := strings.Fields(g.Git("rev-list", "--reverse", parent+"..HEAD"))
	p.introduced, p.removed = commits[first], commits[last+1]
	if length := g.chainLength(p.path, commits[last], commits); length < 50 {
		g.t.Errorf("the delta chain is %d objects long: that tests little", length)
	}
	g.is(p)
}

// chainLength returns how many objects have to be read to know one of the
// versions of a file.
func (g *plantedRepo) chainLength(path, version string, commits []string) int {
	var names strings.Builder
	for _, commit := range commits {
		fmt.Fprintf(&names, "%s:%s\n", commit, path)
	}
	bases := map[string]string{}
	for line := range strings.Lines(g.Feed(names.String(), "cat-file", "--batch-check=%(objectname) %(deltabase)")) {
		id, base, _ := strings.Cut(strings.TrimSpace(line), " ")
		bases[id] = base
	}
	length := 0
	for id, ok := g.ID(version+":"+path), true; ok; length++ {
		id, ok = bases[id]
	}
	return length - 1
}

func plantBase64(g *plantedRepo, p planted) {
	p.path, p.layers = "planted/secret.yaml", []string{"base64"}
	g.plantAndRemove(p, "kind: Secret\ndata:\n  token: "+base64.StdEncoding.EncodeToString([]byte(p.key))+"\n")
}

func plantUTF16(g *plantedRepo, p planted) {
	p.path, p.layers = "planted/utf16.ps1", []string{"utf-16"}
	wide := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune("# Schlüssel\r\n$env:QAS_TOKEN = \"" + p.key + "\"\r\n")) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	g.plantAndRemove(p, string(wide))
}

func plantNoDiff(g *plantedRepo, p planted) {
	p.path = "planted/report.bin"
	g.commitFile("planted/.gitattributes", "*.bin -diff binary\n")
	g.plantAndRemove(p, "\x00\x01\x02"+p.key+"\x00\xff")
}

func plantInCommitMessage(g *plantedRepo, p planted) {
	g.Git("commit", "-q", "--allow-empty", "-m", "Upload the results", "-m", "It takes "+p.key+" for a key.")
	p.introduced = g.ID("HEAD")
	p.path, p.object = ".git/commit/"+p.introduced+"/message", "commit"
	g.is(p)
}

func plantInTag(g *plantedRepo, p planted) {
	g.Git("tag", "-a", "planted", "-m", "QAS_TOKEN="+p.key)
	p.path, p.object = ".git/tag/"+g.ID("refs/tags/planted")+"/message", "tag"
	p.refs = []string{"refs/tags/planted"}
	g.is(p)
}

func plantInNote(g *plantedRepo, p planted) {
	annotated := g.ID("HEAD")
	g.Git("notes", "--ref=planted", "add", "-m", "QAS_TOKEN="+p.key)
	p.path, p.object = ".git/note/"+annotated+"/message", "note"
	p.introduced = g.ID("refs/notes/planted")
	g.is(p)
}

func plantInReflog(g *plantedRepo, p planted) {
	p.path = "planted/gone.env"
	g.Git("checkout", "-q", "-b", "planted-gone")
	p.introduced = g.commitFile(p.path, envFile(p.key))
	g.Git("checkout", "-q", "planted")
	g.Git("branch", "-q", "-D", "planted-gone")
	g.is(p)
}

// plantStash stashes a change to a file that is tracked.
func plantStash(g *plantedRepo, p planted) {
	p.path = "planted/between.txt"
	g.Write(p.path, envFile(p.key))
	g.Git("stash", "push", "-q")
	p.introduced = g.ID("refs/stash")
	p.reflogs = []string{"refs/stash@{2}"} // by the time all are made
	g.is(p)
}

// plantStagedInStash stashes what was staged and then changed back.
func plantStagedInStash(g *plantedRepo, p planted) {
	p.path = "planted/between.txt"
	before := g.Git("show", "HEAD:"+p.path)
	g.Write(p.path, envFile(p.key))
	g.Git("add", p.path)
	g.Write(p.path, before+"changed\n")
	g.Git("stash", "push", "-q")
	p.introduced = g.ID("refs/stash^2")
	p.reflogs = []string{"refs/stash@{1}"} // and git, by stashing, removed nothing
	g.is(p)
}

// plantUntrackedInStash stashes a file that git has never seen.
func plantUntrackedInStash(g *plantedRepo, p planted) {
	p.path = "planted/untracked.env"
	g.Write(p.path, envFile(p.key))
	g.Git("stash", "push", "-q", "--all", "--", p.path)
	p.introduced = g.ID("refs/stash^3")
	g.is(p)
}

func plantDanglingBlob(g *plantedRepo, p planted) {
	id := g.Blob(envFile(p.key))
	p.path = ".git/blob/" + id
	g.is(p)
}

func plantLoose(g *plantedRepo, p planted) {
	p.path = "planted/loose.env"
	p.object = "file"
	p.introduced = g.commitFile(p.path, envFile(p.key))
	g.is(p)
}
