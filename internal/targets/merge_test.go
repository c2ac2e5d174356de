package targets_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/internal/targets"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// scanned returns the result of some targets.
func scanned(t *testing.T, o scanner.Options, names ...string) *scanner.Result {
	t.Helper()
	o.Now = at
	result, err := targets.Run(t.Context(), targets.Options{Targets: names, Scan: o})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// A key counts if one target has it without a comment that allows it.
func TestSuppressedInAllTargets(t *testing.T) {
	organisation(t)
	for _, test := range []struct {
		names []string
		want  bool
	}{{[]string{"shop.git"}, true}, {[]string{"shop.git", "fork.git"}, true}, {[]string{"shop.git", "tree"}, false}} {
		found := false
		for _, f := range scanned(t, scanner.Options{}, test.names...).Findings {
			if f.Key.TenantID == keytest.TenantID(7) {
				found = true
				if (f.Suppressed != nil) != test.want {
					t.Errorf("%q: suppressed is %v, want %v", test.names, f.Suppressed, test.want)
				}
			}
		}
		if !found {
			t.Errorf("%q: the key was not found", test.names)
		}
	}
}

// A note that is true of all targets names none.
func TestNotes(t *testing.T) {
	organisation(t)
	const note = "history was not scanned: --no-history"
	for _, test := range []struct {
		names []string
		want  string
	}{
		{[]string{"shop.git", "pay.git"}, note},
		{[]string{"shop.git", "pay.git", "folder"}, "pay.git, shop.git: " + note},
	} {
		if got := scanned(t, scanner.Options{NoHistory: true}, test.names...).Coverage.Notes; !slices.Contains(got, test.want) {
			t.Errorf("%q: notes are %q, want %q", test.names, got, test.want)
		}
	}
	ignores := []scanner.Ignore{{Fingerprint: "0123456789abcdef", Reason: "none has it"}}
	if got := scanned(t, scanner.Options{Ignores: ignores, Exclude: []string{"nothing"}}, "folder").Coverage.Notes; len(got) > 0 {
		t.Errorf("notes are %q, although other targets may use the entries", got)
	}
}

// What was read is the sum of what was read of each target.
func TestCoverageIsTheSum(t *testing.T) {
	organisation(t)
	a, b := scanned(t, scanner.Options{}, "tree"), scanned(t, scanner.Options{}, "pay.git")
	both := scanned(t, scanner.Options{}, "tree", "pay.git").Coverage
	for what, sum := range map[string][2]int64{
		"files":   {both.Files, a.Coverage.Files + b.Coverage.Files},
		"objects": {both.Objects, a.Coverage.Objects + b.Coverage.Objects},
		"bytes":   {both.Bytes, a.Coverage.Bytes + b.Coverage.Bytes},
		"refs":    {int64(both.Refs), int64(a.Coverage.Refs + b.Coverage.Refs)},
	} {
		if sum[0] != sum[1] || sum[0] == 0 {
			t.Errorf("%s are %d, want %d", what, sum[0], sum[1])
		}
	}
	if !scanned(t, scanner.Options{}, "shop.git", "pay.git").Whole || scanned(t, scanner.Options{}, "shop.git", "missing").Whole {
		t.Error("a result is whole if all its parts are")
	}
}

// In the end all is done.
func TestProgress(t *testing.T) {
	p := new(targets.Progress)
	names := organisation(t)
	if _, err := targets.Run(t.Context(), targets.Options{Targets: names, Scan: scanner.Options{Now: at}, Progress: p}); err != nil {
		t.Fatal(err)
	}
	if p.Targets.Load() != 9 || p.Done.Load() != 9 {
		t.Errorf("%d of %d targets are done", p.Done.Load(), p.Targets.Load())
	}
	if all := p.TotalBytes.Load(); all == 0 || p.Bytes.Load() != all {
		t.Errorf("%d of %d bytes are done", p.Bytes.Load(), all)
	}
}

// An incomplete report is never taken for the repository.
func TestIncompleteIsScannedAgain(t *testing.T) {
	organisation(t)
	for _, pack := range must(filepath.Glob("pay.git/objects/*/*")) {
		if err := os.Remove(pack); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "reports")
	for range 2 {
		result, err := targets.Run(t.Context(), targets.Options{Targets: []string{"pay.git"}, Reports: &targets.Reports{Dir: dir}})
		if err != nil {
			t.Fatal(err)
		}
		if state := result.Repositories[0].State; state != scanner.RepositoryIncomplete {
			t.Errorf("the repository is %s", state)
		}
	}
}

// The finding that a key is shared shows no text, and ships nothing: the finding of the key
// has both.
func TestSharedKeyHasNoFrame(t *testing.T) {
	organisation(t)
	for _, f := range scanned(t, scanner.Options{}, "shop.git", "pay.git").Findings {
		if o := f.Load().Occurrences[0]; f.Rule.ID == "shared-key-across-applications" && (len(o.Frame.Lines) > 0 || f.Exposure.Client || o.Fix != nil) {
			t.Errorf("got %+v", f)
		}
	}
}

// A report that is older than the list of its shard, of other settings, does not count.
func TestMergeRefusesOldReports(t *testing.T) {
	organisation(t)
	dir := filepath.Join(t.TempDir(), "reports")
	run := func(settings string, names ...string) {
		t.Helper()
		if _, err := targets.Run(t.Context(), targets.Options{Targets: names, Reports: &targets.Reports{Dir: dir, Settings: settings}}); err != nil {
			t.Fatal(err)
		}
	}
	run("new", "shop.git")
	list := filepath.Join(dir, "shard-1-of-1.json")
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	run("old", "shop.git")
	if err := os.WriteFile(list, text, 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := targets.Merge([]string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if result.Coverage.Complete() || result.Repositories[0].State != scanner.RepositoryFailed || len(result.Findings) > 0 {
		t.Errorf("got %+v", result.Coverage)
	}
}

// That a key ID has several tokens is in reports, which have no tokens.
func TestSeveralTokens(t *testing.T) {
	t.Chdir(t.TempDir())
	id := keytest.TenantID(1) + "." + keytest.KeyID(1, keytest.Made) + "."
	for name, content := range map[string]string{"one.txt": id + keytest.Token(1) + "\n" + id + keytest.Token(2) + "\n", "two.txt": id + keytest.Token(1) + "\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := targets.Run(t.Context(), targets.Options{Targets: []string{"one.txt", "two.txt"}, Reports: &targets.Reports{Dir: "reports"}}); err != nil {
		t.Fatal(err)
	}
	result, err := targets.Merge([]string{"reports"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Findings) != 1 || !strings.Contains(result.Findings[0].Message, "several tokens") || len(result.Findings[0].Load().Occurrences) < 3 {
		t.Errorf("got %+v", result.Findings)
	}
}

// The name of the file of a target says which target it is.
func TestFileName(t *testing.T) {
	for target, want := range map[string]string{
		"group/aZ-z_A09.git":              "aZ-z_A09.",
		"x/caf\u00e9 {}@[`:.y":            "cafy.",
		strings.Repeat("a", 41) + ".git":  strings.Repeat("a", 40) + ".",
		"/srv/" + strings.Repeat("b", 40): strings.Repeat("b", 40) + ".",
	} {
		name := targets.FileName(target)
		if prefix := name[:strings.LastIndexByte(name, '.')+1]; prefix != want || len(name) != len(want)+24 {
			t.Errorf("%s: got %s, want %s…", target, name, want)
		}
	}
	if targets.FileName("a/x.git") == targets.FileName("b/x.git") {
		t.Error("two targets have one file")
	}
}

// The globs of the rule that judges keys across targets are about paths in a repository.
func TestSharedKeyAppliesToPaths(t *testing.T) {
	organisation(t)
	for _, test := range []struct {
		tuning rules.Tuning
		want   bool
	}{
		{rules.Tuning{}, true},
		{rules.Tuning{Paths: []string{"src/*", "cfg/*"}}, true},
		{rules.Tuning{Paths: []string{"src/*"}}, false},
		{rules.Tuning{Exclude: []string{"cfg/*"}}, false},
		{rules.Tuning{Exclude: []string{"pay.git/**"}}, true},
	} {
		all := rules.All()
		for i := range all {
			if all[i].ID == "shared-key-across-applications" {
				all[i].Tuning = test.tuning
			}
		}
		found := slices.ContainsFunc(scanned(t, scanner.Options{Rules: all}, "shop.git", "pay.git").Findings, func(f scanner.Finding) bool {
			return f.Rule.ID == "shared-key-across-applications" && f.About.TenantID == keytest.TenantID(1)
		})
		if found != test.want {
			t.Errorf("%+v: found is %v", test.tuning, found)
		}
	}
}

// A key is shared if only the histories of two repositories have it, also beside a file that
// is in none. An example of the documentation is not.
func TestSharedKeyInHistories(t *testing.T) {
	dir := t.TempDir()
	key := keytest.Expand("{{key 1}}\n\n{{clientexample}}\n")
	for _, name := range []string{"one", "two"} {
		r := gittest.New(t)
		r.Write(name+".txt", key)
		r.Commit("add " + name)
		r.Remove(name + ".txt")
		r.Commit("remove " + name)
		r.Git("clone", "-q", "--mirror", r.Dir, filepath.Join(dir, name+".git"))
	}
	t.Chdir(dir)
	if err := os.WriteFile("key.txt", []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	var shared []string
	for _, f := range scanned(t, scanner.Options{}, "key.txt", "one.git", "two.git").Findings {
		if f.Rule.ID == "shared-key-across-applications" {
			shared = append(shared, f.Message)
		}
	}
	if len(shared) != 1 || !strings.Contains(shared[0], keytest.TenantID(1)) || !strings.Contains(shared[0], "one.git, two.git") {
		t.Errorf("shared are %q", shared)
	}
}
