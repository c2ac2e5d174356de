package targets_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/internal/targets"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/scanner"
)

// planned returns the targets of each shard, as the files of the shards list them.
func planned(t *testing.T, all []string, of int) [][]string {
	t.Helper()
	var shards [][]string
	for i := 1; i <= of; i++ {
		dir := filepath.Join(t.TempDir(), "reports")
		if _, err := targets.Run(t.Context(), targets.Options{
			Targets: all, Shard: targets.Shard{Index: i, Of: of}, Reports: &targets.Reports{Dir: dir},
		}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("shard-%d-of-%d.json", i, of)))
		if err != nil {
			t.Fatal(err)
		}
		var shard struct{ Targets []string }
		if err := json.Unmarshal(text, &shard); err != nil {
			t.Fatal(err)
		}
		shards = append(shards, shard.Targets)
	}
	return shards
}

// Each target is in one shard, the shards are even, and a longer list moves no target.
func TestShards(t *testing.T) {
	t.Chdir(t.TempDir())
	var all []string
	for i := range 200 {
		all = append(all, fmt.Sprintf("missing/%d.git", i))
	}
	before := planned(t, all[:100], 4)
	after := planned(t, all, 4)
	seen := map[string]bool{}
	for i, shard := range after {
		if len(shard) < 30 || len(shard) > 70 {
			t.Errorf("shard %d has %d of 200 targets", i, len(shard))
		}
		for _, name := range shard {
			if seen[name] {
				t.Errorf("%s is in two shards", name)
			}
			seen[name] = true
		}
		for _, name := range before[i] {
			if !slices.Contains(shard, name) {
				t.Errorf("%s has moved", name)
			}
		}
	}
	if len(seen) != len(all) {
		t.Errorf("the shards have %d targets, want %d", len(seen), len(all))
	}
}

// defectDojo returns the IDs by which DefectDojo recognizes findings of SARIF: their partial
// fingerprints, sorted and joined (dojo/tools/sarif/parser.py, unique_id_from_tool).
func defectDojo(t *testing.T, r *scanner.Result) []string {
	t.Helper()
	var text bytes.Buffer
	if err := report.SARIF(&text, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			Results []struct {
				Fingerprints, PartialFingerprints map[string]string
			}
		}
	}
	if err := json.Unmarshal(text.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, run := range log.Runs {
		for _, result := range run.Results {
			if len(result.Fingerprints) > 0 {
				t.Error("DefectDojo would read other fingerprints")
			}
			var parts []string
			for name, value := range result.PartialFingerprints {
				parts = append(parts, name+":"+value)
			}
			sort.Strings(parts)
			ids = append(ids, strings.Join(parts, "|"))
		}
	}
	slices.Sort(ids)
	return ids
}

// DefectDojo recognizes a key that has moved to another file.
func TestDefectDojoRecognizesMovedKeys(t *testing.T) {
	r := gittest.New(t)
	r.Write("a.txt", keytest.Key(1, keytest.Made)+"\n")
	r.Commit("add")
	before := defectDojo(t, scanned(t, scanner.Options{}, r.Dir))
	r.Write("b/c.js", "// Settings\n\nconst key = '"+keytest.Key(1, keytest.Made)+"'\n")
	r.Remove("a.txt")
	r.Commit("move")
	after := defectDojo(t, scanned(t, scanner.Options{}, r.Dir))
	if len(before) != 1 || !slices.Contains(after, before[0]) {
		t.Errorf("got %q, want %q", after, before)
	}
}

// DefectDojo recognizes the findings of a repository in every scan, also when the mirror has
// another name, and in a run beside others.
func TestDefectDojoRecognizesFindings(t *testing.T) {
	organisation(t)
	scan := func(names ...string) []string {
		t.Helper()
		result, err := targets.Run(t.Context(), targets.Options{Targets: names})
		if err != nil {
			t.Fatal(err)
		}
		return defectDojo(t, result)
	}
	before := scan("shop.git")
	if len(before) < 3 || before[0] == "" {
		t.Fatalf("got %q", before)
	}
	if err := os.Rename("shop.git", "moved.git"); err != nil {
		t.Fatal(err)
	}
	if after := scan("moved.git"); !slices.Equal(after, before) {
		t.Errorf("got %q, want %q", after, before)
	}
	beside := scan("moved.git", "folder", "pay.git")
	for _, id := range before {
		if !slices.Contains(beside, id) {
			t.Errorf("%q lacks %s", beside, id)
		}
	}
}
