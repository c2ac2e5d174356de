package targets_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/internal/targets"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// at is the time of the scans.
var at = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// organisation makes targets of all kinds in the working directory: mirrors and work trees
// that share keys, a fork, a damaged repository, a folder, a file, and one that is missing.
func organisation(t *testing.T) []string {
	t.Helper()
	r := gittest.New(t)
	dir := t.TempDir()
	t.Chdir(dir)
	key := func(seed uint64) string { return keytest.Key(seed, keytest.Made) }
	source := func(name string, files map[string]string) *gittest.Repo {
		at := r.At(filepath.Join(t.TempDir(), name))
		r.Git("init", "-q", at.Dir)
		for file, content := range files {
			at.Write(file, content)
		}
		at.Commit("add " + name)
		return at
	}
	mirror := func(from *gittest.Repo, name string) {
		r.Git("clone", "-q", "--mirror", from.Dir, filepath.Join(dir, name))
	}
	shop := source("shop", map[string]string{
		"src/api.js": "const key = \"" + key(1) + "\"\n", "one/.env": "QAS_TOKEN=" + key(2) + "\n", "go.mod": "module shop\n",
		"allowed.txt": key(7) + " # qasleaks" + ":allow -- a test\n",
	})
	shop.Remove("one/.env")
	shop.Commit("remove " + key(3))
	mirror(shop, "shop.git")
	fork := r.At(filepath.Join(t.TempDir(), "fork"))
	r.Git("clone", "-q", shop.Dir, fork.Dir)
	fork.Write("more.txt", base(key(4))+"\n")
	fork.Commit("more")
	mirror(fork, "fork.git")
	mirror(source("pay", map[string]string{"cfg/key.txt": key(1) + "\n", "a.txt": "Authorization: ApiKey " + keytest.Token(9) + "\n"}), "pay.git")
	mirror(source("post", map[string]string{"a.txt": "Authorization: ApiKey " + keytest.Token(9) + "\n", "caf\u00e9.txt": key(2) + "\n"}), "post.git")
	tree := r.At(filepath.Join(dir, "tree"))
	r.Git("clone", "-q", shop.Dir, tree.Dir)
	tree.Write(".env", "QAS_TOKEN="+key(1)+"\nQAS_URL=http://acme.eu1.qasphere.com\n")
	tree.Write("allowed.txt", key(7)+"\n")
	damaged := r.At(filepath.Join(dir, "damaged"))
	r.Git("clone", "-q", "--no-local", source("damaged", map[string]string{"key.txt": key(8) + "\n"}).Dir, damaged.Dir)
	for _, pack := range must(filepath.Glob(damaged.Path(".git/objects/pack/*"))) {
		if err := os.Remove(pack); err != nil {
			t.Fatal(err)
		}
	}
	r.At(dir).Write("folder/x/key.txt", key(5)+"\n")
	r.At(dir).Write("alone.txt", key(1)+"\n"+key(6)+"\n")
	return []string{"shop.git", "fork.git", "pay.git/", "post.git", "./tree", "damaged", "folder", "alone.txt", "missing", "shop.git"}
}

func must(all []string, _ error) []string { return all }

// base hides a key from a search for plain text.
func base(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%02x", c)
	}
	return b.String()
}

// rendered returns a result in all formats, without durations.
func rendered(t *testing.T, r *scanner.Result) map[string]string {
	t.Helper()
	r.Coverage.Seconds = 0
	for i := range r.Repositories {
		r.Repositories[i].Seconds = 0
	}
	all := map[string]string{}
	for _, f := range report.Formats() {
		var b bytes.Buffer
		if err := f.Write(&b, r, report.Options{Now: at, FailOn: rules.Error, Dir: "/work", Version: "v1.2.3"}); err != nil {
			t.Fatal(err)
		}
		all[f.Name] = b.String()
	}
	return all
}

// The reports of all shards, for any number of them and any order, merge into what one scan
// of all targets gives, in every format.
func TestMergeIsOneScan(t *testing.T) {
	all := organisation(t)
	scan := scanner.Options{Jobs: 2, Now: at}
	once, err := targets.Run(t.Context(), targets.Options{Targets: all, Scan: scan})
	if err != nil {
		t.Fatal(err)
	}
	want := rendered(t, once)
	random := rand.New(rand.NewPCG(1, 2))
	for _, of := range []int{1, 2, 3, 7} {
		var dirs []string
		for i := 1; i <= of; i++ {
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			dir := filepath.Join(t.TempDir(), "reports")
			if random.IntN(2) == 0 && len(dirs) > 0 {
				dir = dirs[0]
			}
			if _, err := targets.Run(t.Context(), targets.Options{
				Targets: all, Scan: scan, Shard: targets.Shard{Index: i, Of: of}, Reports: &targets.Reports{Dir: dir},
			}); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
		random.Shuffle(len(dirs), func(i, j int) { dirs[i], dirs[j] = dirs[j], dirs[i] })
		merged, err := targets.Merge(dirs, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range rendered(t, merged) {
			if got != want[name] {
				t.Errorf("%d shards, %s: got\n%s\nwant\n%s", of, name, got, want[name])
			}
		}
	}
}

// A key of two repositories is one finding with the places of both, and is shared; a fork
// is no other application.
func TestManyTargets(t *testing.T) {
	result, err := targets.Run(t.Context(), targets.Options{Targets: organisation(t), Scan: scanner.Options{Now: at}})
	if err != nil {
		t.Fatal(err)
	}
	places := map[string][]string{}
	for _, f := range result.Findings {
		name := f.Rule.ID
		if f.Key != (rules.Key{}) {
			name = f.Key.TenantID
		}
		for _, o := range f.Load().Occurrences {
			if o.Repository != "" && !strings.HasPrefix(o.Path, o.Repository+"/") {
				t.Errorf("%s is in %s", o.Path, o.Repository)
			}
			places[name] = append(places[name], o.Path)
		}
		if f.Rule.ID == "shared-key-across-applications" {
			places["shared"] = append(places["shared"], f.Message)
		}
	}
	for tenant, want := range map[string][]string{
		keytest.TenantID(1): {"shop.git/src/api.js", "pay.git/cfg/key.txt", "tree/.env", "tree/src/api.js", "alone.txt", "fork.git/src/api.js"},
		keytest.TenantID(5): {"folder/x/key.txt"},
		"apikey-header":     {"pay.git/a.txt", "post.git/a.txt"},
	} {
		for _, place := range want {
			if !slices.Contains(places[tenant], place) {
				t.Errorf("%s is in %q, and not in %s", tenant, places[tenant], place)
			}
		}
	}
	var first, second, third bool
	for _, message := range places["shared"] {
		two := strings.Count(message, ", ") == 1
		first = first || two && strings.Contains(message, keytest.TenantID(1)) && strings.Contains(message, "pay.git")
		second = second || two && strings.Contains(message, keytest.TenantID(2)) && strings.Contains(message, "post.git")
		third = third || !two || strings.Contains(message, keytest.TenantID(3)) || strings.Contains(message, keytest.TenantID(7))
	}
	if !first || !second || third || len(places["shared"]) != 2 {
		t.Errorf("shared are %q", places["shared"])
	}
	states := map[string]scanner.RepositoryState{}
	for _, r := range result.Repositories {
		states[r.Name] = r.State
	}
	for name, want := range map[string]scanner.RepositoryState{
		"shop.git": scanner.RepositoryScanned, "tree": scanner.RepositoryScanned, "damaged": scanner.RepositoryIncomplete, "missing": scanner.RepositoryFailed,
	} {
		if states[name] != want {
			t.Errorf("%s is %q, want %q", name, states[name], want)
		}
	}
	if result.Coverage.Complete() || result.Whole {
		t.Error("the result is complete")
	}
}

// A report holds as long as the refs, the settings and its age allow, if it is complete.
func TestUnchanged(t *testing.T) {
	all := organisation(t)
	dir := filepath.Join(t.TempDir(), "reports")
	run := func(now time.Time, settings string, age time.Duration) map[string]scanner.RepositoryState {
		t.Helper()
		result, err := targets.Run(t.Context(), targets.Options{
			Targets: all, Scan: scanner.Options{Now: now}, Reports: &targets.Reports{Dir: dir, Settings: settings, MaxAge: age},
		})
		if err != nil {
			t.Fatal(err)
		}
		states := map[string]scanner.RepositoryState{}
		for _, r := range result.Repositories {
			states[r.Name] = r.State
		}
		return states
	}
	unchanged := func(states map[string]scanner.RepositoryState) string {
		var names []string
		for name, state := range states {
			if state == scanner.RepositoryUnchanged {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	const mirrors = "fork.git pay.git post.git shop.git"
	for _, step := range []struct {
		what, settings string
		before         func()
		now            time.Time
		age            time.Duration
		want           string
	}{
		{what: "first", want: ""},
		{what: "again", want: mirrors},
		{what: "young", now: at.Add(time.Hour - 1), age: time.Hour, want: mirrors},
		{what: "old", now: at.Add(time.Hour), age: time.Hour, want: ""},
		{what: "other settings", settings: "x", want: ""},
		{what: "same settings", settings: "x", want: mirrors},
		{what: "a new ref", settings: "x", want: "fork.git pay.git post.git", before: func() {
			if err := os.WriteFile("shop.git/refs/heads/new", []byte(strings.TrimSpace(firstLine(t, "shop.git/packed-refs"))+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{what: "a report is cut", settings: "x", want: "fork.git post.git shop.git", before: func() {
			for _, name := range must(filepath.Glob(filepath.Join(dir, "pay.*.json"))) {
				if err := os.Truncate(name, 300); err != nil {
					t.Fatal(err)
				}
			}
		}},
	} {
		if step.before != nil {
			step.before()
		}
		now := step.now
		if now.IsZero() {
			now = at
		}
		if got := unchanged(run(now, step.settings, step.age)); got != step.want {
			t.Errorf("%s: unchanged are %q, want %q", step.what, got, step.want)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", entry.Name(), info.Mode(), err)
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(8) {
			key := keytest.Key(seed, keytest.Made)
			if token := key[strings.LastIndexByte(key, '.')+1:]; bytes.Contains(text, []byte(token)) || bytes.Contains(text, []byte(base(token))) {
				t.Errorf("a token is in %s", entry.Name())
			}
		}
	}
}

func firstLine(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if id, _, ok := strings.Cut(line, " "); ok && id != "#" {
			return id
		}
	}
	t.Fatal("no ref")
	return ""
}

// Merge names the shards and the targets that are missing, and refuses what does not belong
// together.
func TestMergeNamesWhatIsMissing(t *testing.T) {
	all := organisation(t)
	dir := filepath.Join(t.TempDir(), "reports")
	run := func(shard targets.Shard, to, settings string) {
		t.Helper()
		if _, err := targets.Run(t.Context(), targets.Options{
			Targets: all, Scan: scanner.Options{Now: at}, Shard: shard, Reports: &targets.Reports{Dir: to, Settings: settings},
		}); err != nil {
			t.Fatal(err)
		}
	}
	run(targets.Shard{Index: 2, Of: 3}, dir, "")
	skipped := func() string {
		t.Helper()
		result, err := targets.Merge([]string{dir}, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := json.Marshal(result.Coverage.Skipped)
		return string(text)
	}
	got := skipped()
	for _, want := range []string{"shard 1/3", "shard 3/3"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s does not name %s", got, want)
		}
	}
	if strings.Contains(got, "shard 2/3") {
		t.Error("shard 2/3 is not missing")
	}
	run(targets.Shard{Index: 1, Of: 3}, dir, "")
	run(targets.Shard{Index: 3, Of: 3}, dir, "")
	for _, name := range must(filepath.Glob(filepath.Join(dir, "pay.*.json"))) {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range must(filepath.Glob(filepath.Join(dir, "post.*.json"))) {
		if err := os.Truncate(name, 300); err != nil {
			t.Fatal(err)
		}
	}
	got = skipped()
	for _, want := range []string{`"Path":"pay.git","Kind":"failed","Reason":"it has no report`, `"Path":"post.git","Kind":"failed","Reason":"its report cannot be read`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s does not say %s", got, want)
		}
	}
	if strings.Contains(got, "shard ") {
		t.Errorf("%s names a shard", got)
	}
	for _, other := range []struct {
		shard          targets.Shard
		settings, want string
	}{{targets.Shard{Index: 1, Of: 2}, "", "one of"}, {targets.Shard{Index: 1, Of: 3}, "x", "other settings"}} {
		to := filepath.Join(t.TempDir(), "other")
		run(other.shard, to, other.settings)
		if _, err := targets.Merge([]string{dir, to}, nil); err == nil || !strings.Contains(err.Error(), other.want) {
			t.Errorf("got %v, want %s", err, other.want)
		}
	}
	if _, err := targets.Merge([]string{t.TempDir()}, nil); err == nil {
		t.Error("an empty directory has reports")
	}
}

func TestTimeout(t *testing.T) {
	result, err := targets.Run(t.Context(), targets.Options{Targets: organisation(t), Timeout: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, skip := range result.Coverage.Skipped {
		if skip.Path == "shop.git" && strings.Contains(skip.Reason, "--target-timeout") {
			return
		}
	}
	t.Errorf("skipped are %v", result.Coverage.Skipped)
}

func TestReadList(t *testing.T) {
	for _, test := range []struct {
		text  string
		byNUL bool
		want  []string
	}{
		{"a\n\n# no\n  b c \r\n#\nd", false, []string{"a", "b c", "d"}},
		{"a\n\x00#b\x00\x00 c ", true, []string{"a\n", "#b", " c "}},
		{"", false, nil},
	} {
		got, err := targets.ReadList(strings.NewReader(test.text), test.byNUL)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, %v", test.text, got, err)
		}
	}
	if _, err := targets.ReadList(strings.NewReader("a\x00b"), false); err == nil {
		t.Error("NUL is in a line")
	}
}

func TestParseShard(t *testing.T) {
	for _, test := range []struct {
		text string
		env  map[string]string
		want string
	}{
		{"2/8", nil, "2/8"},
		{"8/8", nil, "8/8"},
		{"1/1", nil, "1/1"},
		{"0/8", nil, ""},
		{"9/8", nil, ""},
		{"2", nil, ""},
		{"1/0", nil, ""},
		{"a/b", nil, ""},
		{"auto", nil, ""},
		{"auto", map[string]string{"JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "4"}, "1/4"},
		{"auto", map[string]string{"JOB_COMPLETION_INDEX": "3", "JOB_COMPLETIONS": "4"}, "4/4"},
		{"auto", map[string]string{"JOB_COMPLETION_INDEX": "4", "JOB_COMPLETIONS": "4"}, ""},
		{"auto", map[string]string{"JOB_COMPLETION_INDEX": "3"}, ""},
		{"auto", map[string]string{"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "4"}, "1/4"},
		{"auto", map[string]string{"CI_NODE_INDEX": "0", "CI_NODE_TOTAL": "4"}, ""},
		{"auto", map[string]string{"BUILDKITE_PARALLEL_JOB": "3", "BUILDKITE_PARALLEL_JOB_COUNT": "4"}, "4/4"},
	} {
		got, err := targets.ParseShard(test.text, func(name string) string { return test.env[name] })
		if err != nil && test.want != "" || err == nil && got.String() != test.want {
			t.Errorf("%s with %v: got %s, %v, want %q", test.text, test.env, got, err, test.want)
		}
	}
}
