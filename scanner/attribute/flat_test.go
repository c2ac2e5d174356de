package attribute

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
)

// Each commit adds a file with the secret to one folder; every third one also deletes or
// changes the file that was added 600 commits before. The lists of all these files in
// all versions of the folder would have over a million entries.
func TestPlaceFlatFolder(t *testing.T) {
	const commits, later = 2000, 600
	r := gittest.New(t)
	random := rand.New(rand.NewPCG(1, 3))
	names := random.Perm(commits)
	var stream strings.Builder
	data := func(text string) { fmt.Fprintf(&stream, "data %d\n%s\n", len(text), text) }
	removed := map[int]int{}
	for i := range commits {
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter C <c@example.com> %d +0000\n", 1700000000+60*i)
		data(fmt.Sprint("commit ", i))
		fmt.Fprintf(&stream, "M 100644 inline logs/%d\n", names[i])
		data(fmt.Sprint(secret, " ", i))
		switch old := i - later; {
		case old < 0 || i%3 != 0:
		case i%2 == 0:
			removed[old] = i
			fmt.Fprintf(&stream, "D logs/%d\n", names[old])
		default:
			fmt.Fprintf(&stream, "M 100644 inline logs/%d\n", names[old])
			data(fmt.Sprint(secret, " again ", i))
		}
	}
	r.Feed(stream.String(), "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet")
	want := map[string]bool{}
	for i, name := range names {
		end := "- in refs/heads/main at HEAD"
		if by := removed[i]; by > 0 {
			end = fmt.Sprintf("commit %d in refs/heads/main", by)
		}
		want[fmt.Sprintf("blob logs/%d: commit %d > %s", name, i, end)] = true
	}
	for _, s := range placeSecret(t, r.Dir) {
		if !want[show(s)] {
			t.Errorf("span %s", show(s))
		}
		delete(want, show(s))
	}
	for s := range want {
		t.Errorf("no span %s", s)
	}
}
