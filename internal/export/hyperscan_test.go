package export

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
)

// TestHyperscan has the engine of GitHub's secret scanning match what Go's matches, with
// the delimiters that GitHub puts around a pattern. It is built from Debian's
// libhyperscan-dev.
func TestHyperscan(t *testing.T) {
	if testing.Short() {
		t.Skip("makes the laboratory's corpus")
	}
	dir := t.TempDir()
	scan := filepath.Join(dir, "hyperscan")
	if out, err := exec.Command("gcc", "-O1", "-Wall", "-o", scan, filepath.Join("testdata", "hyperscan.c"), "-lhs").CombinedOutput(); err != nil {
		if os.Getenv("QASLEAKS_ALL_ENGINES") != "" {
			t.Fatalf("build with Hyperscan: %v: %s", err, out)
		}
		t.Skipf("NOT RUN: libhyperscan-dev or gcc is not installed: %v", err)
	}
	var paths []string
	for _, s := range samples() {
		name := filepath.Join(dir, filepath.FromSlash(s.path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, s.data, 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, s.path)
	}
	const before, after = `\A|[^0-9A-Za-z]`, rules.PatternEnd
	for _, p := range append(rules.Patterns(), rules.Join(rules.Patterns())) {
		args := append([]string{"(?:" + before + ")(?:" + p.Unbounded + ")(?:" + after + ")", "--"}, paths...)
		got := slices.Sorted(maps.Keys(lines(run(t, dir, scan, args...))))
		var want []string
		for path := range findGo(t, dir, p) {
			want = append(want, path)
		}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: Hyperscan matches in\n%s\nwant\n%s", p.ID, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for _, e := range p.Except() {
			run(t, dir, scan, e, "--")
		}
	}
	if out, err := exec.Command(scan, `(?<=a)b`, "--").CombinedOutput(); err == nil || !regexp.MustCompile(`(?i)zero-width`).Match(out) {
		t.Errorf("Hyperscan takes what it cannot: %s", out)
	}
}

// lines returns the lines of an output.
func lines(out []byte) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		all[strings.TrimSpace(line)] = true
	}
	return all
}
