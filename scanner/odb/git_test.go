package odb_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// repo is a repository made by the git that is installed.
type repo struct {
	t   testing.TB
	dir string // the work tree
}

// newRepo makes an empty repository. Further arguments go to git init.
func newRepo(t testing.TB, args ...string) *repo {
	t.Helper()
	r := &repo{t, t.TempDir()}
	r.git(append([]string{"init", "-q", "-b", "main"}, args...)...)
	r.git("config", "gc.auto", "0")
	r.git("config", "maintenance.auto", "false")
	return r
}

// newSHA256Repo skips the test where git cannot make one.
func newSHA256Repo(t testing.TB) *repo {
	t.Helper()
	probe := exec.Command("git", "init", "-q", "--object-format=sha256", t.TempDir())
	if out, err := probe.CombinedOutput(); err != nil {
		t.Skipf("this git cannot make sha256 repositories: %s", out)
	}
	return newRepo(t, "--object-format=sha256")
}

func (r *repo) commonDir() string { return filepath.Join(r.dir, ".git") }

func (r *repo) git(args ...string) string {
	r.t.Helper()
	return r.gitInput("", args...)
}

func (r *repo) gitInput(stdin string, args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=1700000000 +0000",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_COMMITTER_DATE=1700000000 +0000",
	)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

func (r *repo) write(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repo) commit(message string) {
	r.t.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", message)
}

// grow commits versions of files of all kinds, so that packing makes delta
// chains and trees of them.
func (r *repo) grow(commits int, seed uint64) {
	r.t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	words := strings.Fields("const let function return import export await token key value 0 1 2 { } ( ) ; => === null")
	lines := make([]string, 300)
	line := func() string {
		var b strings.Builder
		for range random.IntN(12) {
			fmt.Fprintf(&b, "%s%d ", words[random.IntN(len(words))], random.IntN(50))
		}
		return b.String()
	}
	for i := range lines {
		lines[i] = line()
	}
	noise := make([]byte, 20_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for c := range commits {
		for range 5 {
			lines[random.IntN(len(lines))] = line()
		}
		text := strings.Join(lines, "\n")
		r.write("src/large.js", text)
		r.write("src/half.js", text[:len(text)/2])
		r.write(fmt.Sprintf("src/deep/%d/f%d.txt", c%7, c), line())
		r.write("noise.bin", string(noise)+line())
		r.write("zeros.bin", strings.Repeat("\x00", 1000*c)+line())
		r.commit(fmt.Sprintf("commit %d of %d", c, seed))
	}
	r.write("empty", "")
	r.commit("an empty file")
	r.git("tag", "-a", "-m", "a tag", fmt.Sprintf("v%d", seed))
}

// object is an object as git shows it.
type object struct {
	typ  string
	data string
}

// objects returns all objects of the repository, as git sees them.
func (r *repo) objects() map[string]object {
	r.t.Helper()
	cmd := exec.Command("git", "cat-file", "--batch-all-objects", "--unordered", "--buffer", "--batch")
	cmd.Dir = r.dir
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatal(err)
	}
	all := map[string]object{}
	for in := bufio.NewReader(bytes.NewReader(out)); ; {
		var id, typ string
		var size int
		if _, err := fmt.Fscanf(in, "%s %s %d\n", &id, &typ, &size); err != nil {
			break
		}
		data := make([]byte, size+1)
		if _, err := io.ReadFull(in, data); err != nil {
			r.t.Fatal(err)
		}
		all[id] = object{typ, string(data[:size])}
	}
	if len(all) == 0 {
		r.t.Fatal("git knows of no objects")
	}
	return all
}

// open opens the repository's database and expects no failures.
func (r *repo) open() *odb.DB {
	r.t.Helper()
	db, err := odb.Open(r.t.Context(), r.commonDir())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := db.Close(); err != nil {
			r.t.Error(err)
		}
	})
	for _, f := range db.Failures() {
		r.t.Errorf("%s: %v", f.Path, f.Err)
	}
	return db
}

// packs returns the repository's pack files.
func (r *repo) packs() []string {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(r.commonDir(), "objects", "pack", "*.pack"))
	if err != nil {
		r.t.Fatal(err)
	}
	return files
}

// fetchPack replaces everything in the repository by packs that git
// pack-objects makes with the given arguments, indexed by git index-pack with
// the others.
func (r *repo) repack(packArgs, indexArgs []string) {
	r.t.Helper()
	r.git("repack", "-adfq", "--depth=20")
	list := r.git("rev-list", "--objects", "--all", "--no-object-names")
	name := filepath.Join(r.t.TempDir(), "p")
	args := append([]string{"-c", "pack.threads=1", "pack-objects", "-q"}, packArgs...)
	sum := r.gitInput(list, append(args, name)...)
	for _, old := range r.packs() {
		stem := strings.TrimSuffix(old, ".pack")
		for _, ext := range []string{".pack", ".idx", ".rev"} {
			_ = os.Remove(stem + ext)
		}
	}
	target := filepath.Join(r.commonDir(), "objects", "pack", "pack-"+sum+".pack")
	if err := copyFile(target, name+"-"+sum+".pack"); err != nil {
		r.t.Fatal(err)
	}
	r.git(append(append([]string{"index-pack"}, indexArgs...), target)...)
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o666)
}
