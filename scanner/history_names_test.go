package scanner_test

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// Keys that are only in names of the history are findings, with the commit that added the
// name and the path, also if the file is empty or the folder has no file.
func TestNamesInHistory(t *testing.T) {
	key := func(n uint64) string { return keytest.Key(n, keytest.Made) }
	r := gittest.New(t)
	r.Write("file", "nothing\n")
	start := r.Commit("start")
	r.Write("b/dir-"+key(1)+"/deep/file.txt", "text\n")
	r.Write("a-"+key(2)+".txt", "")
	r.Write("other/"+key(2), "")
	r.Write("long/"+hex.EncodeToString([]byte(key(3))), "text\n")
	r.Write("skipped/"+key(4), "text\n")
	added := r.Commit("add names")
	r.Git("rm", "-qr", "b", "a-"+key(2)+".txt", "other", "long", "skipped")
	r.Git("update-index", "--add", "--cacheinfo", "160000,"+start+",sub-"+key(5)) // a submodule has no file
	r.Git("commit", "-qm", "remove them")
	r.Git("rm", "-q", "--cached", "sub-"+key(5))
	r.Git("commit", "-qm", "remove the submodule")
	last := r.ID("HEAD")
	for what, options := range map[string]scanner.Options{"all": {}, "history": {NoFiles: true}, "range": {Range: start + ".." + last}, "later": {Range: last + "~1.." + last}} {
		options.Exclude = []string{"skipped/**"}
		result, err := scanner.Scan(t.Context(), []string{r.Dir}, options)
		if err != nil {
			t.Fatal(err)
		}
		paths := map[string]string{}
		for _, f := range result.Findings {
			o := f.Occurrences[0]
			if len(f.Occurrences) != 1 || !strings.Contains(f.Message, "in the name of the file") {
				t.Errorf("%s: %s has %d occurrences", what, f.Message, len(f.Occurrences))
			}
			paths[f.Key.TenantID] = o.Path
			if o.Commit != nil && (o.Commit.SHA != added || o.RemovedBy == nil) {
				t.Errorf("%s: %s was added by %s and removed by %v", what, o.Path, o.Commit.Summary, o.RemovedBy)
			}
			if o.Commit == nil && f.Key.TenantID != keytest.TenantID(5) {
				t.Errorf("%s: %s has no commit", what, o.Path)
			}
		}
		want := map[string]string{keytest.TenantID(1): "b/dir-", keytest.TenantID(2): "a-", keytest.TenantID(3): "long/", keytest.TenantID(5): ".git/objects/"}
		switch what {
		case "range": // the commit of a submodule is in no range
			delete(want, keytest.TenantID(5))
		case "later":
			want = nil
		}
		if len(paths) != len(want) {
			t.Errorf("%s: found %v", what, paths)
		}
		for tenant, begin := range want {
			if !strings.HasPrefix(paths[tenant], begin) {
				t.Errorf("%s: %q, want %q", what, paths[tenant], begin)
			}
		}
	}
	// A file that is on disk, or content with the key, counts more than a name.
	if err := os.WriteFile(r.Path("here.txt"), []byte(key(1)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := scanner.Scan(t.Context(), []string{r.Dir}, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Findings {
		if f.Key.TenantID == keytest.TenantID(1) && (len(f.Occurrences) != 1 || f.Occurrences[0].Path != "here.txt") {
			t.Errorf("%+v", f.Occurrences)
		}
	}
}
