package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/qasleaks/qasleaks/internal/gittest"
)

// TestPlanted hides a key in a copy of a repository in every way in which git
// can remember one, scans the copy with the program itself, and compares what
// the JSON report says of each key with what git knows of it. The repository is
// a small one, or that in QASLEAKS_E2E_REPO, whatever its size; see
// scripts/e2e-history.sh.
func TestPlanted(t *testing.T) {
	repo, own := smallRepository, true
	if dir := os.Getenv("QASLEAKS_E2E_REPO"); dir != "" {
		repo, own = func(t *testing.T) *gittest.Repo { return copyOf(t, dir) }, false
	}
	g := &plantedRepo{Repo: repo(t), t: t, own: own}
	g.plantAll()

	report, scan := scanJSON(t, g.Dir)
	findings := map[string]plantedFinding{}
	lint := 0
	for _, f := range report.Findings {
		if f.Rule == "stale-key" || f.Rule == "tracked-credential-file" {
			lint++ // the keys on disk are old, and some are in .env files
		}
		if f.Key != nil {
			findings[f.Key.TenantID+"."+f.Key.KeyID] = f
		}
	}
	if own && (len(findings) != len(g.keys()) || len(report.Findings) != len(findings)+lint) {
		t.Errorf("%d findings, want %d", len(report.Findings), len(g.keys()))
	}
	if own && !report.Coverage.Complete {
		t.Errorf("incomplete: %+v", report.Coverage.Skipped)
	}

	table := tabwriter.NewWriter(t.Output(), 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "SHAPE\tFOUND\tWHERE\tINTRODUCED\tREMOVED\tREACHABLE FROM")
	for _, p := range g.planted {
		got, wrong := p.judge(g, findings[p.keyName()])
		verdict := "yes"
		if wrong != nil {
			verdict = "WRONG"
			t.Errorf("%s: %v", p.shape, wrong)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
			p.shape, verdict, p.path, short(got.Commit), short(got.RemovedBy), got.heldBy())
	}
	_ = table.Flush()
	others := len(report.Findings) - len(g.keys())
	fmt.Fprintf(t.Output(), "%d objects, %d failed to be read, %d other findings\nscan: %s\ngit cat-file: %s\n",
		report.Coverage.Objects, report.Coverage.failed(), others, scan, catFile(t, g.Dir))
}

// planted is a key in one place, and what is true of it there.
type planted struct {
	shape  string
	key    string
	path   string
	object string
	layers []string
	// introduced and removed are commits; "" if there is none.
	introduced, removed string
	refs, reflogs       []string
}

// keyName is the part of the key that identifies it.
func (p planted) keyName() string { return p.key[:strings.LastIndex(p.key, ".")] }

// judge compares the occurrence at the path of a planted key with what is true.
func (p planted) judge(g *plantedRepo, f plantedFinding) (plantedOccurrence, error) {
	at := slices.IndexFunc(f.Occurrences, func(o plantedOccurrence) bool { return o.Path == p.path })
	if at < 0 {
		return plantedOccurrence{}, fmt.Errorf("not found at %s, but at %+v", p.path, f.Occurrences)
	}
	got := f.Occurrences[at]
	var wrong []error
	compare := func(what string, got, want any) {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			wrong = append(wrong, fmt.Errorf("%s = %v, want %v", what, got, want))
		}
	}
	compare("occurrences", len(f.Occurrences), g.places(p.key))
	compare("object", got.Object, p.object)
	compare("layers", got.Layers, p.layers)
	compare("commit", got.Commit.id(), p.introduced)
	compare("removedBy", got.RemovedBy.id(), p.removed)
	compare("refs", got.Refs, p.refs)
	compare("reachable", got.Reachable, len(p.refs) > 0)
	if len(p.refs) == 0 {
		compare("reflogs", got.Reflogs, p.reflogs)
	}
	return got, errors.Join(wrong...)
}

// plantedReport is the part of the JSON report that is looked at here.
type plantedReport struct {
	Findings []plantedFinding `json:"findings"`
	Coverage plantedCoverage  `json:"coverage"`
}

type plantedFinding struct {
	Rule string `json:"rule"`
	Key  *struct {
		TenantID string `json:"tenantId"`
		KeyID    string `json:"keyId"`
	} `json:"key"`
	Occurrences []plantedOccurrence `json:"occurrences"`
}

type plantedOccurrence struct {
	Path      string         `json:"path"`
	Object    string         `json:"object"`
	Layers    []string       `json:"layers"`
	Commit    *plantedCommit `json:"commit"`
	RemovedBy *plantedCommit `json:"removedBy"`
	Refs      []string       `json:"refs"`
	Reflogs   []string       `json:"reflogs"`
	Reachable bool           `json:"reachable"`
}

func (o plantedOccurrence) heldBy() string {
	switch {
	case len(o.Refs) > 1:
		return fmt.Sprintf("%s and %d more", o.Refs[0], len(o.Refs)-1)
	case len(o.Refs) == 1:
		return o.Refs[0]
	case len(o.Reflogs) > 0:
		return "reflog " + o.Reflogs[0]
	}
	return "nothing"
}

type plantedCommit struct {
	SHA string `json:"sha"`
}

func (c *plantedCommit) id() string {
	if c == nil {
		return ""
	}
	return c.SHA
}

func short(c *plantedCommit) string {
	if c == nil {
		return "-"
	}
	return c.SHA[:10]
}

type plantedCoverage struct {
	Objects  int64 `json:"objects"`
	Complete bool  `json:"complete"`
	Skipped  []struct {
		Path, Kind, Reason string
	} `json:"skipped"`
}

func (c plantedCoverage) failed() int {
	n := 0
	for _, s := range c.Skipped {
		if s.Kind == "failed" {
			n++
		}
	}
	return n
}

// scanJSON runs the program, which testscript has put into the path, and expects
// it to find something.
func scanJSON(t *testing.T, dir string) (report plantedReport, took duration) {
	t.Helper()
	cmd := exec.Command("qasleaks", "scan", "--format", "json", "--quiet", dir)
	started := time.Now()
	out, err := cmd.Output()
	took = sinceStart(cmd, started)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("scan: %v, want exit status 1", err)
	}
	for n := range uint64(len(shapes) + 1) {
		if token := plantedKey(n)[strings.LastIndex(plantedKey(n), ".")+1:]; strings.Contains(string(out), token) {
			t.Errorf("the report shows the token of key %d", n)
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	return report, took
}

// catFile returns how long git takes to read every object.
func catFile(t *testing.T, dir string) duration {
	t.Helper()
	started := time.Now()
	cmd := exec.Command("git", "-C", dir, "cat-file", "--batch-all-objects", "--unordered", "--batch", "--buffer")
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
	return sinceStart(cmd, started)
}

// duration is how long a program ran, and how long it kept processors busy: on a
// busy machine only that compares.
type duration struct{ wall, processor time.Duration }

func sinceStart(cmd *exec.Cmd, started time.Time) duration {
	return duration{time.Since(started), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

func (d duration) String() string {
	return fmt.Sprintf("%.2fs, %.2fs of processor time", d.wall.Seconds(), d.processor.Seconds())
}

// smallRepository has a few commits and nothing to find.
func smallRepository(t *testing.T) *gittest.Repo {
	t.Helper()
	r := gittest.New(t)
	for n := range 5 {
		r.Write("src/code.txt", strings.Repeat("nothing to see\n", 100+n))
		r.Commit(fmt.Sprint("Change ", n))
	}
	return r
}

// copyOf copies a repository of any kind into a new directory and checks out its
// HEAD. The original is only read.
func copyOf(t *testing.T, dir string) *gittest.Repo {
	t.Helper()
	root := filepath.Join(t.TempDir(), "copy")
	if err := os.Mkdir(root, 0o777); err != nil {
		t.Fatal(err)
	}
	r := gittest.New(t).At(root)
	r.Git("clone", "-q", "--mirror", "--no-hardlinks", dir, ".git")
	r.Git("config", "core.bare", "false")
	r.Git("config", "core.logAllRefUpdates", "true")
	r.Git("reset", "-q", "--hard")
	return r
}
