package lab_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/lab"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

var (
	out  = flag.String("out", "", "directory to write the corpus of -seed to; it must not exist")
	seed = flag.Uint64("seed", 1, "the seed of that corpus")
)

// TestCorpus writes a corpus that other programs can scan:
//
//	go test ./internal/lab -run TestCorpus -args -out DIR
func TestCorpus(t *testing.T) {
	if *out == "" {
		t.Skip("no directory given by -out")
	}
	if err := os.Mkdir(*out, 0o777); err != nil {
		t.Fatal(err)
	}
	corpus := lab.New(*seed)
	for _, h := range lab.Histories(t, *seed) {
		corpus.Manifest.Planted = append(corpus.Manifest.Planted, h.Planted)
		if err := os.CopyFS(filepath.Join(*out, "histories", h.Planted.Path), os.DirFS(h.Repo.Dir)); err != nil {
			t.Fatal(err)
		}
	}
	if err := corpus.Write(*out); err != nil {
		t.Fatal(err)
	}
}

// TestHistories scans a repository for each shape of history.
func TestHistories(t *testing.T) {
	for _, h := range lab.Histories(t, 1) {
		t.Run(h.Planted.Path, func(t *testing.T) {
			result, err := scanner.Scan(t.Context(), []string{h.Repo.Dir}, scanner.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !result.Coverage.Complete() || len(result.Findings) != 1 {
				t.Fatalf("%d findings, not read: %+v", len(result.Findings), result.Coverage.Skipped)
			}
			f := result.Findings[0]
			if f.Key.TenantID != h.Planted.TenantID || f.Key.KeyID != h.Planted.KeyID || f.Severity != rules.Error {
				t.Errorf("got %s of %s", f.Severity, f.Key)
			}
		})
	}
}

// TestFiles scans corpora on disk. Every key must be found at its place, by its rule, as
// an error, and a decoy may not have a finding above its highest severity.
func TestFiles(t *testing.T) {
	seeds := []uint64{1, 2, 3}
	if testing.Short() {
		seeds = seeds[:1]
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			corpus := lab.New(seed)
			dir := t.TempDir()
			if err := corpus.Write(dir); err != nil {
				t.Fatal(err)
			}
			result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !result.Coverage.Complete() {
				t.Errorf("not everything was read: %+v", result.Coverage.Skipped)
			}
			check(t, corpus.Manifest, sightings(result), true)
		})
	}
}

// sighting is an occurrence with its key.
type sighting struct {
	key rules.Key
	scanner.Occurrence
}

// sightings returns the occurrences of a result by path.
func sightings(result *scanner.Result) map[string][]sighting {
	found := map[string][]sighting{}
	for _, f := range result.Findings {
		for _, o := range f.Occurrences {
			found[o.Path] = append(found[o.Path], sighting{f.Key, o})
		}
	}
	return found
}

// check compares what was found with a manifest. Places must be exact if the result has
// every occurrence, instead of one per path.
func check(t *testing.T, m lab.Manifest, found map[string][]sighting, exact bool) {
	t.Helper()
	wrong := tally{}
	for _, p := range m.Planted {
		at := slices.IndexFunc(found[p.Path], func(s sighting) bool { return s.key.TenantID == p.TenantID && s.key.KeyID == p.KeyID })
		if at < 0 {
			wrong.add("not found", p, "")
			continue
		}
		s := found[p.Path][at]
		found[p.Path] = slices.Delete(found[p.Path], at, at+1)
		if s.Severity.String() != p.Severity && (p.Severity != "" || s.Severity != rules.Error) {
			wrong.add("severity", p, s.Severity.String())
		}
		if p.Rule != "" && s.Rule.ID != p.Rule {
			wrong.add("rule", p, s.Rule.ID)
		}
		if p.Layers == nil {
			s.Layers = nil
		}
		got, want := fmt.Sprint(s.Layers, s.Line, s.Column, s.EndLine, s.EndColumn), fmt.Sprint(p.Layers, p.Line, p.Column, p.EndLine, p.EndColumn)
		if exact && got != want {
			wrong.add("place", p, got+", want "+want)
		}
	}
	most := map[string]string{}
	for _, d := range m.Decoys {
		most[d.Path] = d.Most
	}
	for path, rest := range found {
		for _, s := range rest {
			if _, decoy := most[path]; s.Rule.Lint && !decoy {
				continue // carriers of keys may have lint findings
			}
			if s.Severity.String() != most[path] && s.Severity != rules.Note {
				wrong.add("false alarm", lab.Planted{Path: path, Line: s.Line, Column: s.Column}, s.Severity.String()+" "+s.Rule.ID)
			}
		}
	}
	wrong.report(t, len(m.Planted))
}

// tally lists the failures of each kind.
type tally map[string][]string

func (w tally) add(kind string, p lab.Planted, detail string) {
	w[kind] = append(w[kind], fmt.Sprintf("%s:%d:%d %s", p.Path, p.Line, p.Column, detail))
}

func (w tally) report(t *testing.T, of int) {
	t.Helper()
	for kind, all := range w {
		slices.Sort(all)
		shown := all
		if len(all) > 40 && os.Getenv("LAB_ALL") == "" {
			shown = all[:40]
		}
		t.Errorf("%s: %d of %d\n  %s", kind, len(all), of, strings.Join(shown, "\n  "))
	}
}
