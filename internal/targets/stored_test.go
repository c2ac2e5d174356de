package targets_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/internal/targets"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// reportsOf scans targets and returns the directory of their reports.
func reportsOf(t *testing.T, names ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "reports")
	if _, err := targets.Run(t.Context(), targets.Options{Targets: names, Scan: scanner.Options{Now: at}, Reports: &targets.Reports{Dir: dir}}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func merged(t *testing.T, dir string) *scanner.Result {
	t.Helper()
	result, err := targets.Merge([]string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// reportOf returns the file of the report of a target.
func reportOf(t *testing.T, dir, target string) string {
	t.Helper()
	return filepath.Join(dir, targets.FileName(target)+".json")
}

// A merge has the occurrences in memory of one finding at a time.
func TestMergeKeepsNoOccurrences(t *testing.T) {
	t.Chdir(t.TempDir())
	const files, keys = 200, 20
	var names []string
	for _, target := range []string{"a", "b", "c", "d", "e"} {
		if err := os.Mkdir(target, 0o700); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for seed := range uint64(keys) {
			fmt.Fprintf(&text, "QAS_TOKEN=%s\n", keytest.Key(seed, keytest.Made))
		}
		for i := range files {
			if err := os.WriteFile(fmt.Sprintf("%s/%d.env", target, i), []byte(text.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		names = append(names, target)
	}
	dir := reportsOf(t, names...)
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := live()
	result := merged(t, dir)
	after := live()
	occurrences := 0
	for i := range result.Findings {
		occurrences += len(result.Findings[i].Load().Occurrences)
	}
	if want := len(names) * files * keys; occurrences < want {
		t.Fatalf("got %d occurrences, want %d", occurrences, want)
	}
	if each := (max(before, after) - before) / uint64(occurrences); each > 100 {
		t.Errorf("a merge keeps %d bytes for each occurrence", each)
	}
	runtime.KeepAlive(result)
}

// A report in which a single byte is wrong does not count.
func TestDamagedReport(t *testing.T) {
	organisation(t)
	dir := reportsOf(t, "shop.git", "pay.git")
	name := reportOf(t, dir, "pay.git")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	header := bytes.IndexByte(text, '\n') + 1
	for _, damaged := range [][]byte{
		text[:header],
		text[:len(text)-1],
		text[:len(text)-3],
		text[:bytes.LastIndexByte(text[:len(text)-1], '\n')],
		text[:bytes.LastIndexByte(text[:len(text)-1], '\n')+1],
		bytes.Replace(text, []byte("cfg/key.txt"), []byte("cfg/kez.txt"), 1),
		bytes.Replace(text, []byte(`"Objects":`), []byte(`"objects":`), 1),
		append(bytes.Clone(text[:header]), '{', '\n'),
	} {
		if bytes.Equal(damaged, text) {
			t.Fatal("nothing is damaged")
		}
		if err := os.WriteFile(name, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		result := merged(t, dir)
		if len(result.Coverage.Skipped) != 1 || !strings.Contains(result.Coverage.Skipped[0].Reason, "its report cannot be read: ") {
			t.Errorf("%q: skipped are %v", damaged[max(0, len(damaged)-50):], result.Coverage.Skipped)
		}
	}
}

// A report that changes after the merge is an error, in every format.
func TestReportChangesAfterMerge(t *testing.T) {
	organisation(t)
	dir := reportsOf(t, "shop.git", "pay.git", "folder")
	name := reportOf(t, dir, "pay.git")
	for _, f := range report.Formats() {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for what, change := range map[string]func() error{
			"gone":    func() error { return os.Remove(name) },
			"cut off": func() error { return os.Truncate(name, int64(len(text)/2)) },
			"other":   func() error { return os.WriteFile(name, bytes.Repeat([]byte("{}"), len(text)), 0o600) },
		} {
			result := merged(t, dir)
			if result.Err() != nil {
				t.Fatal(result.Err())
			}
			if err := change(); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := f.Write(&b, result, report.Options{Now: at}); err != nil {
				t.Fatal(err)
			}
			if err := result.Err(); err == nil || !strings.Contains(err.Error(), "read report of pay.git: ") {
				t.Errorf("%s, %s: got %v", f.Name, what, err)
			}
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A finding that takes the place of another after the merge is not taken for it.
func TestOtherFindingAfterMerge(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(seed uint64) {
		if err := os.WriteFile("key.txt", []byte(keytest.Key(seed, keytest.Made)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(1)
	dir := reportsOf(t, "key.txt")
	result := merged(t, dir)
	write(2)
	if _, err := targets.Run(t.Context(), targets.Options{Targets: []string{"key.txt"}, Scan: scanner.Options{Now: at}, Reports: &targets.Reports{Dir: dir}}); err != nil {
		t.Fatal(err)
	}
	result.Findings[0].Load()
	// The place of the finding in the report depends on how the duration is written.
	if err := result.Err(); err == nil || !strings.HasPrefix(err.Error(), "read report of key.txt: ") {
		t.Errorf("got %v", err)
	}
}

// The parts of a merged result by repository have each occurrence once, and in its
// repository.
func TestMergedResultByRepository(t *testing.T) {
	organisation(t)
	if err := os.Rename("fork.git", "folder/fork.git"); err != nil {
		t.Fatal(err)
	}
	// A repository may be in two targets.
	result := merged(t, reportsOf(t, "shop.git", "folder/fork.git", "tree", "pay.git", "folder", "alone.txt", "missing"))
	all := map[string]int{}
	for i := range result.Findings {
		f := &result.Findings[i]
		all[f.Fingerprint] = len(f.Load().Occurrences)
	}
	names := map[string]bool{}
	skipped := 0
	for part := range result.ByRepository() {
		name := ""
		if len(part.Repositories) > 0 {
			name = part.Repositories[0].Name
		}
		names[name] = true
		skipped += len(part.Coverage.Skipped)
		for i := range part.Findings {
			f := part.Findings[i].Load()
			all[f.Fingerprint] -= len(f.Occurrences)
			counts := false
			for _, o := range f.Occurrences {
				counts = counts || o.Suppressed == nil
				if o.Repository != name {
					t.Errorf("%s has an occurrence in %s", name, o.Repository)
				}
			}
			if counts && f.Suppressed != nil || !counts && f.Suppressed == nil {
				t.Errorf("%s: %s is suppressed by %v", name, f.Fingerprint, f.Suppressed)
			}
		}
	}
	for fingerprint, left := range all {
		if left != 0 {
			t.Errorf("%s has %d occurrences in no part", fingerprint, left)
		}
	}
	for _, p := range result.Repositories {
		if !names[p.Name] {
			t.Errorf("%s has no part", p.Name)
		}
	}
	if !names[""] || skipped != len(result.Coverage.Skipped) {
		t.Errorf("parts are %v, with %d skipped", names, skipped)
	}
}

// A key that is where it belongs is a note, in each of its places.
func TestMergedLocalKey(t *testing.T) {
	r := gittest.New(t)
	r.Write(".gitignore", ".env\n")
	r.Commit("ignore settings")
	r.Write(".env", "QAS_TOKEN="+keytest.Key(1, keytest.Made)+"\n")
	for _, f := range merged(t, reportsOf(t, r.Dir)).Findings {
		if f.Key == (rules.Key{}) {
			continue
		}
		if o := f.Load().Occurrences[0]; !f.Local || f.Severity != rules.Note || o.Severity != rules.Note {
			t.Errorf("local is %v, and the severities are %s and %s", f.Local, f.Severity, o.Severity)
		}
		return
	}
	t.Error("the key was not found")
}
