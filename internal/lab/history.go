package lab

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/internal/gittest"
)

// History is a repository with one key, which is not in the files of its working
// tree.
type History struct {
	Repo    *gittest.Repo
	Planted Planted
}

// shape is a place where git can keep a key.
type shape struct {
	name string
	// write puts a line with a key there.
	write func(r *gittest.Repo, line string)
}

var shapes = []shape{
	{"deleted file", func(r *gittest.Repo, line string) {
		r.Write("upload.sh", line)
		r.Commit("Upload results")
		r.Git("rm", "-q", "upload.sh")
		r.Commit("Remove it")
	}},
	{"changed file", func(r *gittest.Repo, line string) {
		r.Write("upload.sh", "# first\n"+strings.Repeat("echo\n", 200)+line)
		r.Commit("Upload results")
		r.Write("upload.sh", "# first\n"+strings.Repeat("echo\n", 200))
		r.Commit("Read it from the environment")
		r.Git("gc", "-q")
	}},
	{"only in a merge", func(r *gittest.Repo, line string) {
		r.Git("checkout", "-q", "-b", "side")
		r.Write("side.txt", "side")
		r.Commit("Work aside")
		r.Git("checkout", "-q", "main")
		r.Write("main.txt", "main")
		r.Commit("Work")
		r.Git("merge", "-q", "--no-commit", "side")
		r.Write("merged.env", line)
		r.Commit("Merge")
		r.Git("rm", "-q", "merged.env")
		r.Commit("Remove it")
	}},
	{"other branch", func(r *gittest.Repo, line string) {
		r.Git("checkout", "-q", "-b", "try")
		r.Write("try.py", line)
		r.Commit("Try it")
		r.Git("checkout", "-q", "main")
	}},
	{"stash", func(r *gittest.Repo, line string) {
		r.Write("README.md", line)
		r.Git("stash", "-q")
	}},
	{"stash, untracked", func(r *gittest.Repo, line string) {
		r.Write("notes.txt", line)
		r.Git("stash", "-q", "-u")
	}},
	{"commit message", func(r *gittest.Repo, line string) {
		r.Git("commit", "-q", "--allow-empty", "-m", "Upload results\n\n"+line)
	}},
	{"tag message", func(r *gittest.Repo, line string) { r.Git("tag", "-a", "v1", "-m", line) }},
	{"note", func(r *gittest.Repo, line string) { r.Git("notes", "add", "-m", line) }},
	{"amended commit", func(r *gittest.Repo, line string) {
		r.Write("upload.sh", line)
		r.Commit("Upload results")
		r.Write("upload.sh", "echo")
		r.Git("commit", "-q", "-a", "--amend", "-m", "Upload results")
	}},
	{"deleted branch", func(r *gittest.Repo, line string) {
		r.Git("checkout", "-q", "-b", "gone")
		r.Write("gone.js", line)
		r.Commit("Try it")
		r.Git("checkout", "-q", "main")
		r.Git("branch", "-q", "-D", "gone")
	}},
	{"dangling blob", func(r *gittest.Repo, line string) { r.Blob(line) }},
	{"index, then reset", func(r *gittest.Repo, line string) {
		r.Write("staged.env", line)
		r.Git("add", "staged.env")
		r.Git("reset", "-q", "--hard")
	}},
	{"file without a diff", func(r *gittest.Repo, line string) {
		r.Write(".gitattributes", "*.lock -diff\n")
		r.Write("app.lock", line)
		r.Commit("Lock")
		r.Git("rm", "-q", "app.lock")
		r.Commit("Unlock")
	}},
	{"UTF-16 file", func(r *gittest.Repo, line string) {
		text := "\xff\xfe"
		for _, unit := range utf16.Encode([]rune(line)) {
			text += string([]byte{byte(unit), byte(unit >> 8)})
		}
		r.Write("upload.ps1", text)
		r.Commit("Upload results")
		r.Git("rm", "-q", "upload.ps1")
		r.Commit("Remove it")
	}},
	{"hook", func(r *gittest.Repo, line string) { r.Write(".git/hooks/pre-push", "#!/bin/sh\n"+line) }},
	{"unfinished message", func(r *gittest.Repo, line string) { r.Write(".git/MERGE_MSG", "Merge\n\n"+line) }},
	{"recorded conflict", func(r *gittest.Repo, line string) {
		r.Write(".git/rr-cache/3f2a/preimage", "<<<<<<<\n"+line+"=======\n")
	}},
	{"reflog text", func(r *gittest.Repo, line string) {
		r.Git("update-ref", "--create-reflog", "-m", strings.TrimSpace(line), "refs/heads/try", "HEAD")
	}},
	{"interrupted rebase", func(r *gittest.Repo, line string) {
		r.Write("try.py", line)
		r.Commit("Try it")
		id := strings.TrimSpace(r.Git("rev-parse", "HEAD"))
		r.Git("reset", "-q", "--hard", "HEAD~1")
		r.Git("reflog", "expire", "--expire=now", "--all")
		r.Write(".git/rebase-merge/autostash", id+"\n")
	}},
	{"interrupted push", func(r *gittest.Repo, line string) {
		id := r.Blob(line)
		object := id[:2] + "/" + id[2:]
		r.Write(".git/objects/tmp_objdir-incoming-3f2a/"+object, "")
		if err := os.Rename(r.Path(".git/objects/"+object), r.Path(".git/objects/tmp_objdir-incoming-3f2a/"+object)); err != nil {
			panic(err) // both are in the directory of a test
		}
	}},
	{"staged, then deleted", func(r *gittest.Repo, line string) {
		r.Write("staged.env", line)
		r.Git("add", "staged.env")
		r.Remove("staged.env")
	}},
	{"archive", func(r *gittest.Repo, line string) {
		archive, err := zipped("upload.sh", []byte(line))
		if err != nil {
			panic(err) // it is written to memory
		}
		r.Write("old.zip", string(archive))
		r.Commit("Keep the old one")
		r.Git("rm", "-q", "old.zip")
		r.Commit("Remove it")
	}},
}

// Histories creates a repository for each shape of history, with the installed git.
func Histories(t testing.TB, seed uint64) []History {
	m := &maker{seed: seed | 1<<31, Rand: rand.New(rand.NewPCG(seed, 0x676974))}
	var all []History
	for _, shape := range shapes {
		r := gittest.New(t)
		r.Write("README.md", "# Project\n")
		r.Commit("Begin")
		key := m.key(Structured)
		shape.write(r, "curl -H 'Authorization: ApiKey "+key.String()+"' https://acme.eu1.qasphere.com\n")
		all = append(all, History{r, Planted{
			Path: slug(shape.name), TenantID: key.Tenant, KeyID: key.ID, Kind: Structured, Carrier: shape.name, Encoding: plainName, History: shape.name,
		}})
	}
	return all
}
